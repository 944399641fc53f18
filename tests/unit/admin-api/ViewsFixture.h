// SPDX-License-Identifier: GPL-3.0-or-later
// The API of the broker's state, with tunnels that are up.
#pragma once

#include "ApiFixture.h"

#include "server/api/Holders.h"

namespace viaduct::face {

class ViewsFixture : public ApiFixture {
protected:
    /// An account for a site, or the end of the test.
    void makeSite(const char* name, const char* organisation = "Example University");
    /// Its tunnel, with a /48 when `withPrefix`; its id.
    std::int64_t bringUp(const char* name, const char* remote, bool withPrefix = true);
    dataplane::TunnelCounters& counters(std::int64_t tunnel) { return *m_table.entries.at(tunnel).counters; }
    static QStringList texts(const Answer& page, const char* member);
};

} // namespace viaduct::face
