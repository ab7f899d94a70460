#include "net/sse.hpp"

namespace tocsin::net {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Where the line ends. Two plain searches: find_first_of() asks for each byte anew, which was a quarter of
/// what a new member's snapshot cost.
std::size_t line_end(std::string_view bytes) {
  const auto feed = bytes.find('\n');
  const auto carriage_return = bytes.substr(0, feed).find('\r');
  return carriage_return == std::string_view::npos ? feed : carriage_return;
}

}  // namespace

Status SseParser::feed(std::string_view bytes, const std::function<bool(const SseEvent&)>& on_event) {
  while (!bytes.empty()) {
    if (after_cr_) {
      after_cr_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const auto end = line_end(bytes);
    const auto piece = bytes.substr(0, end);
    if (line_.size() + piece.size() + event_.data.size() > event_bytes_max_)
      return Error{Errc::invalid_input,
                   "an event is larger than " + std::to_string(event_bytes_max_) + " bytes"};
    line_ += piece;
    if (end == std::string_view::npos) return {};
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    const bool go_on = take_line(on_event);
    line_.clear();
    if (!go_on) return {};
  }
  return {};
}

/// Returns false when the receiver wants no more.
bool SseParser::take_line(const std::function<bool(const SseEvent&)>& on_event) {
  std::string_view line = line_;
  if (first_line_) {
    first_line_ = false;
    if (line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  }
  if (line.empty()) {
    // The last id stays for the events that follow; a block without data is no event, but its id counts.
    bool go_on = true;
    if (has_data_) {
      event_.data.pop_back();  // the line feed after the last data line
      if (event_.name.empty()) event_.name = "message";
      go_on = on_event(event_);
    }
    event_.data.clear();
    event_.name = "message";
    has_data_ = false;
    return go_on;
  }
  const auto colon = line.find(':');
  const auto field = line.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    event_.data.append(value).push_back('\n');
    has_data_ = true;
  } else if (field == "event") {
    event_.name = value;
  } else if (field == "id" && value.find('\0') == std::string_view::npos) {
    event_.id = value;
  }
  // "retry", comments and unknown fields are passed over: this program's own back-off decides.
  return true;
}

}  // namespace tocsin::net
