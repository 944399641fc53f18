// SPDX-License-Identifier: GPL-3.0-or-later
// A file that takes another's place in one step: after a crash there is the old one or the new one, whole.
#pragma once

#include "shared/net/Error.h"

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace viaduct::revisions {

/// Who owns a file, and what may be done to it.
struct Ownership {
    uid_t user = 0;
    gid_t group = 0;
    mode_t mode = 0600;
};
/// Of a file that is there.
std::optional<Ownership> ownershipOf(const std::string& path);

class DraftFile {
public:
    /// Writes `text` to PATH.new, durably, for nobody but the owner to read from its first byte on; as
    /// `ownership` says if that is given, else 0600 and the process's own.
    static Result<DraftFile>
    write(const std::string& path, std::string_view text, const std::optional<Ownership>& ownership = {});
    DraftFile(DraftFile&& other) noexcept;
    DraftFile& operator=(DraftFile&&) = delete;
    ~DraftFile(); ///< what did not take its place is gone

    /// Puts it in the place of PATH, durably. On an error PATH is what it was, or, if only the directory
    /// could not be synchronised, may become so again when the power fails.
    Result<void> place();

private:
    explicit DraftFile(std::string path) : m_path(std::move(path)) { }

    std::string m_path; ///< empty: placed, or moved from
};

/// The bytes of a file of at most `largest`. Invalid when it is larger.
Result<std::string> readFile(const std::string& path, std::size_t largest);

} // namespace viaduct::revisions
