// SPDX-License-Identifier: GPL-3.0-or-later
// The directory that holds the database: makes it, keeps others out of it, and takes it for one broker alone.
#pragma once

#include "shared/net/Error.h"

#include <string>

namespace viaduct::store {

class StateDirectory {
public:
    /// Makes `path` (mode 0700) where it is missing and locks it until this object or the process ends,
    /// however it ends: the lock (flock on viaduct.lock) is the kernel's. Busy when another process has it,
    /// or this one.
    static Result<StateDirectory> take(const std::string& path);
    StateDirectory(StateDirectory&& other) noexcept;
    StateDirectory& operator=(StateDirectory&&) = delete;
    ~StateDirectory();

    /// Makes the file (empty) where it is missing, so that it is durable itself; in any case its mode becomes
    /// 0600. Its full name is returned. SQLite gives its other files the same mode.
    Result<std::string> file(const std::string& name) const;

private:
    StateDirectory(std::string path, int lock);

    std::string m_path;
    int m_lock; ///< descriptor of the lock file; -1 when moved from
};

} // namespace viaduct::store
