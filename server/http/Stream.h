// SPDX-License-Identifier: GPL-3.0-or-later
// An answer that goes on: Server-Sent Events (HTML Standard, 9.2), or any body that is made while it is sent.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace viaduct::http {

class Exchange;

/// Main thread. When the last handle goes, the stream is closed. A client that vanishes is noticed within
/// about two seconds when it ends its connection, else when what is sent is not acknowledged for half a
/// minute: send something every now and then.
class Stream {
public:
    /// Without an exchange it is closed.
    explicit Stream(std::shared_ptr<Exchange> exchange);
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream();

    /// False when it is closed; also when more bytes would wait than Limits::queuedBytesPerStream, and the
    /// reader is cut off then. `bytes` is not null; it is shared with other streams, not copied.
    bool send(std::shared_ptr<const std::string> bytes) const;
    /// After what was sent.
    void close() const;
    bool isOpen() const;
    /// Bytes that were sent and that the connection has not taken yet: whoever has much to say may wait.
    std::size_t waiting() const;

    /// Called once, in a later turn of the event loop, when the connection is done with the stream, whoever
    /// ended it; not when this object or the server goes first.
    void onClosed(std::function<void()> call) const;

private:
    std::shared_ptr<Exchange> m_exchange;
};

} // namespace viaduct::http
