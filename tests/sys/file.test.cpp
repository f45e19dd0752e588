#include <cohort/sys/fault.hpp>
#include <cohort/sys/file.hpp>
#include <cohort/sys/io.hpp>
#include <cohort/sys/linux/memfd.hpp>
#include <cohort/sys/linux/splice.hpp>

#include "support/test.hpp"

#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;

TEST_CASE("a file is made, written, read by position, cut, renamed and removed") {
    support::temp_dir dir;
    const std::string path = dir / "file";
    const int fd = *sys::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(*sys::is_close_on_exec(fd));
    CHECK(*sys::write(fd, "0123456789", 10) == 10);
    CHECK(*sys::file_size(fd) == 10);
    char part[4] = {};
    CHECK(*sys::pread(fd, part, 3, 4) == 3);
    CHECK(std::string(part) == "456");
    CHECK(*sys::pread(fd, part, 3, 100) == 0);
    CHECK(*sys::pwrite(fd, "xy", 2, 0) == 2);
    CHECK(*sys::lseek(fd, 0, SEEK_CUR) == 10);
    CHECK(*sys::lseek(fd, -8, SEEK_END) == 2);
    CHECK(sys::fsync(fd));
    CHECK(sys::ftruncate(fd, 3));
    CHECK(*sys::file_size(fd) == 3);
    CHECK(sys::close(fd));
    const std::string other = dir / "other";
    CHECK(sys::rename(path.c_str(), other.c_str()));
    CHECK(sys::open(path.c_str(), O_RDONLY).error() == ENOENT);
    CHECK(support::read_file(other) == "xy2");
    CHECK(sys::unlink(other.c_str()));
    CHECK(sys::unlink(other.c_str()).error() == ENOENT);
    const std::string sub = dir / "sub";
    CHECK(sys::mkdir(sub.c_str()));
    CHECK(sys::mkdir(sub.c_str()).error() == EEXIST);
    CHECK(sys::rmdir(sub.c_str()));
    CHECK(sys::rmdir(sub.c_str()).error() == ENOENT);
    CHECK(sys::rename(path.c_str(), other.c_str()).error() == ENOENT);
}

TEST_CASE("errors of files are reported") {
    const sys::pipe_pair p = *sys::pipe();
    char c = 0;
    CHECK(sys::lseek(p.read, 0, SEEK_CUR).error() == ESPIPE);
    CHECK(sys::pread(p.read, &c, 1, 0).error() == ESPIPE);
    CHECK(sys::pwrite(p.write, &c, 1, 0).error() == ESPIPE);
    CHECK(sys::ftruncate(p.write, 0).error() == EINVAL);
    CHECK(sys::fsync(p.write).error() == EINVAL);
    CHECK(sys::file_size(-1).error() == EBADF);
    (void)sys::close(p.read);
    (void)sys::close(p.write);
}

TEST_CASE("the retrying calls of files go past EINTR") {
    fault::scope plan;
    for (const sys::call each : {sys::call::open, sys::call::pwrite, sys::call::pread, sys::call::fsync,
                                 sys::call::ftruncate, sys::call::splice})
        fault::fail(each, 1, EINTR);
    support::temp_dir dir;
    const int fd = *sys::open((dir / "f").c_str(), O_RDWR | O_CREAT);
    char c = 'c';
    CHECK(sys::pwrite(fd, &c, 1, 0));
    CHECK(sys::pread(fd, &c, 1, 0));
    CHECK(sys::fsync(fd));
    CHECK(sys::ftruncate(fd, 9));
    const sys::pipe_pair p = *sys::pipe();
    CHECK(*sys::splice(fd, p.write, 100) == 9);
    CHECK(fault::injected(sys::call::open) + fault::injected(sys::call::pwrite) + fault::injected(sys::call::pread) +
              fault::injected(sys::call::fsync) + fault::injected(sys::call::ftruncate) +
              fault::injected(sys::call::splice) ==
          6);
    for (int each : {fd, p.read, p.write}) (void)sys::close(each);
}

TEST_CASE("bytes are spliced from a memory file into a pipe") {
    const int memory = *sys::memfd_create("test");
    CHECK(*sys::is_close_on_exec(memory));
    CHECK(*sys::pwrite(memory, "spliced", 7, 0) == 7);
    const sys::pipe_pair p = *sys::pipe(true, true);
    CHECK(*sys::splice(memory, p.write, 100) == 7);
    CHECK(*sys::splice(memory, p.write, 100) == 0);  // the end of the input
    char got[8] = {};
    CHECK(*sys::read(p.read, got, 7) == 7);
    CHECK(std::string(got) == "spliced");
    CHECK(sys::splice(memory, memory, 1).error() == EINVAL);  // neither is a pipe
    CHECK(sys::splice(p.read, memory, 1, SPLICE_F_NONBLOCK).would_block());
    const std::size_t size = *sys::set_pipe_size(p.write, 100000);
    CHECK(size >= 100000);
    CHECK(*sys::pipe_size(p.read) == size);
    // Not less than there is because of what is left of the number in 32 bits.
    CHECK(sys::set_pipe_size(p.write, (std::size_t{1} << 32) + 4096).error() == EINVAL);
    CHECK(*sys::pipe_size(p.read) == size);
    CHECK(sys::pipe_size(memory).error() == EBADF);
    CHECK(sys::set_pipe_size(memory, 4096).error() == EBADF);
    for (int each : {memory, p.read, p.write}) CHECK(sys::close(each));
}
