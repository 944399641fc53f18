// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Output.h"

namespace viaduct::config {

void Output::line(std::string_view content) {
    m_text += content;
    m_text += '\n';
}

void Output::line(std::string_view keywords, std::string_view value) {
    m_text += keywords;
    m_text += ' ';
    line(value);
}

void Output::address(const IpAddress& address) {
    line(address.isV4() ? " ip address" : " ipv6 address", address.text());
}

void Output::separate() {
    if (!m_text.empty() && m_text.substr(m_text.size() - 2) != "!\n")
        line("!");
}

} // namespace viaduct::config
