#pragma once
// A byte stream in memory that gives and takes in pieces of a chosen size, for the algorithms.
#include "support/test.hpp"

#include <cohort/async/task.hpp>
#include <cohort/async/yield.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>

class memory_stream {
public:
    explicit memory_stream(std::string input = std::string(), std::size_t piece = 1000)
        : input_(std::move(input)), piece_(piece) {}

    cohort::task<std::size_t> read_some(std::span<std::byte> to) {
        co_await cohort::yield();
        const std::size_t count = std::min({to.size(), piece_, input_.size() - at_});
        if (count > 0) std::memcpy(to.data(), input_.data() + at_, count);
        at_ += count;
        co_return count;
    }

    cohort::task<std::size_t> write_some(std::span<const std::byte> from) {
        co_await cohort::yield();
        const std::size_t count = std::min(from.size(), piece_);
        output_.append(reinterpret_cast<const char*>(from.data()), count);
        co_return count;
    }

    const std::string& output() const { return output_; }
    std::size_t consumed() const { return at_; }

private:
    std::string input_;
    std::string output_;
    std::size_t piece_;
    std::size_t at_ = 0;
};
