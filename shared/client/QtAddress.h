// SPDX-License-Identifier: GPL-3.0-or-later
// Between Qt's address type and ours.
#pragma once

#include "shared/net/IpAddress.h"

#include <QHostAddress>
#include <algorithm>

namespace viaduct::client {

inline QHostAddress toQt(const IpAddress& address) {
    return address.isV4() ? QHostAddress(address.v4Value()) : QHostAddress(address.bytes().data());
}

inline IpAddress fromQt(const QHostAddress& address) {
    bool isV4 = false;
    const quint32 v4 = address.toIPv4Address(&isV4);
    if (isV4)
        return IpAddress::v4(v4);
    const Q_IPV6ADDR v6 = address.toIPv6Address();
    IpAddress::Bytes bytes{};
    std::copy(std::begin(v6.c), std::end(v6.c), bytes.begin());
    return IpAddress::v6(bytes);
}

} // namespace viaduct::client
