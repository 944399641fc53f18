// SPDX-License-Identifier: GPL-3.0-or-later
// A file descriptor that closes itself. Private to the Linux files of this room.
#pragma once

#include <unistd.h>
#include <utility>

namespace viaduct::tunnel {

class LinuxFile {
public:
    LinuxFile() = default;
    explicit LinuxFile(int descriptor) : m_descriptor(descriptor) { }
    LinuxFile(LinuxFile&& other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) { }
    LinuxFile& operator=(LinuxFile&& other) noexcept {
        std::swap(m_descriptor, other.m_descriptor);
        return *this;
    }
    ~LinuxFile() {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }

    int descriptor() const { return m_descriptor; }
    int release() { return std::exchange(m_descriptor, -1); }

private:
    int m_descriptor = -1;
};

} // namespace viaduct::tunnel
