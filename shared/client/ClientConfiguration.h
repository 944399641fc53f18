// SPDX-License-Identifier: GPL-3.0-or-later
// The client's configuration: the tspc.conf / gw6c.conf / gogoc.conf that sites already have, as a value.
// One `key=value` a line; `#` begins a comment at the start of a line or after white space.
#pragma once

#include "shared/client/ServerName.h"
#include "shared/net/Error.h"
#include "shared/net/TunnelMode.h"

#include <chrono>
#include <vector>

namespace viaduct::client {

enum class AuthenticationMethod {
    Any, ///< the best that the broker offers, but never without a login
    Anonymous,
    Plain,
    DigestMd5
};

enum class HostType { Host, Router };

struct ClientConfiguration {
    ServerName server;
    TunnelMode mode = TunnelMode::V6anyv4;
    AuthenticationMethod authentication = AuthenticationMethod::Any;
    std::string user;
    std::string password;
    HostType hostType = HostType::Host;
    int prefixLength = 48; ///< asked for when hostType is Router; bits
    std::string prefixInterface; ///< name or index of the interface that gets the delegated prefix
    std::vector<std::string> dnsServers; ///< names of the servers of the prefix's reverse zone
    std::optional<IpAddress> clientV4; ///< outer address; nothing (`auto`): the one the machine sends from
    std::optional<IpAddress> clientV6; ///< the same for V4v6
    bool proxy = false; ///< the tunnel is for another box, whose outer address is clientV4 or clientV6
    std::string
        tunnelInterfaceV6v4; ///< wished name of the tunnel interface; a number (Windows) wishes nothing
    std::string tunnelInterfaceV6udpv4;
    std::string tunnelInterfaceV4v6;
    bool keepalive = true;
    int keepaliveInterval = 30; ///< seconds, wished; the broker decides
    bool autoRetry = true; ///< go on after a failure that may pass
    std::chrono::seconds retryDelay{30};
    std::chrono::seconds retryDelayMax{300};
    std::string templateName; ///< hook script HOME/template/NAME.sh, if it is there
    std::string homeDirectory; ///< HOME; empty: the system's place for Viaduct's configuration
    std::string lastServerFile; ///< where the broker of the last tunnel is remembered; empty: nowhere
    bool alwaysSameServer = false; ///< start with the broker in lastServerFile
    std::string brokerListFile; ///< where brokers learnt by redirection are remembered; empty: nowhere

    friend bool operator==(const ClientConfiguration&, const ClientConfiguration&) = default;
};

struct ConfigurationProblem {
    enum class Severity { Error, Warning };
    Severity severity = Severity::Error;
    int line = 0; ///< from 1; 0: about the file as a whole
    std::string message; ///< cause and cure
    friend bool operator==(const ConfigurationProblem&, const ConfigurationProblem&) = default;
};

struct ConfigurationReading {
    ClientConfiguration configuration; ///< of use only when usable()
    std::vector<ConfigurationProblem> problems; ///< in the order of lines
    bool usable() const;
};

/// Reads a whole file; CR at line ends and a UTF-8 byte order mark are accepted. Every mistake is found in
/// one pass; an unknown key is a warning.
ConfigurationReading readConfiguration(std::string_view text);

/// The file that reads back as `configuration`. A value that the format cannot hold (a line end or ` #`
/// within, white space around it) is an error that names its key; whether the values fit together is not
/// looked at.
Result<std::string> writeConfiguration(const ClientConfiguration& configuration);

} // namespace viaduct::client
