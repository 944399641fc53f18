// SPDX-License-Identifier: GPL-3.0-or-later
// Any run of tries, right and wrong ones, by anybody: memory stays bounded, the moment that a refusal names
// is true, and a user at the known place waits for no stranger. Each three bytes are one step: what, who and
// where, and how long after the last.
#include "server/credentials/LoginThrottle.h"

#include <cstdlib>

using namespace viaduct;
using namespace viaduct::credentials;

namespace {
void hold(bool condition) {
    if (!condition)
        std::abort();
}

constexpr int accounts = 8;

std::string account(std::uint8_t who) {
    return "name" + std::to_string(who % accounts);
}

IpAddress place(std::uint8_t where) {
    return IpAddress::v4(0xC0000200U + where / accounts);
}

LoginThrottle::Policy smallPolicy() {
    LoginThrottle::Policy policy;
    policy.capacity = 8;
    policy.known.accounts = accounts + 1;
    policy.known.places = 2;
    return policy;
}

const IpAddress home = IpAddress::v4(0xC6336401U);

/// Alice logs in at home, where nobody else is; she is wrong twice each time.
void checkAlice(LoginThrottle& throttle, Moment now) {
    for (int i = 0; i < 3; ++i)
        hold(throttle.mayTry("alice", home, now).allowed);
    throttle.succeeded("alice", home, now);
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const LoginThrottle::Policy policy = smallPolicy();
    LoginThrottle throttle(policy);
    Moment now = Moment() + std::chrono::hours(1000);
    throttle.succeeded("alice", home, now);
    for (; size >= 3; data += 3, size -= 3) {
        now += data[2] * std::chrono::seconds(data[2]);
        const std::string name = data[0] % 4 == 3 ? "alice" : account(data[1]);
        const Permission permission = throttle.mayTry(name, place(data[1]), now);
        if (permission.allowed && data[0] % 4 == 1 && name != "alice")
            throttle.succeeded(name, place(data[1]), now);
        hold(permission.allowed || permission.until > now);
        if (!permission.allowed && data[0] >= 0x80) { // a copy takes long
            LoginThrottle then = throttle;
            hold(then.mayTry(name, place(data[1]), permission.until).allowed);
        }
        if (data[0] % 4 == 2)
            checkAlice(throttle, now);
        hold(throttle.size() <= 3 * policy.capacity + policy.known.accounts);
    }
    return 0;
}
