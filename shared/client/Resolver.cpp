// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/Resolver.h"

#include "shared/client/QtAddress.h"

namespace viaduct::client {

namespace {
constexpr std::size_t mostAddresses = 8; // of one name: whoever has more is served by any of them
}

Resolver::Resolver(std::vector<ServerName> names, Family family, QObject* parent)
    : QObject(parent), m_names(std::move(names)), m_family(family), m_endpoints(m_names.size()),
      m_waiting(m_names.size()) { }

Resolver::~Resolver() {
    for (const int lookup : m_lookups)
        QHostInfo::abortHostLookup(lookup);
}

void Resolver::start() {
    for (std::size_t i = 0; i < m_names.size(); ++i) {
        // QHostInfo would ask the name servers even for an address: for its name, and wait for them.
        if (const auto address = m_names[i].address())
            QMetaObject::invokeMethod(
                this, [this, i, ip = *address] { take(i, {ip}); }, Qt::QueuedConnection);
        else
            m_lookups.push_back(QHostInfo::lookupHost(
                QString::fromStdString(m_names[i].host), this,
                [this, i](const QHostInfo& info) { lookedUp(i, info); }));
    }
}

void Resolver::lookedUp(std::size_t index, const QHostInfo& info) {
    if (info.error() == QHostInfo::UnknownError) // any trouble but "there is no such name"
        m_mayPass = true;
    std::vector<IpAddress> found;
    const QList<QHostAddress> addresses = info.addresses();
    for (const QHostAddress& address : addresses)
        found.push_back(fromQt(address));
    take(index, found);
}

void Resolver::take(std::size_t index, const std::vector<IpAddress>& addresses) {
    for (const IpAddress& ip : addresses)
        if (ip.isV4() == (m_family == Family::V4) && m_endpoints[index].size() < mostAddresses)
            m_endpoints[index].push_back({ip, m_names[index].port});
    if (--m_waiting > 0)
        return;
    Answer answer;
    for (std::size_t i = 0; i < m_names.size(); ++i)
        for (const Endpoint& endpoint : m_endpoints[i])
            answer.candidates.push_back({m_names[i], endpoint});
    answer.mayPass = answer.candidates.empty() && m_mayPass;
    Q_EMIT finished(answer);
}

} // namespace viaduct::client
