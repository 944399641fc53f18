// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/StateDirectory.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace viaduct::store {

namespace {

constexpr mode_t directoryMode = 0700;
constexpr mode_t fileMode = 0600;

tl::unexpected<Error> systemFailure(const std::string& what, const std::string& cure) {
    return failure(Error::Code::System, what + ": " + std::generic_category().message(errno) + "; " + cure);
}

Result<void> makeDirectory(const std::filesystem::path& path) {
    std::error_code error;
    if (path.has_parent_path())
        std::filesystem::create_directories(path.parent_path(), error); // mkdir tells when it did not work
    if (mkdir(path.c_str(), directoryMode) != 0 && errno != EEXIST)
        return systemFailure(
            "cannot make the state directory " + path.string(), "make it and give it to the broker's user");
    return {};
}

/// The process id that the holder of the lock has written into it.
std::string holderOf(int lock) {
    std::array<char, 32> text{};
    const ssize_t size = pread(lock, text.data(), text.size() - 1, 0);
    return size > 0 ? " (process " + std::string(text.data(), static_cast<std::size_t>(size)) + ")" : "";
}

void leaveProcessId(int lock) {
    const std::string text = std::to_string(getpid());
    // For a person's eyes only: nothing depends on it, so a full disk may refuse it.
    if (ftruncate(lock, 0) == 0)
        (void)!pwrite(lock, text.data(), text.size(), 0);
}

} // namespace

Result<StateDirectory> StateDirectory::take(const std::string& path) {
    if (const auto made = makeDirectory(std::filesystem::absolute(path).lexically_normal()); !made)
        return tl::unexpected(made.error());
    const std::string name = path + "/viaduct.lock";
    const int lock = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, fileMode);
    if (lock < 0)
        return systemFailure("cannot open " + name, "give the directory to the broker's user");
    StateDirectory directory(path, lock);
    if (flock(lock, LOCK_EX | LOCK_NB) != 0)
        return failure(
            Error::Code::Busy,
            "another broker" + holderOf(lock) + " uses the state directory " + path
                + ": stop it, or give this one a directory of its own");
    leaveProcessId(lock);
    return directory;
}

StateDirectory::StateDirectory(std::string path, int lock) : m_path(std::move(path)), m_lock(lock) { }

StateDirectory::StateDirectory(StateDirectory&& other) noexcept
    : m_path(std::move(other.m_path)), m_lock(std::exchange(other.m_lock, -1)) { }

StateDirectory::~StateDirectory() {
    if (m_lock >= 0)
        close(m_lock);
}

Result<std::string> StateDirectory::file(const std::string& name) const {
    std::string path = m_path + '/' + name;
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, fileMode);
    if (descriptor < 0)
        return systemFailure("cannot open " + path, "give it to the broker's user, and the directory too");
    (void)!fchmod(descriptor, fileMode); // refused only to who does not own it, and then it is the owner's
    close(descriptor);
    if (const int directory = open(m_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
        fsync(directory); // or the file's name could be lost with the power, and all that is in it
        close(directory);
    }
    return path;
}

} // namespace viaduct::store
