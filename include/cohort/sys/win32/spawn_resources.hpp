/// @file
/// What one spawn holds: copies of handles that the child inherits, and the list that names them to the system.
#pragma once

#include "../../detail/view.hpp"
#include "invoke.hpp"
#include "process.hpp"
#include "spawn_plan.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

namespace cohort::sys::detail {

/// Closes a handle.
class owned_handle {
public:
    explicit owned_handle(::HANDLE handle = nullptr) noexcept : handle_(handle) {}
    owned_handle(const owned_handle&) = delete;
    owned_handle& operator=(const owned_handle&) = delete;
    ~owned_handle() {
        if (handle_) ::CloseHandle(handle_);
    }
    ::HANDLE get() const noexcept { return handle_; }
    ::HANDLE release() noexcept {
        const ::HANDLE handle = handle_;
        handle_ = nullptr;
        return handle;
    }

private:
    ::HANDLE handle_;
};

/// The copies of a plan's descriptors, which can be inherited, for the time of one spawn.
///
/// Descriptors beyond 2 are told in a block that Microsoft's C library defines, and others follow: the number of
/// entries; a byte for each, which says whether it is open and what it is; a handle for each.
class inherited_handles {
public:
    static constexpr int most = 2048;  // what the C library takes

    inherited_handles() noexcept {}
    inherited_handles(const inherited_handles&) = delete;
    inherited_handles& operator=(const inherited_handles&) = delete;
    COHORT_COLD ~inherited_handles() {
        for (std::size_t i = 0; i < count_; ++i) ::CloseHandle(handles_[i]);
        delete[] handles_;
    }

    COHORT_COLD outcome<> copy(cohort::detail::view<const fd_mapping> mappings) {
        int highest = -1;
        for (std::size_t i = 0; i < mappings.size(); ++i) {
            const fd_mapping& one = mappings[i];
            if (one.child_fd < 0 || one.child_fd >= most || one.source_fd < 0) return failure(EBADF);
            for (std::size_t j = 0; j < i; ++j)
                if (mappings[j].child_fd == one.child_fd) return failure(EINVAL);
            if (one.child_fd > highest) highest = one.child_fd;
        }
        handles_ = new ::HANDLE[mappings.size() + 1];
        if (highest > 2) make_block(static_cast<std::size_t>(highest) + 1);
        for (const fd_mapping& one : mappings) {
            ::HANDLE copied = nullptr;
            const outcome<> done = tried<call::spawn_dup>([&] {
                return ::DuplicateHandle(::GetCurrentProcess(), handle_of(one.source_fd), ::GetCurrentProcess(),
                                         &copied, 0, TRUE, DUPLICATE_SAME_ACCESS);
            });
            if (!done) return done;
            handles_[count_++] = copied;
            if (one.child_fd <= 2) standard_[one.child_fd] = copied;
            if (!block_.empty()) note(static_cast<std::size_t>(one.child_fd), copied);
        }
        return success();
    }

    std::size_t count() const noexcept { return count_; }
    ::HANDLE* data() const noexcept { return handles_; }

    COHORT_COLD void describe(::STARTUPINFOW& start) noexcept {
        start.dwFlags |= STARTF_USESTDHANDLES;
        start.hStdInput = standard_[0];
        start.hStdOutput = standard_[1];
        start.hStdError = standard_[2];
        if (block_.empty()) return;
        start.cbReserved2 = static_cast<::WORD>(block_.size());
        start.lpReserved2 = reinterpret_cast<::BYTE*>(block_.data());
    }

private:
    static constexpr char open_entry = 0x01;
    static constexpr char pipe_entry = 0x08;
    static constexpr char device_entry = 0x40;

    COHORT_COLD void make_block(std::size_t entries) {
        block_.assign(sizeof(int) + entries * (1 + sizeof(::HANDLE)), '\0');
        const int number = static_cast<int>(entries);
        std::memcpy(block_.data(), &number, sizeof number);
        entries_ = entries;
        const ::HANDLE none = INVALID_HANDLE_VALUE;
        for (std::size_t i = 0; i < entries; ++i) std::memcpy(place(i), &none, sizeof none);
    }

    char* place(std::size_t i) noexcept { return block_.data() + sizeof(int) + entries_ + i * sizeof(::HANDLE); }

    COHORT_COLD void note(std::size_t i, ::HANDLE handle) noexcept {
        char flags = open_entry;
        const ::DWORD type = ::GetFileType(handle);
        if (type == FILE_TYPE_PIPE) flags |= pipe_entry;
        if (type == FILE_TYPE_CHAR) flags |= device_entry;
        block_[sizeof(int) + i] = flags;
        std::memcpy(place(i), &handle, sizeof handle);
    }

    ::HANDLE* handles_ = nullptr;
    std::size_t count_ = 0;
    ::HANDLE standard_[3] = {nullptr, nullptr, nullptr};
    std::string block_;
    std::size_t entries_ = 0;
};

/// What STARTUPINFOEX says beyond STARTUPINFO: the handles that are inherited, and the job.
class attribute_list {
public:
    attribute_list() noexcept {}
    attribute_list(const attribute_list&) = delete;
    attribute_list& operator=(const attribute_list&) = delete;
    COHORT_COLD ~attribute_list() {
        if (list_) ::DeleteProcThreadAttributeList(list_);
        ::operator delete(memory_);
    }

    /// `job` and the handles stay in place until the process has been made.
    COHORT_COLD outcome<> fill(const inherited_handles& handles, ::HANDLE job) {
        constexpr ::DWORD_PTR job_list = 0x2000D;  // PROC_THREAD_ATTRIBUTE_JOB_LIST; older headers do not name it
        const ::DWORD attributes = handles.count() > 0 ? 2 : 1;
        ::SIZE_T size = 0;
        ::InitializeProcThreadAttributeList(nullptr, attributes, 0, &size);
        memory_ = ::operator new(size);
        const auto list = static_cast<::LPPROC_THREAD_ATTRIBUTE_LIST>(memory_);
        if (!::InitializeProcThreadAttributeList(list, attributes, 0, &size)) return failure(last_error());
        list_ = list;
        job_ = job;
        if (!::UpdateProcThreadAttribute(list_, 0, job_list, &job_, sizeof job_, nullptr, nullptr))
            return failure(last_error());
        if (handles.count() > 0 &&
            !::UpdateProcThreadAttribute(list_, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles.data(),
                                         handles.count() * sizeof(::HANDLE), nullptr, nullptr))
            return failure(last_error());
        return success();
    }

    ::LPPROC_THREAD_ATTRIBUTE_LIST get() const noexcept { return list_; }

private:
    void* memory_ = nullptr;
    ::LPPROC_THREAD_ATTRIBUTE_LIST list_ = nullptr;
    ::HANDLE job_ = nullptr;
};

/// The path of cmd.exe: what ComSpec says, which names another interpreter where somebody wants one; else the system's.
COHORT_COLD inline std::wstring command_interpreter() {
    std::wstring path;
    const outcome<> named = ask_text(
        path, [](wchar_t* to, ::DWORD room) { return ::GetEnvironmentVariableW(L"ComSpec", to, room); });
    if (named && !path.empty()) return path;
    const outcome<> asked =
        ask_text(path, [](wchar_t* to, ::DWORD room) { return ::GetSystemDirectoryW(to, room); });
    return asked ? path + L"\\cmd.exe" : std::wstring(L"C:\\Windows\\System32\\cmd.exe");
}

}  // namespace cohort::sys::detail
