// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine's thread does: waits for packets and commands, asks the Forwarder, sends. Nothing in it
// blocks but the wait for all of its descriptors at once.
#pragma once

#include "server/dataplane/Forwarder.h"
#include "server/dataplane/Mailbox.h"
#include "server/dataplane/OuterSocket.h"
#include "server/dataplane/ReceiveBatch.h"
#include "server/dataplane/SendBatch.h"
#include "server/dataplane/SignallingQueue.h"
#include "shared/tunnel/TunDevice.h"

#include <array>
#include <future>
#include <variant>

namespace viaduct::dataplane {

class EngineLoop {
public:
    using Sockets = std::vector<std::shared_ptr<OuterSocket>>;

    struct Put {
        TunnelEntry entry;
    };
    struct Remove {
        std::int64_t id = 0;
    };
    struct UseSockets {
        Sockets sockets;
        std::promise<void> done; ///< the sockets used before are let go
    };
    struct Stop { };
    using Command = std::variant<Put, Remove, UseSockets, Stop>;

    static Result<std::unique_ptr<EngineLoop>> create(tunnel::TunDevice device);

    /// Any thread.
    void post(Command command);
    SignallingQueue& signalling() { return m_signalling; }
    const PathCounters& counters() const { return m_counters; }
    const tunnel::TunDevice& device() const { return m_device; }

    /// Carries packets until Stop. `wake` as in Engine::run().
    void run(const std::function<void()>& wake);

private:
    /// A socket and what is about to leave through it.
    struct Port {
        std::shared_ptr<OuterSocket> socket;
        SendBatch outgoing;
    };

    EngineLoop(tunnel::TunDevice device, tunnel::LinuxFile epoll, tunnel::LinuxFile wakeUp);

    bool watch(int descriptor, std::uint64_t tag);
    enum class Commands { All, OfTable };
    void takeCommands(Commands which);
    void apply(Put& command) { m_forwarder.put(command.entry); }
    void apply(Remove& command) { m_forwarder.remove(command.id); }
    void apply(UseSockets& command);
    void apply(Stop&) { m_stopped = true; }

    void serve(std::uint64_t tag, const std::function<void()>& wake);
    void serveDevice();
    void servePort(Port& port, const std::function<void()>& wake);
    std::span<std::uint8_t> innerPacket(const Port& port, std::size_t index);
    void handOn(const Port& port, std::size_t index, const std::function<void()>& wake);
    void carryOut(Verdict verdict);
    void flush();

    tunnel::TunDevice m_device;
    tunnel::LinuxFile m_epoll;
    tunnel::LinuxFile m_wakeUp;
    Mailbox<Command> m_mailbox;
    SignallingQueue m_signalling;
    PathCounters m_counters;

    // From here on the thread's own.
    Forwarder m_forwarder{m_counters};
    std::vector<Command> m_commands; ///< taken, not yet all applied
    std::size_t m_applied = 0;
    std::vector<std::unique_ptr<Port>> m_ports;
    std::unordered_map<OuterKey, Port*, OuterKeyHash> m_portOf; ///< by mode and local end
    ReceiveBatch m_incoming;
    std::array<OuterKey, ReceiveBatch::capacity> m_keys; ///< of m_incoming
    std::array<Forwarder::Arrival, ReceiveBatch::capacity> m_arrivals;
    std::vector<std::vector<std::uint8_t>> m_answers; ///< bytes of our own that wait in a SendBatch
    std::int64_t m_now = 0;
    bool m_stopped = false;
};

} // namespace viaduct::dataplane
