// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Stream.h"

#include "server/http/Exchange.h"

#include <utility>

namespace viaduct::http {

Stream::Stream(std::shared_ptr<Exchange> exchange) : m_exchange(std::move(exchange)) { }

Stream::~Stream() {
    onClosed({});
    close();
}

bool Stream::send(std::shared_ptr<const std::string> bytes) const {
    return m_exchange && m_exchange->send(std::move(bytes));
}

void Stream::close() const {
    if (m_exchange)
        m_exchange->endStream();
}

bool Stream::isOpen() const {
    return m_exchange && m_exchange->isStreaming();
}

std::size_t Stream::waiting() const {
    return m_exchange ? m_exchange->waiting() : 0;
}

void Stream::onClosed(std::function<void()> call) const {
    if (m_exchange)
        m_exchange->setOnClosed(std::move(call));
}

} // namespace viaduct::http
