// SPDX-License-Identifier: GPL-3.0-or-later
// The lines `interface tunnel NAME` of a static tunnel, and the running text with them in it
// (docs/configuration.md). Pure; whether the result is good the broker alone says.
#pragma once

#include <QStringList>

namespace viaduct::admin {

struct TunnelSection {
    QString name;
    QString description;
    QString source;
    QString destination;
    QString pair; ///< ADDRESS/127; empty: by endpointPool
    QString endpointPool; ///< empty: that of the tunnel server with the source
    QString prefix; ///< empty: by prefixPool
    QString prefixPool; ///< empty: none is routed
    bool shutdown = false;

    QString text() const; ///< each line with its end
};

struct JoinedText {
    QString text;
    int firstLine = 1; ///< of the section in it, from 1
};

/// Behind all other sections, and before `end`.
JoinedText withSection(const QString& running, const QString& section);
/// The IPv4 addresses of the tunnel servers in a text, to be proposed.
QStringList tunnelSources(const QString& running);

} // namespace viaduct::admin
