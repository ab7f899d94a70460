#pragma once

/// Our own invariants, checked in every build. A broken one ends the process with a line that says which:
/// going on would put wrong bytes into a log that others trust.

#include <cstdio>
#include <cstdlib>

#define TOCSIN_CHECK(condition, why)                                                                   \
  do {                                                                                                 \
    if (!(condition)) {                                                                                \
      std::fprintf(stderr, "%s:%d: broken invariant: %s (%s)\n", __FILE__, __LINE__, why, #condition); \
      std::abort();                                                                                    \
    }                                                                                                  \
  } while (false)
