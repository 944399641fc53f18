// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/tunnel/TestNamespace.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sched.h>
#include <sstream>
#include <unistd.h>

namespace viaduct::tunnel {
namespace {

LinuxFile currentNamespace() {
    return LinuxFile(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
}

void require(bool condition, const char* what) {
    if (!condition) {
        std::perror(what);
        std::abort();
    }
}

} // namespace

TestNamespace::Visit::Visit(const LinuxFile& target) : m_home(currentNamespace()) {
    require(::setns(target.descriptor(), CLONE_NEWNET) == 0, "setns");
}

TestNamespace::Visit::~Visit() {
    require(::setns(m_home.descriptor(), CLONE_NEWNET) == 0, "setns back");
}

bool TestNamespace::isPossible() {
    const LinuxFile home = currentNamespace();
    return ::unshare(CLONE_NEWNET) == 0 && ::setns(home.descriptor(), CLONE_NEWNET) == 0;
}

TestNamespace::TestNamespace() {
    const LinuxFile home = currentNamespace();
    require(::unshare(CLONE_NEWNET) == 0, "unshare");
    m_namespace = currentNamespace();
    require(::setns(home.descriptor(), CLONE_NEWNET) == 0, "setns");
    require(does("ip link set lo up"), "ip link set lo up");
    waitUntilLocal("::1");
}

std::string TestNamespace::output(const std::string& command, int* status) const {
    return in([&] {
        std::string text;
        FILE* pipe = ::popen(("{ " + command + "; } 2>&1").c_str(), "re"); // NOLINT(cert-env33-c): a test
        require(pipe != nullptr, "popen");
        std::array<char, 4096> buffer{};
        while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr)
            text += buffer.data();
        const int result = ::pclose(pipe);
        if (status != nullptr)
            *status = result;
        return text;
    });
}

bool TestNamespace::does(const std::string& command) const {
    int status = -1;
    const std::string text = output(command, &status);
    if (status != 0)
        std::fprintf(stderr, "%s: %s\n", command.c_str(), text.c_str());
    return status == 0;
}

std::string TestNamespace::dump() const {
    return output(
        "ip -brief link; ip -brief address; ip -4 route show table all; ip -6 route show table all");
}

void TestNamespace::waitUntilLocal(const std::string& address) const {
    require(does("until ip route get " + address + " | grep -q ^local; do sleep 0.01; done"), "ip route get");
}

void TestNamespace::setUp(const std::string& link, const std::string& addresses) const {
    require(
        does("ip link set " + link + " addrgenmode none && ip link set " + link + " up"), "ip link set up");
    std::istringstream words(addresses);
    for (std::string address; words >> address;) {
        std::string command = "ip address add dev " + link;
        command.append(" ").append(address).append(address.find(':') != std::string::npos ? " nodad" : "");
        require(does(command), "ip address add");
        waitUntilLocal(address.substr(0, address.find('/')));
    }
}

void TestNamespace::connect(
    const TestNamespace& other, const std::string& name, const std::string& addressesHere,
    const std::string& addressesThere) const {
    const std::string there
        = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(other.m_namespace.descriptor());
    require(
        does("ip link add " + name + " type veth peer name " + name + " netns " + there), "ip link add veth");
    setUp(name, addressesHere);
    other.setUp(name, addressesThere);
}

} // namespace viaduct::tunnel
