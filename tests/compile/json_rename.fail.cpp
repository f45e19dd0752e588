// The name of a member is written as it stands: one that would have to be escaped is refused.
// Error: the JSON name of a member has a quote, a backslash or a control character
#include <cohort/json.hpp>

struct quoted {
    int id;
};

template <>
struct cohort::json::options<quoted> {
    static constexpr std::string_view rename(std::string_view) { return "the \"id\""; }
};

std::string text(const quoted& q) { return cohort::json::write(q); }
