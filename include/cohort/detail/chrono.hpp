// Durations and clocks of the standard library, without the rest of <chrono>.
//
// <chrono> of C++20 brings calendars along and, in libstdc++, <sstream> to print them: a quarter of what the whole
// standard library costs a user's translation unit. libstdc++ has what is used here (duration, time_point, the clocks,
// the literals) in a header of its own; who wants calendars includes <chrono>.
#pragma once

#if __has_include(<bits/chrono.h>)
#    include <bits/chrono.h>
#else
#    include <chrono>
#endif
