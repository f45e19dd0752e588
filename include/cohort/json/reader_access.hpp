#pragma once

#include <cohort/json/member_key.hpp>
#include <cohort/json/number.hpp>
#include <cohort/json/reader.hpp>

#include <cstddef>

namespace cohort::json::detail {

/// How the typed mapping reaches into the reader.
class reader_access {
public:
    /// Consumes `,"name":` if it stands next, byte for byte; behind the brace that opens an object, without the comma.
    static bool take(reader& r, const member_key& key) noexcept {
        const std::size_t skip = r.p_[-1] == '{' ? 1 : 0;
        const std::size_t room = static_cast<std::size_t>(r.end_ - r.p_);
        if (!key.stands_at(r.p_, room, skip)) {
            return false;
        }
        r.p_ += key.size() - skip;
        return true;
    }
    /// Consumes a closing brace if it stands next.
    static bool take_end(reader& r) noexcept {
        if (r.p_ == r.end_ || *r.p_ != '}') {
            return false;
        }
        ++r.p_;
        --r.depth_;
        return true;
    }
    static numeral next_numeral(reader& r) { return r.next_numeral(); }
    static double to_double(const reader& r, const numeral& n) { return r.floating_of<double>(n); }
    /// Goes back to a place that had been reached at this depth.
    static void rewind(reader& r, std::size_t offset, std::size_t depth) noexcept {
        r.p_ = r.begin_ + offset;
        r.depth_ = depth;
    }
    static std::size_t depth(const reader& r) noexcept { return r.depth_; }
    /// The offset of the next value.
    static std::size_t mark(reader& r) {
        r.peek();
        return r.offset();
    }
};

}  // namespace cohort::json::detail
