// What the benchmark programs share: a clock, repetition, and result lines `workload name value unit`.
//
// The machines are shared and noisy, so the contestants of a workload take turns, round by round, and the medians over the
// rounds are printed, with each one's spread and its ratio to the raw version of the same rounds.
// BENCH_MS: milliseconds per measurement (300); BENCH_ROUNDS: rounds (5).
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

namespace bench {

inline double now() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

inline double from_environment(const char* name, double otherwise) {
    const char* text = std::getenv(name);
    return text ? std::atof(text) : otherwise;
}

/// Seconds that one measurement should take.
inline double budget() { return from_environment("BENCH_MS", 300) / 1000; }

inline int rounds() { return static_cast<int>(from_environment("BENCH_ROUNDS", 5)); }

inline void line(const std::string& workload, const std::string& name, double value, const std::string& unit) {
    std::printf("%s %s %.6g %s\n", workload.c_str(), name.c_str(), value, unit.c_str());
    std::fflush(stdout);
}

[[noreturn]] inline void die(const char* what) {
    std::perror(what);
    std::exit(1);
}

inline double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// One of those who do the same work.
struct contestant {
    std::string name;
    std::function<double()> measure;
};

/// Lets the contestants take turns and prints, for each, the median with min and max, and for each but the first the median
/// over the rounds of its ratio to the first. The first is the raw limit.
inline void compare(const std::string& workload, const std::string& unit, const std::vector<contestant>& all) {
    std::vector<std::vector<double>> values(all.size());
    for (int round = 0; round < rounds(); ++round)
        for (std::size_t i = 0; i < all.size(); ++i) values[i].push_back(all[i].measure());
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto [low, high] = std::minmax_element(values[i].begin(), values[i].end());
        line(workload, all[i].name, median(values[i]), unit);
        line(workload, all[i].name + ".min", *low, unit);
        line(workload, all[i].name + ".max", *high, unit);
        if (i == 0) continue;
        std::vector<double> ratios;
        for (std::size_t r = 0; r < values[i].size(); ++r) ratios.push_back(values[i][r] / values[0][r]);
        line(workload, all[i].name + "/" + all[0].name, median(ratios), "ratio");
    }
}

}  // namespace bench
