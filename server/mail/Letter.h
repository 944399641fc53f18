// SPDX-License-Identifier: GPL-3.0-or-later
// A mail to one person, as text. What of it comes from strangers cannot add lines to the head of a message.
#pragma once

#include "shared/net/Error.h"

#include <QString>

#include <chrono>
#include <string>
#include <vector>

namespace viaduct::mail {

struct Letter {
    QString to; ///< a mail address alone; the part behind the @ may be of any script
    QString subject; ///< one line
    QString text; ///< lines of any length
    QString language; ///< of the text: "en"; empty: unsaid
};

/// What makes one message differ from the other.
struct Stamp {
    std::chrono::system_clock::time_point at;
    std::string id; ///< of letters and digits; nobody's else, ever
};

/// RFC 5322: a whole head but for what says how the text is encoded, and the text with CR LF.
struct Message {
    std::string recipient; ///< of the envelope: ASCII
    std::vector<std::string> head; ///< lines as they are sent, without the last CR LF
    std::string text; ///< UTF-8
};

constexpr qsizetype longestSubject = 500; ///< UTF-16 units
constexpr qsizetype longestText = 100'000;

/// Pure. Invalid when the letter has no such address, line breaks or control characters where none may be,
/// or is too long.
Result<Message> write(const Letter& letter, const std::string& from, const Stamp& stamp);

} // namespace viaduct::mail
