// What cohort.cpp does, with Asio, nlohmann/json and posix_spawn: a worker is started, asked in JSON and answers.
#include <array>
#include <asio.hpp>
#include <cstdio>
#include <cstdint>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <system_error>

using asio::awaitable;
using asio::use_awaitable;
using socket_type = asio::local::stream_protocol::socket;
extern char** environ;

struct question {
    int id;
    std::string text;
};
struct answer {
    int id;
    std::string text;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(question, id, text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(answer, id, text)

template <class T>
static awaitable<void> send(socket_type& to, const T& value) {
    const std::string text = nlohmann::json(value).dump();
    const std::uint32_t size = static_cast<std::uint32_t>(text.size());
    const std::array<asio::const_buffer, 2> parts{asio::buffer(&size, sizeof size), asio::buffer(text)};
    co_await asio::async_write(to, parts, use_awaitable);
}

template <class T>
static awaitable<std::optional<T>> receive(socket_type& from) {
    std::uint32_t size;
    asio::error_code error;
    const std::size_t n =
        co_await asio::async_read(from, asio::buffer(&size, sizeof size), asio::redirect_error(use_awaitable, error));
    if (error == asio::error::eof && n == 0) co_return std::nullopt;
    if (error) throw std::system_error(error, "read");
    std::string text(size, 0);
    co_await asio::async_read(from, asio::buffer(text), use_awaitable);
    co_return nlohmann::json::parse(text).template get<T>();
}

static awaitable<void> worker(socket_type up) {
    while (auto q = co_await receive<question>(up)) {
        answer a{q->id, q->text + "!"};
        co_await send(up, a);
    }
}

static awaitable<void> app(const char* self) {
    asio::io_context& io = static_cast<asio::io_context&>((co_await asio::this_coro::executor).context());
    asio::signal_set ended(io, SIGCHLD);
    socket_type mine(io), theirs(io);
    asio::local::connect_pair(mine, theirs);
    fcntl(mine.native_handle(), F_SETFD, FD_CLOEXEC);
    fcntl(theirs.native_handle(), F_SETFD, FD_CLOEXEC);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, theirs.native_handle(), 3);
    std::string name = self, role = "worker";
    char* words[] = {name.data(), role.data(), nullptr};
    pid_t pid;
    if (int e = posix_spawn(&pid, self, &actions, nullptr, words, environ))
        throw std::system_error(e, std::generic_category(), self);
    posix_spawn_file_actions_destroy(&actions);
    theirs.close();
    question q{1, "hello"};
    co_await send(mine, q);
    auto a = co_await receive<answer>(mine);
    std::puts(a->text.c_str());
    mine.close();
    int status;
    while (waitpid(pid, &status, WNOHANG) == 0) co_await ended.async_wait(use_awaitable);
}

int main(int argc, char** argv) {
    asio::io_context io;
    if (argc > 1)
        asio::co_spawn(io, worker(socket_type(io, asio::local::stream_protocol(), 3)), asio::detached);
    else
        asio::co_spawn(io, app(argv[0]), asio::detached);
    io.run();
}
