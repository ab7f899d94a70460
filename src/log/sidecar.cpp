#include "log/sidecar.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "log/frame.hpp"

namespace tocsin::log {
namespace {

constexpr std::uint8_t row_superseded = 1;
constexpr std::uint8_t row_withdrawn = 2;
constexpr std::uint8_t row_erased = 4;

constexpr std::string_view checkpoint_magic = "TOCSINCP";

std::uint64_t place_of(Sequence sequence) {
  return (sequence.value() - 1) * row_bytes;
}

void encode_row(std::string& out, const StoredRow& stored, std::uint64_t seed) {
  const std::size_t start = out.size();
  const Row& row = stored.row;
  append_number(out, stored.sequence.value());
  append_number(out, row.frame);
  append_number(out, row.offset);
  append_number(out, to_micros(row.date_added));
  append_number(out, row.segment);
  append_number(out, row.length);
  append_number(out, row.marking_class);
  append_number(out, static_cast<std::uint8_t>(row.kind));
  append_number(
      out, static_cast<std::uint8_t>((row.superseded ? row_superseded : 0) |
                                     (row.withdrawn ? row_withdrawn : 0) | (row.erased ? row_erased : 0)));
  out.append(10, '\0');
  append_number(out, checksum(std::string_view{out}.substr(start), seed));
}

bool decode_row(std::string_view bytes, std::uint64_t seed, StoredRow& stored) {
  ByteReader reader{bytes};
  Row& row = stored.row;
  stored.sequence = Sequence{reader.number<std::uint64_t>()};
  row.frame = reader.number<std::uint64_t>();
  row.offset = reader.number<std::uint64_t>();
  row.date_added = from_micros(reader.number<std::int64_t>());
  row.segment = reader.number<std::uint32_t>();
  row.length = reader.number<std::uint32_t>();
  row.marking_class = reader.number<std::uint32_t>();
  row.kind = static_cast<Kind>(reader.number<std::uint8_t>());
  const auto flags = reader.number<std::uint8_t>();
  row.superseded = (flags & row_superseded) != 0;
  row.withdrawn = (flags & row_withdrawn) != 0;
  row.erased = (flags & row_erased) != 0;
  reader.run(10);
  return reader.number<std::uint64_t>() == checksum(bytes.substr(0, row_bytes - 8), seed) && reader.ok();
}

void apply_change(Row& row, const RowChange& change) {
  row.marking_class = change.marking_class;
  row.superseded = change.superseded;
  row.withdrawn = change.withdrawn;
}

}  // namespace

void SidecarUpdate::change(const RowChange& change) {
  if (!added.empty() && change.sequence >= added.front().sequence) {
    apply_change(added[change.sequence.value() - added.front().sequence.value()].row, change);
  } else {
    changes.push_back(change);
  }
}

std::string sidecar_name(CircleId circle) {
  return "circle-" + std::to_string(circle.value()) + ".rows";
}

Result<std::unique_ptr<Sidecar>> Sidecar::open(FileSystem& files, const std::string& folder, CircleId circle,
                                               std::uint64_t log_id) {
  std::string path = folder + "/" + sidecar_name(circle);
  auto file = files.open(path);
  if (!file) return std::move(file).error();
  // The circle is part of the seed, so that rows of another circle or another log never verify here.
  const std::uint64_t seed = log_id + circle.value();
  return std::unique_ptr<Sidecar>{new Sidecar{std::move(*file), std::move(path), seed}};
}

Status Sidecar::apply(const SidecarUpdate& update) {
  dirty_ = true;
  if (!update.added.empty()) {
    std::string bytes;
    bytes.reserve(update.added.size() * row_bytes);
    for (const StoredRow& row : update.added) encode_row(bytes, row, seed_);
    const std::scoped_lock lock{writing_};
    TOCSIN_TRY(file_->write_at(place_of(update.added.front().sequence), bytes));
  }
  for (const RowChange& change : update.changes)
    TOCSIN_TRY(modify(change.sequence, [&](Row& row) { apply_change(row, change); }));
  return {};
}

Status Sidecar::mark_erased(Sequence sequence) {
  dirty_ = true;
  return modify(sequence, [](Row& row) { row.erased = true; });
}

template <class Change>
Status Sidecar::modify(Sequence sequence, Change change) {
  const std::scoped_lock lock{writing_};
  std::vector<StoredRow> rows;
  TOCSIN_TRY(load(sequence, 1, rows));
  change(rows.front().row);
  std::string bytes;
  encode_row(bytes, rows.front(), seed_);
  return file_->write_at(place_of(sequence), bytes);
}

Status Sidecar::load(Sequence first, std::size_t count, std::vector<StoredRow>& out) const {
  std::string bytes;
  TOCSIN_TRY(file_->read_at(place_of(first), count * row_bytes, bytes));
  out.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const bool there = bytes.size() >= (i + 1) * row_bytes;
    if (!there || !decode_row(std::string_view{bytes}.substr(i * row_bytes, row_bytes), seed_, out[i]) ||
        out[i].sequence.value() != first.value() + i)
      return Error{Errc::corrupt, path_ + ": the row at offset " +
                                      std::to_string(place_of(first) + i * row_bytes) + " is damaged"};
  }
  return {};
}

Result<std::vector<StoredRow>> Sidecar::read(Sequence first, std::size_t count) const {
  std::vector<StoredRow> rows;
  if (count == 0) return rows;
  auto status = load(first, count, rows);
  if (!status && status.error().code == Errc::corrupt) {
    const std::scoped_lock lock{writing_};
    status = load(first, count, rows);
  }
  if (!status) return std::move(status).error();
  return rows;
}

Result<StoredRow> Sidecar::read(Sequence sequence) const {
  auto rows = read(sequence, 1);
  if (!rows) return std::move(rows).error();
  return rows->front();
}

std::optional<StoredRow> Sidecar::probe(Sequence sequence) const {
  const auto row = read(sequence);
  return row ? std::optional{*row} : std::nullopt;
}

Result<bool> Sidecar::holds(std::uint64_t count) const {
  const auto size = file_->size();
  if (!size) return size.error();
  return *size / row_bytes >= count;
}

Status Sidecar::sync() {
  if (!dirty_.exchange(false)) return {};
  return file_->sync();
}

std::string encode_checkpoint(const Checkpoint& checkpoint) {
  std::string out{checkpoint_magic};
  append_number(out, std::uint32_t{format_version});
  append_number(out, checkpoint.segment);
  append_number(out, checkpoint.log_id);
  append_number(out, checkpoint.frame);
  append_number(out, checkpoint.offset);
  append_number(out, static_cast<std::uint64_t>(checkpoint.heads.size()));
  for (const auto& [circle, head] : checkpoint.heads) {
    append_number(out, circle.value());
    append_number(out, head.sequence.value());
    append_number(out, to_micros(head.date_added));
    out.append(as_text(head.commitment));
  }
  append_number(out, checksum(out, 0));
  return out;
}

std::optional<Checkpoint> parse_checkpoint(std::string_view bytes) {
  if (bytes.size() < checkpoint_magic.size() + 8 || !bytes.starts_with(checkpoint_magic)) return std::nullopt;
  const std::string_view body = bytes.substr(0, bytes.size() - 8);
  if (ByteReader{bytes.substr(body.size())}.number<std::uint64_t>() != checksum(body, 0)) return std::nullopt;
  ByteReader reader{body.substr(checkpoint_magic.size())};
  if (reader.number<std::uint32_t>() != format_version) return std::nullopt;
  Checkpoint out;
  out.segment = reader.number<std::uint32_t>();
  out.log_id = reader.number<std::uint64_t>();
  out.frame = reader.number<std::uint64_t>();
  out.offset = reader.number<std::uint64_t>();
  const auto count = reader.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const CircleId circle{reader.number<std::uint64_t>()};
    Head& head = out.heads[circle];
    head.sequence = Sequence{reader.number<std::uint64_t>()};
    head.date_added = from_micros(reader.number<std::int64_t>());
    const auto commitment = reader.run(head.commitment.size());
    std::copy_n(as_bytes(commitment).begin(), commitment.size(), head.commitment.begin());
  }
  if (!reader.ok() || reader.left() != 0 || out.heads.size() != count || out.segment == 0)
    return std::nullopt;
  return out;
}

Result<std::string> read_whole(FileSystem& files, const std::string& path) {
  auto file = files.open(path);
  if (!file) return std::move(file).error();
  const auto size = (*file)->size();
  if (!size) return size.error();
  std::string bytes;
  TOCSIN_TRY((*file)->read_at(0, *size, bytes));
  return bytes;
}

Status replace_whole(FileSystem& files, const std::string& folder, const std::string& name,
                     std::string_view bytes) {
  const std::string temporary = folder + "/" + name + ".new";
  {
    auto file = files.open(temporary);
    if (!file) return std::move(file).error();
    TOCSIN_TRY((*file)->truncate(0));
    TOCSIN_TRY((*file)->write_at(0, bytes));
    TOCSIN_TRY((*file)->sync());
  }
  TOCSIN_TRY(files.rename(temporary, folder + "/" + name));
  return files.sync_folder(folder);
}

}  // namespace tocsin::log
