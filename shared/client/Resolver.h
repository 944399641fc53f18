// SPDX-License-Identifier: GPL-3.0-or-later
// From the names of brokers to the addresses to ask, in the same order and of one family.
#pragma once

#include "shared/client/ServerName.h"
#include "shared/net/Endpoint.h"

#include <QHostInfo>
#include <QObject>
#include <vector>

namespace viaduct::client {

/// A broker and one of its addresses.
struct Candidate {
    ServerName name;
    Endpoint endpoint;
    friend bool operator==(const Candidate&, const Candidate&) = default;
};

class Resolver : public QObject {
    Q_OBJECT

public:
    enum class Family { V4, V6 };

    struct Answer {
        std::vector<Candidate> candidates; ///< in the order of the names; a name may have several
        bool mayPass = false; ///< no candidates, but only because the name servers do not answer now
    };

    Resolver(std::vector<ServerName> names, Family family, QObject* parent);
    ~Resolver() override;

    /// finished() follows, never before this returns.
    void start();

Q_SIGNALS:
    void finished(const viaduct::client::Resolver::Answer& answer);

private:
    void lookedUp(std::size_t index, const QHostInfo& info);
    void take(std::size_t index, const std::vector<IpAddress>& addresses);

    std::vector<ServerName> m_names;
    Family m_family;
    std::vector<std::vector<Endpoint>> m_endpoints; ///< for each name
    std::vector<int> m_lookups;
    std::size_t m_waiting = 0;
    bool m_mayPass = false;
};

} // namespace viaduct::client
