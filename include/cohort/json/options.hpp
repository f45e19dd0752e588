#pragma once

#include <cstddef>

namespace cohort::json {

/// What to do with the second member of the same name in one object.
enum class duplicates { last_wins, refuse };
/// What a typed read does with a member that the struct does not have. It is validated in either case.
enum class unknown_members { ignore, refuse };
/// What a typed read does when a member that is not optional is absent: refuse the text, or keep what the target holds.
enum class missing_members { refuse, keep };
/// How an enum is written: by the enumerator's name where names are known, or by its number. Reading takes both forms.
enum class enum_form { name, number };
/// What the writer does with NaN and infinities, which JSON cannot express.
enum class non_finite { refuse, null };
/// What the writer does with a string that is not UTF-8: refuse it, or put U+FFFD for each offending byte.
enum class bad_text { refuse, replace };
/// How a struct's empty optional member is written: left out, or as null.
enum class empty_members { omit, null };

/// Bounds that the reader enforces. `max_depth` is the deepest nesting of arrays and objects that is accepted (`[]` has
/// depth 1); `max_size` bounds the whole text in bytes.
class limits {
public:
    [[gnu::always_inline]] constexpr limits() noexcept : max_depth_(512), max_size_(static_cast<std::size_t>(-1)) {}

    constexpr limits& max_depth(std::size_t n) noexcept {
        max_depth_ = n;
        return *this;
    }
    constexpr limits& max_size(std::size_t bytes) noexcept {
        max_size_ = bytes;
        return *this;
    }
    [[gnu::always_inline]] constexpr std::size_t max_depth() const noexcept { return max_depth_; }
    [[gnu::always_inline]] constexpr std::size_t max_size() const noexcept { return max_size_; }

private:
    std::size_t max_depth_;
    std::size_t max_size_;
};

/// Options of a read. A type's own `json::options<T>` goes before what is said here.
class read_options {
public:
    constexpr read_options() noexcept
        : context_(nullptr), duplicates_(json::duplicates::last_wins), unknown_(unknown_members::ignore),
          missing_(missing_members::refuse) {}
    constexpr read_options(json::limits bounds) noexcept : read_options() { limits_ = bounds; }

    constexpr read_options& limits(json::limits bounds) noexcept {
        limits_ = bounds;
        return *this;
    }
    constexpr read_options& max_depth(std::size_t n) noexcept {
        limits_.max_depth(n);
        return *this;
    }
    constexpr read_options& max_size(std::size_t bytes) noexcept {
        limits_.max_size(bytes);
        return *this;
    }
    constexpr read_options& duplicates(json::duplicates policy) noexcept {
        duplicates_ = policy;
        return *this;
    }
    constexpr read_options& unknown(unknown_members policy) noexcept {
        unknown_ = policy;
        return *this;
    }
    constexpr read_options& missing(missing_members policy) noexcept {
        missing_ = policy;
        return *this;
    }
    /// A pointer that adapters find as `reader.context()`.
    constexpr read_options& context(void* pointer) noexcept {
        context_ = pointer;
        return *this;
    }

    [[gnu::always_inline]] constexpr const json::limits& limits() const noexcept { return limits_; }
    [[gnu::always_inline]] constexpr json::duplicates duplicates() const noexcept { return duplicates_; }
    [[gnu::always_inline]] constexpr unknown_members unknown() const noexcept { return unknown_; }
    [[gnu::always_inline]] constexpr missing_members missing() const noexcept { return missing_; }
    constexpr void* context() const noexcept { return context_; }

private:
    json::limits limits_;
    void* context_;
    json::duplicates duplicates_;
    unknown_members unknown_;
    missing_members missing_;
};

/// Options of a write. A type's own `json::options<T>` goes before what is said here.
class write_options {
public:
    constexpr write_options() noexcept
        : context_(nullptr), max_depth_(512), indent_(0), enums_(enum_form::name),
          non_finite_(json::non_finite::refuse), bad_text_(json::bad_text::refuse), empty_(empty_members::omit) {}

    /// Spaces for each level; 0, the default, writes the compact form on one line.
    constexpr write_options& indent(unsigned spaces) noexcept {
        indent_ = spaces > 16 ? 16 : spaces;
        return *this;
    }
    /// How deep user types may nest (a `value` may nest as deeply as it likes); guards against endless structures.
    constexpr write_options& max_depth(std::size_t n) noexcept {
        max_depth_ = n;
        return *this;
    }
    constexpr write_options& enums(enum_form form) noexcept {
        enums_ = form;
        return *this;
    }
    constexpr write_options& non_finite(json::non_finite policy) noexcept {
        non_finite_ = policy;
        return *this;
    }
    constexpr write_options& bad_text(json::bad_text policy) noexcept {
        bad_text_ = policy;
        return *this;
    }
    constexpr write_options& empty(empty_members policy) noexcept {
        empty_ = policy;
        return *this;
    }
    /// A pointer that adapters find as `writer.context()`.
    constexpr write_options& context(void* pointer) noexcept {
        context_ = pointer;
        return *this;
    }

    [[gnu::always_inline]] constexpr unsigned indent() const noexcept { return indent_; }
    [[gnu::always_inline]] constexpr std::size_t max_depth() const noexcept { return max_depth_; }
    constexpr enum_form enums() const noexcept { return enums_; }
    constexpr json::non_finite non_finite() const noexcept { return non_finite_; }
    [[gnu::always_inline]] constexpr json::bad_text bad_text() const noexcept { return bad_text_; }
    constexpr empty_members empty() const noexcept { return empty_; }
    constexpr void* context() const noexcept { return context_; }

private:
    void* context_;
    std::size_t max_depth_;
    unsigned indent_;
    enum_form enums_;
    json::non_finite non_finite_;
    json::bad_text bad_text_;
    empty_members empty_;
};

}  // namespace cohort::json
