#pragma once

/// Turns (row, value) pairs of one record into an observation.
///
/// Source:  STIX 2.1 §6: which objects a record speaks of and what stands in which of them.
/// Threads: one thread at a time; reuse one object.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "observe/fields.hpp"
#include "stix/observation.hpp"

namespace tocsin::observe {

class Recorder {
 public:
  static constexpr std::size_t values_max = 4096;

  /// Clears `out` and fills it until `finish`. `kind` is what the file is known to hold, or empty.
  void begin(stix::Observation& out, std::string_view kind);
  /// `text` must live as long as `out` is used, or be kept by it.
  void add(const Row& row, std::string_view text);
  /// Adds a token of running text as what it looks like; false when it looks like nothing.
  bool add_token(std::string_view token);
  /// Adds what only the whole record tells: URLs, a subject's owner.
  void finish();

  stix::Observation& out() { return *out_; }
  void set_kind(std::string_view kind) { kind_ = kind; }
  /// From now on it remembers which row told each value.
  void trace() { traced_ = true; }
  /// Of each value of `out`, in their order; nullptr: a word of running text. Empty without `trace`.
  const std::vector<const Row*>& rows() const { return rows_; }
  /// What an `As::line` row was given.
  std::string_view line() const { return line_; }
  std::string_view kind() const { return kind_; }
  std::string_view provider() const { return provider_; }
  bool cut() const { return cut_; }  ///< the record held more than `values_max` values: the rest is missing

 private:
  static constexpr std::uint8_t no_object = 255;

  std::uint8_t object(Of of);
  [[gnu::noinline]] void note_row(const Row* next);
  void put(stix::Path path, std::uint8_t object, std::string_view text);
  std::uint8_t put_own(stix::Path path, std::string_view text);
  void add_time(std::string_view text);
  void add_text(const Row& row, std::string_view text);
  void add_end(std::string_view text, stix::Path reference, std::string_view& seen);
  [[gnu::noinline]] void add_end_and_port(const Row& row, std::string_view text);
  void add_question(std::string_view text);
  [[gnu::noinline]] void begin_object(Of of);
  [[gnu::noinline]] void add_program();
  bool add_address(std::string_view text);
  bool add_domain(std::string_view text, bool dotted);
  bool add_host(std::string_view text, bool dotted);
  bool add_url(std::string_view text);
  void add_answer(std::string_view text);
  void add_answers(std::string_view text);
  void add_protocols(std::string_view text);
  void add_hash(Of of, std::string_view text);
  void add_hashes(Of of, std::string_view list);
  void add_path(Of of, std::string_view path);
  void add_process(Of of, std::string_view path);
  void add_pid(const Row& row, std::string_view text);
  void add_emails(stix::Path reference, std::string_view text);
  void add_registry(bool with_value, std::string_view key);
  void add_http();
  void add_subject();

  stix::Observation* out_ = nullptr;
  std::array<std::uint8_t, static_cast<std::size_t>(Of::count_)> objects_{};
  bool cut_ = false;
  bool timed_ = false;
  bool traced_ = false;
  std::uint8_t question_ = no_object;
  const Row* row_ = nullptr;  // what is read now; kept up only when traced
  std::vector<const Row*> rows_;
  const Row *http_row_ = nullptr, *subject_row_ = nullptr, *program_row_ = nullptr;
  std::string_view kind_, provider_, date_, line_, program_, http_query_;
  std::string_view source_, destination_, destination_port_;
  std::string_view http_host_, http_uri_, http_port_, subject_;
};

}  // namespace tocsin::observe
