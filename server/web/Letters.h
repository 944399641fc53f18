// SPDX-License-Identifier: GPL-3.0-or-later
// What people are told by mail: a notice of the registry in words. Pure; sending is another matter.
#pragma once

#include <QString>

namespace viaduct::broker {
struct Notice;
}

namespace viaduct::web {

/// Plain text, UTF-8, with \n at line ends. The subject has nothing in it that a stranger wrote.
struct Letter {
    QString to;
    QString subject;
    QString text;
};

/// In whose name it is written.
struct Sender {
    QString organisation;
    QString contact; ///< mail address
    QString baseUrl; ///< of the pages, without a slash at the end: https://broker.example.net
};

/// In the language of the notice. The letter that proves an address repeats nothing of what was filled in: it
/// may go to somebody who asked for nothing, and must not carry a stranger's words.
Letter letterOf(const broker::Notice& notice, const Sender& sender);

} // namespace viaduct::web
