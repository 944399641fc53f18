// SPDX-License-Identifier: GPL-3.0-or-later
// A network namespace for a test. It has no name, so it never meets another one, and the kernel removes it
// with all that is in it when the test ends, however it ends.
#pragma once

#include "shared/tunnel/LinuxFile.h"

#include <string>
#include <utility>

namespace viaduct::tunnel {

class TestNamespace {
public:
    /// Whether this process may make namespaces: root, in short.
    static bool isPossible();
    /// What a test says when it is not.
    static constexpr const char* skipReason = "needs root, for network namespaces and TUN devices";

    TestNamespace(); ///< with the loopback interface up

    /// Calls `function` with the calling thread inside the namespace.
    template <typename Function>
    auto in(Function&& function) const {
        const Visit visit(m_namespace);
        return std::forward<Function>(function)();
    }

    /// What a shell command prints in the namespace, errors included; its exit status goes to `status`.
    std::string output(const std::string& command, int* status = nullptr) const;
    /// Whether a shell command succeeds.
    bool does(const std::string& command) const;
    /// All links, addresses and routes, to compare before and after.
    std::string dump() const;

    /// Switches a link on, without link-local addresses, which would come by themselves in the middle of a
    /// test, and with `addresses` (ADDRESS/LENGTH, separated by blanks) that can be used at once.
    void setUp(const std::string& link, const std::string& addresses = {}) const;
    /// A cable between two namespaces: `name` here with the addresses here, the same there.
    void connect(
        const TestNamespace& other, const std::string& name, const std::string& addressesHere,
        const std::string& addressesThere) const;

private:
    class Visit {
    public:
        explicit Visit(const LinuxFile& target);
        ~Visit();
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;

    private:
        LinuxFile m_home;
    };

    void waitUntilLocal(const std::string& address) const;

    LinuxFile m_namespace;
};

} // namespace viaduct::tunnel
