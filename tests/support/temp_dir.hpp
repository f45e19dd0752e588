#pragma once
#include <string>

namespace support {

/// A new empty directory under $TMPDIR, removed with all its content at the end of the scope.
class temp_dir {
public:
    temp_dir();
    ~temp_dir();
    temp_dir(const temp_dir&) = delete;
    temp_dir& operator=(const temp_dir&) = delete;

    const std::string& path() const noexcept { return path_; }
    /// The path of an entry in it, which need not exist.
    std::string operator/(const std::string& name) const { return path_ + '/' + name; }

private:
    std::string path_;
};

/// Writes a file as a whole; throws std::system_error.
void write_file(const std::string& path, const std::string& content);

/// Reads a file as a whole, also those of /proc whose size is not known before; throws std::system_error.
std::string read_file(const std::string& path);

}  // namespace support
