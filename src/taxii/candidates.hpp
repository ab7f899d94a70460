#pragma once

/// The entries of a circle that may match the filters, in log order: those of the ids, else those of the
/// types, else all.
///
/// Errors:  corrupt, unavailable (log or views).
/// Threads: one request, one thread.

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "taxii/reader.hpp"

namespace tocsin::taxii {

struct Candidate {
  Sequence sequence;
  log::Row row;
  std::string id;  ///< where it is known without reading the entry
};

class Candidates {
 public:
  /// Those behind `after`, up to the reader's head.
  Candidates(Reader& reader, const Filters& filters, Sequence after);

  /// The next one; nullopt at the end.
  Result<std::optional<Candidate>> next();

 private:
  struct OfType {
    std::string type;
    std::deque<Sequence> waiting;
    Sequence after;
    bool ended = false;
  };
  Result<std::optional<Candidate>> next_of_ids();
  Result<std::optional<Candidate>> next_of_types();
  Result<std::optional<Candidate>> next_of_all();
  Status find_ids();

  Reader& reader_;
  const Filters& filters_;
  Sequence after_;
  std::optional<std::map<Sequence, std::string>> of_ids_;  // made at the first call
  std::vector<OfType> types_;
  std::vector<log::Row> rows_;  // those that follow after_, from next_row_ on
  std::size_t next_row_ = 0;
};

}  // namespace tocsin::taxii
