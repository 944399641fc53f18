// SPDX-License-Identifier: GPL-3.0-or-later
// Configuration lines of a static tunnel.
#include "admin-gui/parts/TunnelSection.h"

#include <QRegularExpression>

namespace viaduct::admin {

namespace {
QString quoted(QString text) {
    text.replace(u'\\', QStringLiteral("\\\\")).replace(u'"', QStringLiteral("\\\""));
    return u'"' + text + u'"';
}

QString line(const char* words, const QString& value) {
    return value.isEmpty() ? QString() : u' ' + QLatin1String(words) + u' ' + value + u'\n';
}

/// `end` may be shortened, as all words may; a comment may stand behind it.
bool isEnd(const QString& text) {
    static const QRegularExpression end(
        QStringLiteral("^\\s*(end|en)(\\s+[#!].*)?\\s*$"), QRegularExpression::CaseInsensitiveOption);
    return end.match(text).hasMatch();
}

bool saysNothing(const QString& text) {
    const QString trimmed = text.trimmed();
    return trimmed.isEmpty() || trimmed.startsWith(u'#') || trimmed.startsWith(u'!');
}
} // namespace

QString TunnelSection::text() const {
    return QStringLiteral("interface tunnel ") + name + u'\n'
        + line("description", description.isEmpty() ? QString() : quoted(description))
        + line("tunnel source", source) + line("tunnel destination", destination) + line("ipv6 address", pair)
        + line("ipv6 pool endpoints", pair.isEmpty() ? endpointPool : QString()) + line("ipv6 prefix", prefix)
        + line("ipv6 pool prefix", prefix.isEmpty() ? prefixPool : QString())
        + (shutdown ? QStringLiteral(" shutdown\n") : QString());
}

JoinedText withSection(const QString& running, const QString& section) {
    QStringList lines = running.split(u'\n');
    qsizetype place = lines.size();
    for (qsizetype i = lines.size() - 1; i >= 0; --i) {
        if (isEnd(lines[i]))
            place = i;
        if (!saysNothing(lines[i]))
            break;
    }
    // A text ends with a line end, behind which there is no line.
    if (place == lines.size() && !lines.isEmpty() && lines.back().isEmpty())
        --place;
    QString text = lines.mid(0, place).join(u'\n');
    if (place > 0)
        text += u'\n';
    text += section;
    QString rest = lines.mid(place).join(u'\n');
    return {text + rest, static_cast<int>(place) + 1};
}

QStringList tunnelSources(const QString& running) {
    static const QRegularExpression server(
        QStringLiteral("^\\s*tunnel\\s+server\\s"), QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression other(
        QStringLiteral("^\\s*(tsp|tunnel\\s+broker|interface|web\\s+server|registration|mail\\s+server|"
                       "radius\\s+server)\\b"),
        QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression address(
        QStringLiteral("^\\s*ip\\s+address\\s+(\\d+\\.\\d+\\.\\d+\\.\\d+)\\b"),
        QRegularExpression::CaseInsensitiveOption);
    QStringList found;
    bool isServer = false;
    for (const QString& text : running.split(u'\n')) {
        if (server.match(text).hasMatch())
            isServer = true;
        else if (other.match(text).hasMatch())
            isServer = false;
        else if (const auto match = address.match(text); isServer && match.hasMatch())
            found.append(match.captured(1));
    }
    found.removeDuplicates();
    return found;
}

} // namespace viaduct::admin
