// SPDX-License-Identifier: GPL-3.0-or-later
// The running configuration while it is written, line by line.
#pragma once

#include "server/config/Configuration.h"

namespace viaduct::config {

class Output {
public:
    void line(std::string_view content);
    /// `value` is written as it is: see wordText() and restText().
    void line(std::string_view keywords, std::string_view value);
    /// An `ip address` or `ipv6 address` line of a section.
    void address(const IpAddress& address);
    /// A `!` between two groups of lines, unless there is nothing to divide.
    void separate();
    /// All of it; leaves nothing behind.
    std::string take() { return std::move(m_text); }

private:
    std::string m_text;
};

/// H(user:realm:password) as 32 hex digits: what is kept of a password.
std::string digestText(const std::string& user, const std::string& realm, const std::string& password);

/// Web servers, registration, mail and RADIUS servers.
void writeServices(Output& output, const Configuration& configuration);

} // namespace viaduct::config
