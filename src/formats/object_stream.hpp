#pragma once

/// Finds the objects in a text of any length, a piece at a time: a bundle, an envelope, a list, one object,
/// or any of these one after the other (newline-delimited JSON).
///
/// Contract: an object comes out without white space outside strings (so as one line) and otherwise byte for
///           byte. It is not validated: only what would be changed or mis-cut by that is refused.
/// Memory:   one object, at most `object_bytes_max`, however long the text.
/// Errors:   invalid_input, with the byte offset, when what follows cannot be cut any more (brackets that do
///           not match inside a list, the end of the text inside an object). A bad object among lines is an
///           item with a problem, and the next line is read.
/// Source:   RFC 8259; STIX 2.1 §8 (bundle); TAXII 2.1 §3.7 (envelope).
/// Threads:  one.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin::formats {

class ObjectStream {
 public:
  struct Options {
    std::size_t object_bytes_max = 4 << 20;
    std::size_t depth_max = 64;
    std::string list_key = "objects";  ///< the key whose list is taken apart
  };
  struct Item {
    std::uint64_t number = 0;    ///< from 1
    std::string_view bytes{};    ///< the object; empty when there is a problem
    std::string_view problem{};  ///< a sentence, or empty
  };
  using Take = std::function<void(const Item&)>;

  ObjectStream();
  explicit ObjectStream(Options options) : options_{std::move(options)} {}

  Status feed(std::string_view bytes, const Take& take);
  /// The text is over. Errors: as above.
  Status finish();

 private:
  enum class Where : std::uint8_t { outside, header, list, element, scalar, tail, skip_line };

  Status step(char c, const Take& take);
  Status outside(char c, const Take& take);
  Status list(char c);
  Status inside(char c, const Take& take);
  Status in_string(char c, const Take& take);
  Status close(char c, const Take& take);
  Status string_ended(const Take& take);
  void scalar(char c, const Take& take);
  void begin(Where where, char bracket);
  void keep(char c);
  void end_object(const Take& take);
  Status broken(std::string_view why, const Take& take);
  bool keeps() const { return where_ == Where::header || where_ == Where::element; }
  bool at_top() const { return brackets_.size() == 1 && (where_ == Where::header || where_ == Where::tail); }

  Options options_;
  Where where_ = Where::outside;
  std::string object_;    // what was kept of the object under way
  std::string problem_;   // of that object
  std::string brackets_;  // open ones
  bool in_string_ = false, escaped_ = false, space_before_ = false;
  bool bare_list_ = false;         // the list under way stands in no object
  bool expects_key_ = false;       // the next string at the top is a key
  std::string text_, key_, type_;  // the string under way and the last key at the top; the top's type
  std::uint64_t number_ = 0, offset_ = 0;
};

}  // namespace tocsin::formats
