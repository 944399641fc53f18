// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/MailDomain.h"

#include "server/config/Keywords.h"

#include <algorithm>

namespace viaduct::config {

bool holdsDomain(std::string_view pattern, std::string_view domain) {
    if (sameWord(pattern, domain))
        return true;
    if (pattern.substr(0, 2) != "*.")
        return false;
    const std::string_view end = pattern.substr(1); // with its dot
    const std::string_view name = domain.substr(domain.substr(0, 2) == "*." ? 2 : 0);
    return name.size() > end.size() && sameWord(name.substr(name.size() - end.size()), end);
}

bool holdsMail(const std::vector<std::string>& patterns, std::string_view mail) {
    const std::size_t at = mail.rfind('@');
    return at != std::string_view::npos && mail.substr(at + 1, 1) != "*" // a pattern, and no address
        && std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
               return holdsDomain(pattern, mail.substr(at + 1));
           });
}

} // namespace viaduct::config
