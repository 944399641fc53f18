// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Parking.h"

#include <microhttpd.h>
#include <poll.h>

namespace viaduct::http {

bool Parking::park(
    MHD_Connection* connection, int descriptor, bool isStream, const std::weak_ptr<Exchange>& exchange) {
    const std::lock_guard lock(m_mutex);
    if (m_closed)
        return false;
    const short signs = isStream ? POLLRDHUP | POLLHUP | POLLERR : POLLHUP | POLLERR;
    m_parked.insert_or_assign(connection, Parked{descriptor, signs, exchange});
    MHD_suspend_connection(connection);
    return true;
}

void Parking::release(MHD_Connection* connection) {
    const std::lock_guard lock(m_mutex);
    if (m_parked.erase(connection) != 0)
        MHD_resume_connection(connection);
}

void Parking::close() {
    const std::lock_guard lock(m_mutex);
    m_closed = true;
    for (const auto& [connection, parked] : m_parked)
        MHD_resume_connection(connection);
    m_parked.clear();
}

std::vector<std::shared_ptr<Exchange>> Parking::departed() const {
    std::vector<std::shared_ptr<Exchange>> gone;
    const std::lock_guard lock(m_mutex); // what is parked cannot be closed meanwhile
    std::vector<pollfd> descriptors;
    std::vector<const Parked*> parked;
    for (const auto& [connection, place] : m_parked) {
        descriptors.push_back({place.descriptor, static_cast<short>(place.signsOfDeparture & POLLRDHUP), 0});
        parked.push_back(&place);
    }
    poll(descriptors.data(), descriptors.size(), 0);
    for (std::size_t i = 0; i < parked.size(); ++i)
        if ((descriptors[i].revents & parked[i]->signsOfDeparture) != 0)
            if (auto exchange = parked[i]->exchange.lock())
                gone.push_back(std::move(exchange));
    return gone;
}

} // namespace viaduct::http
