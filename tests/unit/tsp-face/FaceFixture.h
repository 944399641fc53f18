// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of the faces stand on: a broker with a real store, whose data plane is a list, and the words
// that clients say.
#pragma once

#include "server/broker/Broker.h"
#include "server/tsp/FailureMeter.h"
#include "server/tsp/UdpFace.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QTemporaryDir>

#include <gtest/gtest.h>

namespace viaduct::face {

IpAddress address(const char* text);

/// The DIGEST-MD5 answer of a client to a challenge, as a line.
std::string digestLine(const std::string& challenge, const std::string& password, const char* user = "alice");
/// The nonce in a challenge, which is a line of base64.
std::string nonceIn(const std::string& challenge);
/// The create request of a client at this address, framed.
std::string createMessage(const IpAddress& client);

class FaceTest : public testing::Test {
protected:
    void SetUp() override;

    Server server(std::size_t sessionsPerAddress = 64) const;
    /// Has the broker send everybody elsewhere.
    void redirectTo(std::vector<std::string> brokers);

    template <typename Condition>
    bool waitFor(Condition condition, int milliseconds = 10000) {
        const QDeadlineTimer deadline(milliseconds);
        while (!condition() && !deadline.hasExpired())
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 5);
        return condition();
    }

    /// Milliseconds that an answer which waits takes at least, less what a coarse timer may be early.
    qint64 earliest() const { return m_limits.wait.count() * 9 / 10; }

    struct Table : dataplane::DataPlane {
        std::size_t tunnels = 0;
        void put(const dataplane::TunnelEntry&) override { ++tunnels; }
        void remove(std::int64_t) override { }
        std::string name() const override { return "table"; }
    };

    const FailureMeter::Limits m_limits{5, 0.001, std::chrono::milliseconds(300), 100};
    QTemporaryDir m_directory;
    config::Configuration m_configuration;
    std::unique_ptr<store::Store> m_store;
    Table m_table;
    std::unique_ptr<broker::Broker> m_broker;
    FailureMeter m_failures{m_limits};
};

} // namespace viaduct::face
