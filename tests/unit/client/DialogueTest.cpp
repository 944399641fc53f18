// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/Dialogue.h"
#include "tests/unit/client/FakeBroker.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::client;

namespace {
template <typename Done>
bool until(const Done& done, int milliseconds) {
    QElapsedTimer clock;
    clock.start();
    while (!done() && clock.elapsed() < milliseconds)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents, 10);
    return done();
}
} // namespace

TEST(Dialogue, givesItsSocketAwayForNobodyElseToTouch) {
    int argc = 1;
    char name[] = "test";
    char* argv[] = {name, nullptr};
    const QCoreApplication application(argc, argv);
    FakeBroker broker;
    broker.anonymous = true;
    Dialogue::Parameters parameters;
    parameters.server = broker.endpoint();
    parameters.session.mechanisms = {tsp::Mechanism::Anonymous};
    parameters.session.request.mode = TunnelMode::V6udpv4;
    Dialogue dialogue(std::move(parameters), nullptr);
    bool established = false;
    QObject::connect(&dialogue, &Dialogue::finished, &application, [&](const Dialogue::Outcome& outcome) {
        established = std::holds_alternative<tsp::action::Established>(outcome);
    });
    dialogue.start();
    ASSERT_TRUE(until([&] { return established; }, 3000));

    const ParkedSocket socket = dialogue.takeSocket();
    int events = 0;
    QObject::connect(
        socket.get(), &QUdpSocket::readyRead, socket.get(), [&] { ++events; }, Qt::DirectConnection);
    ASSERT_TRUE(broker.sendTo(dialogue.local(), "\x60 a packet"));
    EXPECT_FALSE(until([&] { return events > 0; }, 100)) << "the event loop still watches the socket";
    EXPECT_TRUE(socket->hasPendingDatagrams()) << "the packet is gone";
}
