// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/Prerequisites.h"

#include "shared/tunnel/LinuxNetwork.h"
#include "shared/tunnel/LinuxSocketAddress.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <linux/capability.h>
#include <set>
#include <sys/socket.h>
#include <unistd.h>

namespace viaduct {

namespace {
using Sentences = std::vector<std::string>;

std::uint64_t effectiveCapabilities() {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line)) {
        if (line.starts_with("CapEff:"))
            return std::stoull(line.substr(7), nullptr, 16);
    }
    return 0;
}

void checkCapabilities(Sentences& missing) {
    const std::uint64_t held = effectiveCapabilities();
    const std::pair<int, const char*> needed[] = {
        {CAP_NET_ADMIN, "CAP_NET_ADMIN (for the TUN device and its routes)"},
        {CAP_NET_RAW, "CAP_NET_RAW (for protocol 41)"},
    };
    for (const auto& [capability, name] : needed) {
        if ((held & (std::uint64_t{1} << capability)) == 0)
            missing.push_back(
                std::string("The capability ") + name
                + " is missing: run as root, or under systemd with AmbientCapabilities=CAP_NET_ADMIN "
                  "CAP_NET_RAW.");
    }
}

void checkTunDevice(Sentences& missing) {
    if (access("/dev/net/tun", R_OK | W_OK) != 0)
        missing.push_back(
            std::string("/dev/net/tun cannot be used (") + std::strerror(errno)
            + "): load the module with `modprobe tun`, or let the container have the device.");
}

void checkSwitch(const std::string& name, Sentences& missing) {
    std::string path = "/proc/sys/" + name;
    std::replace(path.begin() + 10, path.end(), '.', '/');
    std::ifstream file(path);
    int value = 0;
    if (!(file >> value) || value == 0)
        missing.push_back(
            "Forwarding is off: set it with `sysctl -w " + name
            + "=1`, and for good in a file under /etc/sysctl.d.");
}

std::set<IpAddress> outerAddresses(const config::Configuration& configuration) {
    std::set<IpAddress> addresses;
    for (const auto& server : configuration.tspServers)
        addresses.insert(server.addresses.begin(), server.addresses.end());
    for (const auto& server : configuration.tunnelServers)
        addresses.insert(server.addresses.begin(), server.addresses.end());
    for (const auto& server : configuration.webServers)
        addresses.insert(server.addresses.begin(), server.addresses.end());
    return addresses;
}

void checkAddress(const IpAddress& address, Sentences& missing) {
    const auto here = tunnel::hasLocalAddress(address);
    if (!here)
        missing.push_back(here.error().message);
    else if (!*here)
        missing.push_back(
            "No interface of this machine has the address " + address.text()
            + ": add it with `ip address add " + address.text() + "/" + (address.isV4() ? "32" : "128")
            + " dev INTERFACE`, or correct the configuration.");
}

/// Binds for a moment. Addresses that are not here have been told of already.
void checkPort(int type, const Endpoint& endpoint, Sentences& missing) {
    const tunnel::LinuxSocketAddress local(endpoint);
    const int descriptor = socket(local.family(), type | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int bound = bind(descriptor, local.get(), local.size());
    // SO_REUSEADDR lets a TCP bind pass that a listener would refuse.
    if (bound == 0 && type == SOCK_STREAM)
        bound = listen(descriptor, 1);
    const int error = errno;
    close(descriptor);
    const std::string what = (type == SOCK_DGRAM ? "UDP " : "TCP ") + endpoint.text() + " cannot be had: ";
    if (bound != 0 && error == EADDRINUSE)
        missing.push_back(
            what
            + "another program has it. Stop that (`ss -lnp` names it), or give another port with "
              "`transport` or `port`.");
    else if (bound != 0 && error == EACCES)
        missing.push_back(
            what
            + "ports below 1024 need the capability CAP_NET_BIND_SERVICE. Run as root, or under systemd with "
              "AmbientCapabilities=CAP_NET_BIND_SERVICE, or give another port with `transport` or `port`.");
}

void checkForwarding(const config::Configuration& configuration, Sentences& missing) {
    checkSwitch("net.ipv6.conf.all.forwarding", missing);
    const bool carriesIpv4 = std::any_of(
        configuration.tunnelServers.begin(), configuration.tunnelServers.end(),
        [](const auto& server) { return !server.ipv4EndpointPool.empty(); });
    if (carriesIpv4)
        checkSwitch("net.ipv4.ip_forward", missing);
}
} // namespace

std::vector<std::string> missingPrerequisites(const config::Configuration& configuration) {
    Sentences missing;
    checkCapabilities(missing);
    checkTunDevice(missing);
    checkForwarding(configuration, missing);
    for (const IpAddress& address : outerAddresses(configuration))
        checkAddress(address, missing);
    for (const auto& server : configuration.tspServers) {
        for (const IpAddress& address : server.addresses) {
            if (server.udpPort)
                checkPort(SOCK_DGRAM, {address, *server.udpPort}, missing);
            if (server.tcpPort)
                checkPort(SOCK_STREAM, {address, *server.tcpPort}, missing);
        }
    }
    for (const auto& server : configuration.webServers) {
        for (const IpAddress& address : server.addresses)
            checkPort(SOCK_STREAM, {address, server.port}, missing);
    }
    return missing;
}

std::vector<std::string> missingForReload(const config::Configuration& configuration) {
    Sentences missing;
    checkForwarding(configuration, missing);
    for (const IpAddress& address : outerAddresses(configuration))
        checkAddress(address, missing);
    return missing;
}

} // namespace viaduct
