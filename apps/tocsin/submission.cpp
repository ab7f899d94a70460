#include "submission.hpp"

#include <algorithm>
#include <charconv>
#include <thread>

#include "base/text.hpp"
#include "output.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t batch_objects_max = 1000;
constexpr std::size_t batch_bytes_max = 4 << 20;
constexpr milliseconds first_wait{250};
constexpr milliseconds wait_max{30'000};
constexpr milliseconds patience_before_first_answer{1'000};  // most likely it is not there at all
constexpr milliseconds patience{120'000};

milliseconds asked_wait(const net::ClientResponse& response) {
  const auto text = response.header("retry-after");
  unsigned seconds = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (bad != std::errc{} || end != text.data() + text.size()) return milliseconds{0};
  return std::min<milliseconds>(std::chrono::seconds{std::min(seconds, 60U)}, wait_max);
}

void move_into(json::Array& to, json::Object& answer, std::string_view key, const std::string& circle) {
  auto* list = answer.if_contains({key.data(), key.size()});
  if (list == nullptr || !list->is_array()) return;
  for (auto& item : list->get_array()) {
    if (item.is_object() && !item.get_object().contains("circle")) item.get_object()["circle"] = circle;
    to.push_back(std::move(item));
  }
}

}  // namespace

std::string to_line(const Submission& submission) {
  json::Array circles;
  for (const auto& circle : submission.circles) circles.emplace_back(circle);
  return json::dump(json::Object{{"circles", circles}, {"query", submission.query}});
}

Result<Submission> parse_submission_line(std::string_view line) {
  auto object = json::parse_object(line);
  if (!object) return std::move(object).error();
  auto circles = json::texts(*object, "circles");
  if (!circles) return std::move(circles).error();
  auto query = json::text(*object, "query");
  if (!query) return std::move(query).error();
  if (circles->empty()) return Error{Errc::invalid_input, "'circles' is empty"};
  return Submission{*std::move(circles), *std::move(query)};
}

Status Sender::add(std::string_view object, std::string_view record) {
  if (records_.size() == batch_objects_max || batch_.size() + object.size() > batch_bytes_max)
    TOCSIN_TRY(send_batch());
  batch_ += object;
  batch_ += '\n';
  records_.emplace_back(record);
  any_record_ = any_record_ || !record.empty();
  return {};
}

Status Sender::finish() {
  return records_.empty() ? Status{} : send_batch();
}

std::string Sender::take_unsent() {
  std::string out;
  const auto objects = split(batch_, '\n');
  for (std::size_t i = 0; i < records_.size(); ++i) out += spool_line(objects[i], records_[i]) + "\n";
  clear();
  return out;
}

std::string Sender::spool_line(std::string_view object, std::string_view record) {
  return std::string{record} + (record.empty() ? "" : " ") + std::string{object};
}

std::pair<std::string_view, std::string_view> Sender::parse_spool_line(std::string_view line) {
  const auto brace = line.find('{');
  if (brace == std::string_view::npos || brace == 0) return {line, {}};
  return {line.substr(brace), trim(line.substr(0, brace))};
}

Status Sender::add_spooled(std::string_view line) {
  const auto [object, record] = parse_spool_line(line);
  return add(object, record);
}

void Sender::clear() {
  batch_.clear();
  records_.clear();
  any_record_ = false;
}

Status Sender::send_batch() {
  // If a later circle fails, the batch stays whole: the earlier ones will call its objects duplicates.
  for (const auto& circle : submission_.circles) TOCSIN_TRY(send_to(circle));
  clear();
  return {};
}

/// The digests, before the objects and in their order, where any has one (docs/formats/api.md).
std::string Sender::records_line() const {
  if (!any_record_) return {};
  json::Array records;
  for (const auto& record : records_)
    records.push_back(record.empty() ? json::Value(nullptr) : json::Value(record));
  return json::dump(json::Object{{"records", records}}) + "\n";
}

Status Sender::send_to(const std::string& circle) {
  const auto response = request({.method = "POST",
                                 .target = "/api/v1" + circle_path(circle) + "/objects" +
                                           (submission_.query.empty() ? "" : "?" + submission_.query),
                                 .headers = {{"Content-Type", "application/x-ndjson"}},
                                 .body = records_line() + batch_});
  if (!response) return response.error();
  if (response->status != 200) return in_context("circle " + circle, answer_error(*response));
  auto answer = json::parse_object(response->body);
  if (!answer) return in_context("the hub's answer", answer.error());
  take(circle, *answer);
  return {};
}

Result<net::ClientResponse> Sender::request(const net::ClientRequest& request) {
  const auto begin = steady_clock::now();
  for (milliseconds wait = first_wait;; wait = std::min(wait * 2, wait_max)) {
    auto response = client_.request(request);
    const bool busy = response && (response->status == 429 || response->status == 503);
    if (response) answered_ = true;
    if (response && !busy) return response;
    const auto give_up = begin + (answered_ ? patience : patience_before_first_answer);
    const auto pause = busy ? std::max(wait, asked_wait(*response)) : wait;
    if (steady_clock::now() + pause > give_up) return response;
    std::this_thread::sleep_for(pause);
  }
}

void Sender::take(const std::string& circle, json::Object& answer) {
  outcome_.accepted += json::number_or(answer, "accepted");
  outcome_.duplicates += json::number_or(answer, "duplicates");
  outcome_.unscreened = outcome_.unscreened || json::flag_or(answer, "unscreened");
  move_into(outcome_.held, answer, "held", circle);
  move_into(outcome_.refused, answer, "refused", circle);
  move_into(outcome_.warnings, answer, "warnings", circle);
  take_receivers(circle, answer);
  json::Array receipts;
  move_into(receipts, answer, "receipts", circle);
  for (const auto& receipt : receipts) take_receipt_(receipt);
}

/// The members are the same in every batch; who is left out adds up.
void Sender::take_receivers(const std::string& circle, json::Object& answer) {
  auto* receivers = answer.if_contains("receivers");
  if (receivers == nullptr || !receivers->is_array()) return;
  auto it = std::find_if(outcome_.circles.begin(), outcome_.circles.end(), [&](const json::Value& one) {
    return json::text_or(one.get_object(), "circle") == circle;
  });
  if (it == outcome_.circles.end()) {
    outcome_.circles.push_back(json::Object{{"circle", circle},
                                            {"receivers", std::move(*receivers)},
                                            {"left_out", json::Array{}},
                                            {"left_out_more", 0}});
    it = outcome_.circles.end() - 1;
  }
  auto& one = it->get_object();
  auto* left_out = answer.if_contains("left_out");
  if (left_out != nullptr && left_out->is_array())
    for (auto& item : left_out->get_array()) one["left_out"].get_array().push_back(std::move(item));
  one["left_out_more"] = json::number_or(one, "left_out_more") + json::number_or(answer, "left_out_more");
}

}  // namespace tocsin::cli
