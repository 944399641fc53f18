// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/Prerequisites.h"

#include "shared/tunnel/LinuxNetwork.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <linux/capability.h>
#include <netinet/in.h>
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
    const bool v4 = endpoint.address.isV4();
    const int descriptor = socket(v4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0);
    const int on = 1;
    int bound = 0;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (v4) {
        sockaddr_in local{};
        local.sin_family = AF_INET;
        local.sin_port = htons(endpoint.port);
        local.sin_addr.s_addr = htonl(endpoint.address.v4Value());
        bound = bind(descriptor, reinterpret_cast<const sockaddr*>(&local), sizeof local);
    } else {
        sockaddr_in6 local{};
        local.sin6_family = AF_INET6;
        local.sin6_port = htons(endpoint.port);
        std::memcpy(&local.sin6_addr, endpoint.address.bytes().data(), 16);
        bound = bind(descriptor, reinterpret_cast<const sockaddr*>(&local), sizeof local);
    }
    // SO_REUSEADDR lets a TCP bind pass that a listener would refuse.
    if (bound == 0 && type == SOCK_STREAM)
        bound = listen(descriptor, 1);
    const int error = errno;
    close(descriptor);
    if (bound != 0 && (error == EADDRINUSE || error == EACCES))
        missing.push_back(
            (type == SOCK_DGRAM ? "UDP " : "TCP ") + endpoint.text() + " cannot be had ("
            + std::strerror(error)
            + "): stop the program that has it (`ss -lnp` names it), or give another port with `transport`.");
}
} // namespace

std::vector<std::string> missingPrerequisites(const config::Configuration& configuration) {
    Sentences missing;
    checkCapabilities(missing);
    checkTunDevice(missing);
    checkSwitch("net.ipv6.conf.all.forwarding", missing);
    const bool carriesIpv4 = std::any_of(
        configuration.tunnelServers.begin(), configuration.tunnelServers.end(),
        [](const auto& server) { return !server.ipv4EndpointPool.empty(); });
    if (carriesIpv4)
        checkSwitch("net.ipv4.ip_forward", missing);
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
    return missing;
}

} // namespace viaduct
