// SPDX-License-Identifier: GPL-3.0-or-later
// What the console knows of the language of the configuration (docs/configuration.md): enough for colours and
// for completion. Whether a text is right the broker says, and nobody else.
#pragma once

#include <QStringList>

#include <vector>

namespace viaduct::admin::language {

/// Where a line stands. The numbers are kept as the state of a line of the editor.
enum class Section {
    Global,
    Tsp,
    TunnelServer,
    TunnelBroker,
    InterfaceTunnel,
    WebServer,
    Registration,
    MailServer,
    RadiusServer,
    End ///< behind the line `end`
};

enum class Role { Keyword, Value, Unknown };

/// A word of a line, with its quotes.
struct Word {
    qsizetype begin = 0;
    qsizetype length = 0;
    bool isQuoted = false;
    Role role = Role::Unknown;
};

struct Line {
    std::vector<Word> words;
    qsizetype comment = -1; ///< where it begins; < 0: there is none
    Section next = Section::Global; ///< where the next line stands
};

Line read(const QString& text, Section section);

/// What has a name in a text, to be named elsewhere in it.
struct Names {
    QStringList pools;
    QStringList tsps;
    QStringList servers;
};
/// Adds what this line declares.
void collect(const QString& text, Names& names);

struct Completions {
    qsizetype begin = 0; ///< of the word that they take the place of
    QStringList words;
};
/// What may stand at the end of `before`, the part of a line in front of the cursor.
Completions completions(const QString& before, Section section, const Names& names);

} // namespace viaduct::admin::language
