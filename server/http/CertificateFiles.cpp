// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Certificate.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace viaduct::http {

namespace {

constexpr mode_t ownersAlone = 0600;
constexpr std::size_t largestFile = 1024UL * 1024;

tl::unexpected<Error> systemFailure(const std::string& what, const char* cure) {
    const auto code = errno == ENOENT ? Error::Code::NotFound : Error::Code::System;
    return failure(code, what + ": " + std::generic_category().message(errno) + "; " + cure);
}

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

Result<std::string> readFile(const std::string& path) {
    constexpr const char* cure = "give a PEM file that the broker's user may read";
    const Descriptor file(
        open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)); // a pipe must not hold us up
    if (file.number() < 0)
        return systemFailure("cannot open " + path, cure);
    std::string text(largestFile + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t count = read(file.number(), text.data() + size, text.size() - size);
        if (count < 0)
            return systemFailure("cannot read " + path, cure);
        if (count == 0)
            break;
        size += static_cast<std::size_t>(count);
    }
    if (size > largestFile)
        return failure(Error::Code::Invalid, path + " is larger than a megabyte, so it is no PEM file");
    text.resize(size);
    return text;
}

bool writeAll(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = write(file, text.data(), text.size());
        if (count < 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

/// On the disk, and readable for nobody else from its first byte.
bool writeDurably(const std::string& path, std::string_view text) {
    unlink(path.c_str()); // of an attempt that was interrupted
    const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, ownersAlone));
    return file.number() >= 0 && fchmod(file.number(), ownersAlone) == 0 && writeAll(file.number(), text)
        && fsync(file.number()) == 0;
}

bool syncDirectoryOf(const std::string& path) {
    const std::string parent = std::filesystem::path(path).parent_path();
    const Descriptor directory(
        open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return directory.number() >= 0 && fsync(directory.number()) == 0;
}

} // namespace

Result<Certificate> readCertificate(const std::string& chainFile, const std::string& keyFile) {
    auto chain = readFile(chainFile);
    if (!chain)
        return tl::unexpected(chain.error());
    auto key = readFile(keyFile);
    if (!key)
        return tl::unexpected(key.error());
    return Certificate{std::move(*chain), std::move(*key)};
}

Result<void> writeCertificate(const Certificate& certificate, const std::string& file) {
    const std::string draft = file + ".new";
    if (!writeDurably(draft, certificate.keyPem + certificate.chainPem)
        || std::rename(draft.c_str(), file.c_str()) != 0 || !syncDirectoryOf(file)) {
        auto error = systemFailure(
            "cannot write the certificate to " + file, "give the directory to the broker's user, and space");
        unlink(draft.c_str());
        return error;
    }
    return {};
}

} // namespace viaduct::http
