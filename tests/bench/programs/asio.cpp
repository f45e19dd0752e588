// A small coroutine program with Asio: bytes echoed over a pair of sockets.
#include <asio.hpp>
#include <cstdio>
#include <string>
static asio::awaitable<void> echo(asio::local::stream_protocol::socket s) {
    std::string b(64, 0);
    size_t n = co_await s.async_read_some(asio::buffer(b), asio::use_awaitable);
    co_await asio::async_write(s, asio::buffer(b, n), asio::use_awaitable);
}
static asio::awaitable<void> hello(asio::local::stream_protocol::socket s) {
    std::string b = "hello";
    co_await asio::async_write(s, asio::buffer(b), asio::use_awaitable);
    co_await asio::async_read(s, asio::buffer(b), asio::use_awaitable);
    asio::steady_timer t(co_await asio::this_coro::executor, std::chrono::milliseconds(1));
    co_await t.async_wait(asio::use_awaitable);
    std::puts(b.c_str());
}
int main() {
    asio::io_context io;
    asio::local::stream_protocol::socket a(io), b(io);
    asio::local::connect_pair(a, b);
    asio::co_spawn(io, echo(std::move(a)), asio::detached);
    asio::co_spawn(io, hello(std::move(b)), asio::detached);
    io.run();
}
