#pragma once

/// `tocsin sensor status` and `unmute`: a running sensor, seen from beside it. Threads: one.

#include <string>

namespace CLI {
class App;
}

namespace tocsin::cli {

struct Context;

/// $XDG_STATE_HOME/tocsin/sensor, else ~/.local/state/tocsin/sensor.
std::string default_state();
void add_sensor_status(CLI::App& noun, Context& context);

}  // namespace tocsin::cli
