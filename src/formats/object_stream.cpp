#include "formats/object_stream.hpp"

#include <algorithm>

namespace tocsin::formats {
namespace {

constexpr std::size_t noted_text_bytes_max = 64;  // longer than any key or type that matters here

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
bool is_structure(char c) {
  return c == '{' || c == '}' || c == '[' || c == ']' || c == ':' || c == ',' || c == '"';
}

}  // namespace

ObjectStream::ObjectStream() : ObjectStream{Options{}} {}

Status ObjectStream::feed(std::string_view bytes, const Take& take) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (in_string_ && !escaped_ && keeps()) {
      // Most bytes stand in strings: take a run of plain ones at once.
      const auto plain =
          std::find_if(bytes.begin() + static_cast<std::ptrdiff_t>(i), bytes.end(),
                       [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
      const auto run = bytes.substr(i, static_cast<std::size_t>(plain - bytes.begin()) - i);
      if (object_.size() + run.size() <= options_.object_bytes_max) {
        object_ += run;
        if (text_.size() < noted_text_bytes_max) text_ += run.substr(0, noted_text_bytes_max);
        offset_ += run.size();
        i += run.size();
        if (i == bytes.size()) break;
      }
    }
    ++offset_;
    TOCSIN_TRY(step(bytes[i], take));
  }
  return {};
}

Status ObjectStream::finish() {
  if (where_ == Where::outside || where_ == Where::skip_line) return {};
  return Error{Errc::invalid_input,
               "the text ends inside an object or a list (byte " + std::to_string(offset_) + ")"};
}

Status ObjectStream::step(char c, const Take& take) {
  switch (where_) {
    case Where::outside:
      return outside(c, take);
    case Where::list:
      return list(c);
    case Where::scalar:
      scalar(c, take);
      return {};
    case Where::skip_line:
      if (c == '\n') where_ = Where::outside;
      return {};
    default:
      return in_string_ ? in_string(c, take) : inside(c, take);
  }
}

Status ObjectStream::outside(char c, const Take& take) {
  // A byte order mark may stand in front; a record separator (RFC 7464) between texts.
  if (is_space(c) || c == '\x1e' || (offset_ <= 3 && static_cast<unsigned char>(c) >= 0xbb)) return {};
  if (c == '{') {
    begin(Where::header, c);
  } else if (c == '[') {
    bare_list_ = true;
    where_ = Where::list;
  } else {
    ++number_;
    where_ = Where::skip_line;
    take({number_, {}, "this line is no JSON object"});
  }
  return {};
}

Status ObjectStream::list(char c) {
  if (is_space(c) || c == ',') return {};
  if (c == ']') {
    where_ = bare_list_ ? Where::outside : Where::tail;
    bare_list_ = false;
    brackets_ = "{";  // of the envelope, whatever the last element left
    expects_key_ = false;
    key_.clear();
  } else if (c == '{' || c == '[') {
    begin(Where::element, c);
    if (c == '[') problem_ = "a list stands where an object should";
  } else {
    begin(Where::scalar, c);
    brackets_.clear();
    in_string_ = c == '"';
  }
  return {};
}

/// What is no object in a list is passed over to the next comma.
void ObjectStream::scalar(char c, const Take& take) {
  if (in_string_) {
    if (escaped_)
      escaped_ = false;
    else if (c == '\\')
      escaped_ = true;
    else if (c == '"')
      in_string_ = false;
    return;
  }
  if (c == '"') in_string_ = true;
  if (c != ',' && c != ']') return;
  take({number_, {}, "something that is no object stands in the list"});
  where_ = Where::list;
  if (c == ']') static_cast<void>(list(c));
}

void ObjectStream::begin(Where where, char bracket) {
  where_ = where;
  ++number_;
  object_.assign(1, bracket);
  problem_.clear();
  if (where == Where::header) type_.clear();
  // The brackets of the envelope are kept apart: an element begins its own count.
  brackets_.assign(1, bracket);
  in_string_ = escaped_ = space_before_ = false;
  expects_key_ = true;
  text_.clear();
  key_.clear();
}

void ObjectStream::keep(char c) {
  if (!keeps() || !problem_.empty()) return;
  if (object_.size() >= options_.object_bytes_max) {
    problem_ = "the object is larger than " + std::to_string(options_.object_bytes_max) + " bytes";
    object_.clear();
    return;
  }
  object_ += c;
}

Status ObjectStream::inside(char c, const Take& take) {
  if (is_space(c)) {
    space_before_ = true;
    return {};
  }
  // Without this, taking out the space would turn two values into one.
  if (space_before_ && !is_structure(c) && !object_.empty() && !is_structure(object_.back()) &&
      problem_.empty())
    problem_ = "white space stands inside a value";
  space_before_ = false;
  if (static_cast<unsigned char>(c) < 0x20 && problem_.empty())
    problem_ = "a control character stands outside a text";
  if (c == '{' || c == '[') {
    if (c == '[' && at_top() && key_ == options_.list_key && (type_.empty() || type_ == "bundle")) {
      if (where_ == Where::tail) return broken("the key '" + options_.list_key + "' stands twice", take);
      --number_;  // the envelope itself is no object
      where_ = Where::list;
      object_.clear();
      return {};
    }
    if (brackets_.size() >= options_.depth_max) return broken("brackets are nested too deeply", take);
    brackets_ += c;
    keep(c);
    return {};
  }
  if (c == '}' || c == ']') return close(c, take);
  if (c == '"') {
    in_string_ = true;
    text_.clear();
  }
  if (c == ',' && at_top()) expects_key_ = true;
  keep(c);
  return {};
}

Status ObjectStream::in_string(char c, const Take& take) {
  if (static_cast<unsigned char>(c) < 0x20 && problem_.empty())
    problem_ = "a control character stands in a text";
  keep(c);
  if (escaped_) {
    escaped_ = false;
    text_ += '\\';  // an escaped key is none that matters here
    return {};
  }
  if (c == '\\') {
    escaped_ = true;
  } else if (c == '"') {
    in_string_ = false;
    return string_ended(take);
  } else if (text_.size() < noted_text_bytes_max) {
    text_ += c;
  }
  return {};
}

Status ObjectStream::string_ended(const Take& take) {
  if (!at_top()) return {};
  if (expects_key_) {
    key_ = text_;
    expects_key_ = false;
  } else if (key_ == "type") {
    type_ = text_;
    if (where_ == Where::tail && type_ != "bundle")
      return broken("an object of type '" + type_ + "' holds a list '" + options_.list_key +
                        "' in front of its type: it cannot be told from an envelope",
                    take);
  }
  return {};
}

Status ObjectStream::close(char c, const Take& take) {
  if ((brackets_.back() == '{') != (c == '}')) return broken("brackets do not match", take);
  brackets_.pop_back();
  keep(c);
  if (!brackets_.empty()) return {};
  if (where_ == Where::tail)
    where_ = Where::outside;
  else
    end_object(take);
  return {};
}

void ObjectStream::end_object(const Take& take) {
  if (problem_.empty())
    take({number_, object_, {}});
  else
    take({number_, {}, problem_});
  object_.clear();
  if (where_ == Where::header) {
    where_ = Where::outside;
    return;
  }
  where_ = Where::list;
}

Status ObjectStream::broken(std::string_view why, const Take& take) {
  if (where_ == Where::header) {
    take({number_, {}, why});
    where_ = Where::skip_line;
    in_string_ = escaped_ = false;
    object_.clear();
    return {};
  }
  return Error{Errc::invalid_input, std::string{why} + " (byte " + std::to_string(offset_) + ")"};
}

}  // namespace tocsin::formats
