/// Compiled indicators as bytes: what must hold before those from a disk are read, and how they are changed
/// where they lie.

#include "match/compiled.hpp"

namespace tocsin::match {
namespace {

/// A `Cursor` that knows where its bytes end. Once something does not fit, nothing does.
class Bounded {
 public:
  explicit Bounded(std::string_view bytes) : left_{bytes} {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = this->byte();
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if (byte < 0x80) return value;
    }
    good_ = false;
    return 0;
  }
  std::uint8_t byte() {
    if (!has(1)) return 0;
    const auto byte = static_cast<std::uint8_t>(left_.front());
    left_.remove_prefix(1);
    return byte;
  }
  std::string_view text() {
    const auto size = number();
    if (!has(size)) return {};
    const auto out = left_.substr(0, size);
    left_.remove_prefix(size);
    return out;
  }
  bool has(std::uint64_t size) { return good_ = good_ && size <= left_.size(); }
  bool good() const { return good_; }
  bool at_end() const { return good_ && left_.empty(); }
  void skip(std::size_t size) {
    if (has(size)) left_.remove_prefix(size);
  }

 private:
  std::string_view left_;
  bool good_ = true;
};

bool pass_value(Bounded& bytes) {
  const auto form = bytes.byte();
  const auto text = bytes.text();
  if (!bytes.good() || form > static_cast<std::uint8_t>(Form::pattern)) return false;
  if (static_cast<Form>(form) != Form::prefix) return true;
  if (text.size() != 5 && text.size() != 17) return false;
  const Network network = network_of(text);
  return network.bits <= network.bits_max() && network.shortened(network.bits) == network;
}

bool pass_alternative(Bounded& bytes) {
  const auto packed = bytes.number();
  if (packed % 2 == 1) bytes.skip(16);
  if (packed / 2 == 0) return false;
  for (auto atoms = packed / 2; atoms > 0; --atoms) {
    if (bytes.byte() >= static_cast<std::uint8_t>(stix::Path::count_)) return false;
    auto values = bytes.number();
    if (values == 0) return false;
    for (; values > 0; --values)
      if (!pass_value(bytes)) return false;
  }
  return bytes.good();
}

}  // namespace

bool is_well_formed(std::string_view bytes) {
  Bounded at{bytes};
  at.number();  // circle
  at.number();  // sequence
  if (at.byte() > 101) return false;
  for (int text = 0; text < 3; ++text) at.text();
  auto alternatives = at.number();
  if (alternatives == 0) return false;
  for (; alternatives > 0; --alternatives)
    if (!pass_alternative(at)) return false;
  return at.at_end();
}

bool is_value(std::string_view bytes, std::size_t offset) {
  if (offset > bytes.size()) return false;
  Bounded at{bytes.substr(offset)};
  return pass_value(at);
}

bool is_alternative(std::string_view bytes, std::size_t offset) {
  if (offset > bytes.size()) return false;
  Bounded at{bytes.substr(offset)};
  return pass_alternative(at);
}

void take_domains(std::string& bytes, DomainMatch domains) {
  Cursor cursor{read_head(bytes.data()).alternatives};
  for (auto left = cursor.number(); left > 0; --left) {
    const Alternative alternative{cursor.at()};
    cursor = alternative.cursor;
    for (auto atoms = alternative.atoms; atoms > 0; --atoms) {
      const auto path = static_cast<stix::Path>(cursor.byte());
      for (auto values = cursor.number(); values > 0; --values) {
        char& form = bytes[static_cast<std::size_t>(cursor.at() - bytes.data())];
        cursor.byte();
        cursor.text();
        if (holds_domains(path) &&
            (static_cast<Form>(form) == Form::text || static_cast<Form>(form) == Form::suffix))
          form = static_cast<char>(domains == DomainMatch::exact ? Form::text : Form::suffix);
      }
    }
  }
}

std::string blanked(std::string_view bytes) {
  std::string out{bytes};
  const auto blank = [&](std::string_view text) {
    out.replace(static_cast<std::size_t>(text.data() - bytes.data()), text.size(), text.size(), '\0');
  };
  const Head head = read_head(bytes.data());
  for (const auto text : {head.id, head.name, head.note}) blank(text);
  Cursor cursor{head.alternatives};
  for (auto left = cursor.number(); left > 0; --left) {
    const Alternative alternative{cursor.at()};
    cursor = alternative.cursor;
    for (auto atoms = alternative.atoms; atoms > 0; --atoms) {
      cursor.byte();
      for (auto values = cursor.number(); values > 0; --values) {
        cursor.byte();
        blank(cursor.text());
      }
    }
  }
  return out;
}

}  // namespace tocsin::match
