// What a command is made of: plain data, read by the code that starts it.
#pragma once

#include "../../async/detail/list.hpp"
#include "../../async/executor.hpp"
#include "../../sys/path.hpp"
#include "../../sys/platform.hpp"
#include "../capture_policy.hpp"
#include "../ladder.hpp"
#include "../slot.hpp"
#include "quote.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace cohort::detail {

/// How a worker learns of its channel and its part. Never handed on to children that do not have them of their own.
inline constexpr std::string_view channel_variable = "COHORT_CHANNEL_FD";
inline constexpr std::string_view role_variable = "COHORT_ROLE";

/// A text that may not have been given; it may be empty if it has. Read like an optional.
class given_text {
public:
    void emplace(std::string_view text) {
        text_.assign(text.data(), text.size());
        given_ = true;
    }
    COHORT_ALWAYS_INLINE explicit operator bool() const noexcept { return given_; }
    COHORT_ALWAYS_INLINE const std::string& operator*() const noexcept { return text_; }
    COHORT_ALWAYS_INLINE const std::string* operator->() const noexcept { return &text_; }

private:
    std::string text_;
    bool given_ = false;
};

/// One change to the environment: a value to set, or a name to remove.
class environment_edit {
public:
    [[gnu::always_inline]] explicit environment_edit(std::string_view n) : name(n) {}
    std::string name;
    given_text value;
};

/// A descriptor beyond the standard ones.
class extra_descriptor {
public:
    [[gnu::always_inline]] extra_descriptor(int n, slot s) : number(n), where(std::move(s)) {}
    int number;
    slot where;
    bool for_loop = false;  ///< of a pipe: its reader is this library
};

class command_data {
public:
    static constexpr std::size_t longest_title = 40;

    COHORT_COLD command_data() : in(slot::kind::inherit), out(slot::kind::inherit), err(slot::kind::inherit) {}
    COHORT_COLD command_data(const command_data&) = default;
    COHORT_COLD command_data(command_data&&) noexcept = default;
    COHORT_COLD command_data& operator=(const command_data&) = default;
    COHORT_COLD command_data& operator=(command_data&&) noexcept = default;
    COHORT_COLD ~command_data() = default;

    static constexpr std::size_t usual_limit = std::size_t{64} << 20;

    list<std::string> words;  ///< the program and its arguments
    given_text argv0;
    given_text directory;
    list<environment_edit> environment;
    bool clear_environment = false;
    bool new_session = false;
    bool new_group = false;
    bool line_of_shell = false;  ///< the last word is a line that a shell reads by its own rules
    bool in_given = false;
    bool out_given = false;
    bool err_given = false;
    slot in;
    slot out;
    slot err;
    list<extra_descriptor> extra;
    given_text input;
    std::size_t capture_limit = usual_limit;
    capture_policy policy = capture_policy::fail;
    executor::nanoseconds time_limit = -1;
    executor::nanoseconds idle_grace = 250'000'000;
    ladder on_stop;
    bool on_stop_given = false;
    /// Further paths to try if the first word cannot be found, for a program that starts itself.
    std::string fallback_program;
    /// What messages call it, where that is not its first words.
    std::string label;

    /// A further change to the environment, at first the removal of the name.
    COHORT_COLD environment_edit& edit(std::string_view name) {
        environment.push_back(environment_edit(name));
        return environment.back();
    }

    /// Forgets the changes to the environment, but for the role: without it a program that starts itself as a worker
    /// would go through its main, and start itself again, without end.
    COHORT_COLD void forget_edits() {
        list<environment_edit> kept;
        for (environment_edit& edit : environment)
            if (edit.name == role_variable) kept.push_back(std::move(edit));
        environment = std::move(kept);
    }

    std::string program() const { return words.empty() ? std::string() : words.front(); }

    /// `git rev-parse` for the longer command: what messages call it.
    COHORT_COLD std::string title() const {
        if (!label.empty()) return label;
        std::string text(sys::base_name(words.empty() ? std::string_view() : std::string_view(words.front())));
        if (words.size() > 1 && is_plain_word(words[1]) && words[1].front() != '-' && words[1].size() <= longest_title)
            (text += " ") += words[1];
        return text;
    }

    COHORT_COLD std::string to_string() const {
        std::string text;
        for (const environment_edit& edit : environment) {
            if (!edit.value) continue;
            text += edit.name;
            text += '=';
            append_quoted(text, *edit.value);
            text += ' ';
        }
        for (const std::string& word : words) {
            append_quoted(text, word);
            text += ' ';
        }
        if (!text.empty()) text.pop_back();
        return text;
    }
};

}  // namespace cohort::detail
