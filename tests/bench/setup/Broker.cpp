// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/setup/Broker.h"

#include "shared/tsp/DigestMd5.h"
#include "shared/tunnel/LinuxNetwork.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace viaduct::bench {

namespace {

constexpr std::uint32_t brokerAddress = 0xC0000201; // 192.0.2.1
constexpr std::uint32_t firstSource = 0xC6336401; // 198.51.100.1

/// Accounts by their digest: hashing is a matter of reading the file, not of setting tunnels up.
std::string userLine(std::size_t number) {
    std::string line = "username " + Broker::userName(number) + " digest ";
    for (const std::uint8_t byte : tsp::digestKey(Broker::userName(number), "viaduct", Broker::password())) {
        std::array<char, 3> hex{};
        std::snprintf(hex.data(), hex.size(), "%02x", byte);
        line += hex.data();
    }
    return line + " site\n";
}

void writeConfiguration(const std::string& file, std::size_t accounts) {
    std::ofstream out(file);
    out << "ipv6 local pool P_Interco 2001:db8:1::/64 128\n"
           "ipv6 local pool P_Sites48 3fff::/20 48\n"
           "tsp TSP\n ip address 192.0.2.1\n limit sessions-per-address 65535\n"
           "tunnel server TS\n ip address 192.0.2.1\n ipv6 pool prefix P_Sites48\n"
           " ipv6 pool endpoints P_Interco\n"
           "tunnel broker TB\n set tsp TSP\n set tunnel server TS\n";
    for (std::size_t i = 0; i < accounts; ++i)
        out << userLine(i);
}

std::string firstLine(int descriptor) {
    std::string line;
    char c = 0;
    while (read(descriptor, &c, 1) == 1 && c != '\n')
        line += c;
    return line;
}

std::string contents(const std::string& file) {
    std::ifstream in(file);
    return std::string((std::istreambuf_iterator<char>(in)), {});
}

} // namespace

Result<std::unique_ptr<Broker>>
Broker::start(const std::string& program, const std::string& directory, std::size_t accounts) {
    const std::string configuration = directory + "/viaduct.conf";
    writeConfiguration(configuration, accounts);
    std::array<int, 2> output{};
    if (pipe2(output.data(), O_CLOEXEC) != 0)
        return failure(Error::Code::System, std::strerror(errno));
    const pid_t child = fork();
    if (child == 0) {
        dup2(output[1], STDOUT_FILENO);
        const int log = open((directory + "/viaductd.log").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(log, STDERR_FILENO);
        execl(
            program.c_str(), program.c_str(), "--config", configuration.c_str(), "--state", directory.c_str(),
            nullptr);
        _exit(127);
    }
    close(output[1]);
    std::unique_ptr<Broker> broker(new Broker(child));
    const bool ready = firstLine(output[0]) == "ready";
    close(output[0]);
    if (!ready)
        return failure(
            Error::Code::System, "viaductd did not start: " + contents(directory + "/viaductd.log"));
    return broker;
}

Broker::Broker(pid_t process) : m_process(process) { }

Broker::~Broker() {
    kill(m_process, SIGTERM);
    waitpid(m_process, nullptr, 0);
}

std::string Broker::userName(std::size_t number) {
    return "user" + std::to_string(number);
}

Endpoint Broker::endpoint() {
    return {IpAddress::v4(brokerAddress), 3653};
}

double Broker::cpuSeconds() const {
    std::ifstream file("/proc/" + std::to_string(m_process) + "/stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    // The fields behind the program's name, which may hold blanks: state is the third of all, utime the 14th.
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int field = 3; field < 14; ++field)
        fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

Result<std::vector<IpAddress>> makeNetwork(std::size_t sources) {
    if (unshare(CLONE_NEWNET) != 0)
        return failure(
            Error::Code::Denied,
            std::string("Cannot make a network namespace (") + std::strerror(errno) + "): run this as root.");
    std::ofstream("/proc/sys/net/ipv6/conf/all/forwarding") << "1\n";
    if (auto up = tunnel::setLinkUp("lo", 65536); !up)
        return tl::unexpected(up.error());
    if (auto added = tunnel::addAddress("lo", IpAddress::v4(brokerAddress), 32); !added)
        return tl::unexpected(added.error());
    std::vector<IpAddress> addresses;
    for (std::uint32_t i = 0; i < sources; ++i) {
        addresses.push_back(IpAddress::v4(firstSource + i));
        if (auto added = tunnel::addAddress("lo", addresses.back(), 32); !added)
            return tl::unexpected(added.error());
    }
    return addresses;
}

} // namespace viaduct::bench
