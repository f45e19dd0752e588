/// @file
/// Addresses of sockets: IPv4, IPv6, Unix paths and abstract Unix names.
#pragma once

#include "../detail/decimal.hpp"
#include "network.hpp"
#include "platform.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace cohort::sys {

/// A socket's address as the kernel takes it: `sockaddr_storage` and a length. A value; an empty one has family
/// AF_UNSPEC.
class socket_address {
public:
    [[gnu::always_inline]] socket_address() noexcept : storage_(), size_(0) {}
    /// Copies an address of `size` bytes; what is larger than any address is cut.
    socket_address(const void* data, std::size_t size) noexcept : storage_(), size_(0) {
        size_ = static_cast<::socklen_t>(size < sizeof storage_ ? size : sizeof storage_);
        std::memcpy(&storage_, data, length());
        note_length(storage_);
    }

    /// An IPv4 address given in host byte order: `ipv4(0x7F000001, 80)` is 127.0.0.1:80.
    static socket_address ipv4(std::uint32_t address, std::uint16_t port) noexcept {
        ::sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        in.sin_addr.s_addr = htonl(address);
        return socket_address(&in, sizeof in);
    }
    /// An IPv6 address of 16 bytes in network order; `scope` is the interface's index for link-local ones.
    static socket_address ipv6(const unsigned char (&address)[16], std::uint16_t port,
                               std::uint32_t scope = 0) noexcept {
        ::sockaddr_in6 in{};
        in.sin6_family = AF_INET6;
        in.sin6_port = htons(port);
        in.sin6_scope_id = scope;
        std::memcpy(&in.sin6_addr, address, sizeof in.sin6_addr);
        return socket_address(&in, sizeof in);
    }
    // What follows are templates, so that only who reads addresses compiles an optional of them.

    /// A Unix socket in the file system; empty optional: the path is empty, has a zero byte or is longer than 107
    /// bytes (103 on the BSD systems).
    template <class Address = socket_address>
    static std::optional<Address> unix_path(std::string_view path) noexcept {
        ::sockaddr_un un{};
        if (path.empty() || path.size() >= sizeof un.sun_path || path.find('\0') != path.npos) return std::nullopt;
        un.sun_family = AF_UNIX;
        std::memcpy(un.sun_path, path.data(), path.size());
        return Address(&un, offsetof(::sockaddr_un, sun_path) + path.size() + 1);
    }
    /// A Unix socket in the abstract namespace, which has no file (unix(7), Linux); at most 107 bytes, any of them.
    /// Empty optional on other systems, which have none.
    template <class Address = socket_address>
    static std::optional<Address> unix_abstract(std::string_view name) noexcept {
        ::sockaddr_un un{};
        if (!has_abstract || name.empty() || name.size() >= sizeof un.sun_path) return std::nullopt;
        un.sun_family = AF_UNIX;
        std::memcpy(un.sun_path + 1, name.data(), name.size());
        return Address(&un, offsetof(::sockaddr_un, sun_path) + 1 + name.size());
    }
    /// Reads `1.2.3.4:80`, `[::1]:80`, `[fe80::1%eth0]:80`, `/path`, `./path`, `unix:path`, `@abstract`. Numeric only:
    /// names are for `resolve`. Empty optional: not an address.
    template <class Address = socket_address>
    static std::optional<Address> parse(std::string_view text) noexcept {
        if (text.empty()) return std::nullopt;
        if (text.front() == '@') return unix_abstract<Address>(text.substr(1));
        if (text.front() == '/' || text.front() == '.') return unix_path<Address>(text);
        if (text.substr(0, 5) == "unix:") return unix_path<Address>(text.substr(5));
        const std::size_t colon = text.rfind(':');
        if (colon == text.npos) return std::nullopt;
        std::uint16_t port = 0;
        if (!parse_number(text.substr(colon + 1), port)) return std::nullopt;
        std::string_view host = text.substr(0, colon);
        char buffer[INET6_ADDRSTRLEN];
        if (!host.empty() && host.front() == '[') {
            if (host.back() != ']') return std::nullopt;
            host = host.substr(1, host.size() - 2);
            std::uint32_t scope = 0;
            if (const std::size_t percent = host.find('%'); percent != host.npos) {
                if (!parse_scope(host.substr(percent + 1), scope)) return std::nullopt;
                host = host.substr(0, percent);
            }
            unsigned char bytes[16];
            if (!terminated(host, buffer) || ::inet_pton(AF_INET6, buffer, bytes) != 1) return std::nullopt;
            return Address::ipv6(bytes, port, scope);
        }
        ::in_addr four;
        if (!terminated(host, buffer) || ::inet_pton(AF_INET, buffer, &four) != 1) return std::nullopt;
        return Address::ipv4(ntohl(four.s_addr), port);
    }

    /// AF_INET, AF_INET6, AF_UNIX, or AF_UNSPEC where there is no address.
    int family() const noexcept { return length() < sizeof(detail::address_family) ? AF_UNSPEC : storage_.ss_family; }
    bool is_unix() const noexcept { return family() == AF_UNIX; }
    bool is_ipv4() const noexcept { return family() == AF_INET; }
    bool is_ipv6() const noexcept { return family() == AF_INET6; }
    [[gnu::always_inline]]
    const ::sockaddr* data() const noexcept { return reinterpret_cast<const ::sockaddr*>(&storage_); }
    [[gnu::always_inline]] ::socklen_t size() const noexcept { return size_; }
    [[gnu::always_inline]] bool empty() const noexcept { return family() == AF_UNSPEC; }

    /// Where the kernel writes an address of up to `capacity()` bytes, followed by `resize` with what it gave.
    [[gnu::always_inline]] ::sockaddr* data() noexcept { return reinterpret_cast<::sockaddr*>(&storage_); }
    [[gnu::always_inline]] static constexpr ::socklen_t capacity() noexcept { return sizeof(::sockaddr_storage); }
    [[gnu::always_inline]] void resize(::socklen_t size) noexcept {
        size_ = size < capacity() ? size : capacity();
        note_length(storage_);
    }

    /// The port in host byte order; 0 for a family without ports.
    std::uint16_t port() const noexcept {
        if (family() == AF_INET) return ntohs(as<::sockaddr_in>().sin_port);
        if (family() == AF_INET6) return ntohs(as<::sockaddr_in6>().sin6_port);
        return 0;
    }
    /// Sets the port of an IPv4 or IPv6 address.
    void set_port(std::uint16_t port) noexcept {
        const std::uint16_t network = htons(port);
        if (family() == AF_INET)
            std::memcpy(reinterpret_cast<char*>(&storage_) + offsetof(::sockaddr_in, sin_port), &network,
                        sizeof network);
        if (family() == AF_INET6)
            std::memcpy(reinterpret_cast<char*>(&storage_) + offsetof(::sockaddr_in6, sin6_port), &network,
                        sizeof network);
    }
    /// The path or the abstract name (without its zero byte) of a Unix address; else empty. Valid as long as this
    /// object.
    std::string_view unix_name() const noexcept {
        constexpr std::size_t start = offsetof(::sockaddr_un, sun_path);
        if (family() != AF_UNIX || length() <= start) return {};
        const char* name = reinterpret_cast<const char*>(&storage_) + start;
        if (has_abstract && *name == '\0') return std::string_view(name + 1, length() - start - 1);
        return std::string_view(name, ::strnlen(name, length() - start));
    }
    /// Whether this is a name in the abstract namespace.
    bool is_abstract() const noexcept {
        constexpr std::size_t start = offsetof(::sockaddr_un, sun_path);
        return has_abstract && family() == AF_UNIX && length() > start && reinterpret_cast<const char*>(&storage_)[start] == '\0';
    }
    /// The text that `parse` reads; empty for an address without a name.
    COHORT_COLD std::string to_string() const {
        char host[INET6_ADDRSTRLEN] = {};
        std::string text;
        switch (family()) {
        case AF_INET: {
            const auto in = as<::sockaddr_in>();
            text.append(::inet_ntop(AF_INET, &in.sin_addr, host, sizeof host));
            append_number(text, ":", port());
            break;
        }
        case AF_INET6: {
            const auto in = as<::sockaddr_in6>();
            text.append("[");
            text.append(::inet_ntop(AF_INET6, &in.sin6_addr, host, sizeof host));
            if (in.sin6_scope_id != 0) append_number(text, "%", in.sin6_scope_id);
            append_number(text, "]:", port());
            break;
        }
        case AF_UNIX: {
            const std::string_view name = unix_name();
            if (name.empty()) break;
            if (is_abstract()) text.append("@");
            else if (name.front() != '/' && name.front() != '.') text.append("unix:");
            text.append(name.data(), name.size());
            break;
        }
        default: break;
        }
        return text;
    }

    friend bool operator==(const socket_address& a, const socket_address& b) noexcept {
        return a.size_ == b.size_ && std::memcmp(&a.storage_, &b.storage_, a.length()) == 0;
    }

private:
    static constexpr bool has_abstract = COHORT_OS_LINUX;

    /// On the BSD systems an address begins with its length, which counts where two are compared.
    template <class Storage> [[gnu::always_inline]] void note_length([[maybe_unused]] Storage& storage) noexcept {
        if constexpr (requires { storage.ss_len; }) storage.ss_len = static_cast<decltype(storage.ss_len)>(size_);
    }
    // The system's own type for it has a sign in places.
    [[gnu::always_inline]] std::size_t length() const noexcept { return static_cast<std::size_t>(size_); }
    template <class Sockaddr> Sockaddr as() const noexcept {
        Sockaddr result;
        std::memcpy(&result, &storage_, sizeof result);
        return result;
    }
    COHORT_COLD static void append_number(std::string& text, const char* before, std::uint32_t number) {
        text.append(before);
        text.append(cohort::detail::decimal(number).c_str());
    }
    template <class Number> static bool parse_number(std::string_view text, Number& value) noexcept {
        std::uint32_t read = 0;
        if (text.empty() || cohort::detail::read_decimal(text, read) != text.size()) return false;
        value = static_cast<Number>(read);
        return value == read;
    }
    static bool parse_scope(std::string_view text, std::uint32_t& scope) noexcept {
        if (parse_number(text, scope)) return true;
        char name[64];
        if (!terminated(text, name)) return false;
        scope = detail::interface_index(name);
        return scope != 0;
    }
    template <std::size_t N> static bool terminated(std::string_view text, char (&buffer)[N]) noexcept {
        if (text.size() >= N || text.find('\0') != text.npos) return false;
        std::memcpy(buffer, text.data(), text.size());
        buffer[text.size()] = '\0';
        return true;
    }

    ::sockaddr_storage storage_;
    ::socklen_t size_;
};

}  // namespace cohort::sys
