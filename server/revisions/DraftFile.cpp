// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/revisions/DraftFile.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace viaduct::revisions {

namespace {

constexpr mode_t ownersAlone = 0600;
constexpr mode_t permissions = 07777;

class Descriptor {
public:
    explicit Descriptor(int number) : m_number(number) { }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (m_number >= 0)
            ::close(m_number);
    }
    int number() const { return m_number; }

private:
    int m_number;
};

std::string reason() {
    return std::generic_category().message(errno);
}

std::string directoryOf(const std::string& path) {
    const std::string parent = std::filesystem::path(path).parent_path();
    return parent.empty() ? "." : parent;
}

std::string draftOf(const std::string& path) {
    return path + ".new";
}

bool writeAll(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = write(file, text.data(), text.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

/// The owner first: chown() takes bits of the mode away.
Result<void> give(int file, const std::string& path, const Ownership& ownership) {
    if (fchown(file, ownership.user, ownership.group) != 0)
        return failure(
            Error::Code::System,
            path + " belongs to another user, and would not after it was replaced: " + reason()
                + ". Give it to the user that viaductd runs as.");
    if (fchmod(file, ownership.mode) != 0)
        return failure(Error::Code::System, "The mode of " + path + " cannot be kept: " + reason() + '.');
    return {};
}

} // namespace

std::optional<Ownership> ownershipOf(const std::string& path) {
    struct stat status { };
    if (stat(path.c_str(), &status) != 0)
        return std::nullopt;
    return Ownership{status.st_uid, status.st_gid, status.st_mode & permissions};
}

Result<DraftFile>
DraftFile::write(const std::string& path, std::string_view text, const std::optional<Ownership>& ownership) {
    const std::string draft = draftOf(path);
    unlink(draft.c_str()); // of an attempt that was interrupted
    const Descriptor file(open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, ownersAlone));
    if (file.number() < 0)
        return failure(
            Error::Code::System,
            path + " cannot be replaced, because its directory takes no new file: " + reason()
                + ". Let the user that viaductd runs as write in " + directoryOf(path) + '.');
    DraftFile written(path); // from here on it is removed unless it is placed
    if (!writeAll(file.number(), text) || fsync(file.number()) != 0)
        return failure(
            Error::Code::System,
            draft + " cannot be written: " + reason() + ". Make room in " + directoryOf(path) + '.');
    if (ownership) {
        if (const auto given = give(file.number(), path, *ownership); !given)
            return tl::unexpected(given.error());
        if (fsync(file.number()) != 0)
            return failure(Error::Code::System, draft + " cannot be written: " + reason() + '.');
    }
    return written;
}

DraftFile::DraftFile(DraftFile&& other) noexcept : m_path(std::exchange(other.m_path, {})) { }

DraftFile::~DraftFile() {
    if (!m_path.empty())
        unlink(draftOf(m_path).c_str());
}

Result<void> DraftFile::place() {
    if (std::rename(draftOf(m_path).c_str(), m_path.c_str()) != 0)
        return failure(
            Error::Code::System,
            m_path + " cannot be replaced: " + reason()
                + ". If it is mounted there by itself, mount its directory instead.");
    const std::string directory = directoryOf(std::exchange(m_path, {}));
    const Descriptor synchronised(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (synchronised.number() < 0 || fsync(synchronised.number()) != 0)
        return failure(
            Error::Code::System, "The directory " + directory + " cannot be synchronised: " + reason() + '.');
    return {};
}

Result<std::string> readFile(const std::string& path, std::size_t largest) {
    const Descriptor file(
        open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)); // a pipe must not hold us up
    const auto unreadable = [&] {
        const auto code = errno == ENOENT ? Error::Code::NotFound : Error::Code::System;
        return failure(code, path + ": cannot be read: " + reason() + '.');
    };
    if (file.number() < 0)
        return unreadable();
    constexpr std::size_t step = std::size_t{64} << 10U;
    std::string text;
    for (;;) {
        const std::size_t before = text.size();
        text.resize(before + step);
        const ssize_t count = read(file.number(), text.data() + before, step);
        if (count < 0)
            return unreadable();
        text.resize(before + static_cast<std::size_t>(count));
        if (count == 0)
            return text;
        if (text.size() > largest)
            return failure(
                Error::Code::Invalid, path + ": larger than " + std::to_string(largest) + " bytes.");
    }
}

} // namespace viaduct::revisions
