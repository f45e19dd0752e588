// libFuzzer target of the json floor: what is parsed survives writing, skipping agrees with parsing, and a typed read of anything ends
// in a value or a json::error.
#include <cohort/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

namespace json = cohort::json;

namespace {

enum class color { red, green, blue };
struct circle {
    double r;
};
struct square {
    int side;
    std::optional<std::string> name;
};
struct message {
    std::string type;
    int id;
    std::vector<std::variant<bool, std::int64_t, double, std::string, circle, square, std::vector<int>>> args;
    std::map<std::string, float> weights;
    std::tuple<unsigned char, std::string> pair;
    color paint;
    json::value any;
    std::vector<message> inner;
};

void check(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    bool parsed = true;
    try {
        const json::value v = json::parse(text);
        const std::string written = json::write(v);
        const json::value back = json::parse(written);
        check(back == v);
        check(json::write(back) == written);
        check(json::parse(json::write(v, json::write_options().indent(2))) == v);
    } catch (const json::error& e) {
        parsed = false;
        check(e.offset() <= size && e.line() > 0 && e.column() > 0);
    }
    bool skipped = true;
    try {
        json::reader r(text);
        r.skip_value();
        r.finish();
    } catch (const json::error&) {
        skipped = false;
    }
    check(parsed == skipped);
    try {
        const message m = json::read<message>(text, json::read_options().missing(json::missing_members::keep));
        check(parsed);
        const std::string written = json::write(m);
        check(json::write(json::read<message>(written)) == written);
    } catch (const json::error&) {}
    return 0;
}
