// SPDX-License-Identifier: GPL-3.0-or-later
// How the client ends, for scripts: gw6c's numbers where it has one, those of sysexits.h where it has none.
#pragma once

namespace viaduct::client {

enum class ExitCode {
    Stopped = 0, ///< by request, or all is done that was asked for
    Usage = 2, ///< command line or configuration
    Resolve = 8, ///< the broker's name leads to no address that the tunnel mode can use
    Refused = 13, ///< the broker refused the tunnel
    Redirect = 14, ///< a redirect that cannot be followed
    Authentication = 16, ///< login or password is wrong
    NoMechanism = 17, ///< no way to log in that both sides allow
    ServerNotTrusted = 18, ///< the broker does not know the password
    Hook = 19, ///< the set-up script failed
    Tunnel = 71, ///< the operating system refused the tunnel
    Unreachable = 75, ///< no tunnel now, and auto_retry_connect=no
    Rights = 77 ///< the operating system refused the tunnel for lack of rights
};

} // namespace viaduct::client
