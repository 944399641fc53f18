// SPDX-License-Identifier: GPL-3.0-or-later
// Server-Sent Events (WHATWG HTML, 9.2) without I/O: bytes in, messages out, however the bytes are cut.
#pragma once

#include "shared/net/Error.h"

#include <QByteArray>
#include <QString>

#include <chrono>
#include <optional>
#include <vector>

namespace viaduct::api {

struct SseMessage {
    QString event; ///< "message" where the stream names none
    QByteArray data; ///< lines joined by \n
    QString id; ///< the last one seen; for Last-Event-ID
    friend bool operator==(const SseMessage&, const SseMessage&) = default;
};

class SseParser {
public:
    /// Of one message with its fields: a snapshot's batch of 1000 tunnels is a tenth of it.
    static constexpr qsizetype mostBytes = qsizetype{8} * 1024 * 1024;

    /// The messages that these bytes complete. Invalid when one is longer than mostBytes: the stream is of no
    /// use any more.
    Result<std::vector<SseMessage>> feed(QByteArrayView bytes);

    const QString& lastId() const { return m_lastId; }
    /// How long the broker wants its readers to wait before they come back.
    std::optional<std::chrono::milliseconds> retry() const { return m_retry; }
    /// A new connection: what was half read is dropped; the last id and retry stay.
    void restart();

private:
    void line(std::vector<SseMessage>& messages);
    void field(QByteArrayView name, QByteArrayView value);
    void dispatch(std::vector<SseMessage>& messages);

    QByteArray m_line;
    bool m_first = true; ///< a byte order mark may come
    bool m_afterReturn = false; ///< a line feed right now belongs to the line end before
    QByteArray m_data;
    bool m_hasData = false;
    QString m_event;
    QString m_id; ///< becomes the last one with its message
    QString m_lastId;
    std::optional<std::chrono::milliseconds> m_retry;
};

} // namespace viaduct::api
