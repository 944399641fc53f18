// SPDX-License-Identifier: GPL-3.0-or-later
// What happens in the life of a client, as plain data: the command line prints it, a desktop shows it.
#pragma once

#include "shared/client/ExitCode.h"
#include "shared/client/ServerName.h"
#include "shared/net/Endpoint.h"
#include "shared/tsp/Message.h"

#include <chrono>
#include <string>
#include <variant>
#include <vector>

namespace viaduct::client {

namespace event {
struct Resolving {
    std::string server;
};
struct Connecting {
    ServerName server;
    Endpoint endpoint;
    Transport transport = Transport::Udp;
    tsp::Version version;
};
struct Authenticating {
    tsp::Mechanism mechanism = tsp::Mechanism::Anonymous;
};
struct Redirected {
    std::vector<std::string> brokers; ///< as the broker named them
};
struct Established {
    tsp::TunnelInfo info;
    ServerName server; ///< the broker
    Transport transport = Transport::Udp; ///< of the signalling
    Endpoint outerLocal; ///< port only for v6udpv4, here and below
    Endpoint outerRemote;
    std::string interfaceName; ///< empty when the tunnel is for another box
    std::string path; ///< "kernel" or "user space"; empty as above
    std::string prefixInterface; ///< has the first address of the delegated prefix; empty when none has
};
struct Lost {
    std::string reason;
};
struct Retrying {
    std::chrono::milliseconds delay{0};
    std::string reason;
};
/// Worth knowing; the client goes on.
struct Notice {
    std::string text;
};
struct Failed {
    ExitCode code = ExitCode::Refused;
    std::string reason; ///< cause and cure
};
struct Stopped { };
} // namespace event

using ClientEvent = std::variant<
    event::Resolving, event::Connecting, event::Authenticating, event::Redirected, event::Established,
    event::Lost, event::Retrying, event::Notice, event::Failed, event::Stopped>;

/// For a person, in English; Established has several lines.
std::string sentence(const ClientEvent& event);
/// One JSON object without line ends; its fields are described in docs/client.md.
std::string json(const ClientEvent& event);

} // namespace viaduct::client
