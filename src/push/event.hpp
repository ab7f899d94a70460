#pragma once

/// Entries as their readers get them: JSON for pages, Server-Sent Events for the stream.
/// Source:  docs/formats/push.md. Threads: pure functions.

#include <string>
#include <string_view>

#include "log/entry.hpp"

namespace tocsin::push {

/// The entry as JSON. Object bytes go in as they are.
std::string entry_json(const log::Entry& entry, std::string_view circle_uuid);

/// The name of an entry's event; empty for kinds that are not pushed (held).
std::string_view event_name(log::Kind kind);

/// "id: …\nevent: …\ndata: …\n\n"; no id when `sequence` is 0.
std::string event_text(Sequence sequence, std::string_view name, std::string_view data);

}  // namespace tocsin::push
