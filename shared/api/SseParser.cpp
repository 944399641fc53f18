// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/api/SseParser.h"

#include <algorithm>

namespace viaduct::api {

namespace {
constexpr qsizetype longestId = 200; // it goes into a header
constexpr qsizetype longestName = 100;
constexpr int mostRetryDigits = 7; // below three hours
constexpr char byteOrderMark[] = "\xEF\xBB\xBF";

bool isHeaderText(QByteArrayView text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}
} // namespace

Result<std::vector<SseMessage>> SseParser::feed(QByteArrayView bytes) {
    std::vector<SseMessage> messages;
    while (!bytes.isEmpty()) {
        if (m_afterReturn && bytes.front() == '\n')
            bytes = bytes.sliced(1);
        m_afterReturn = false;
        const auto end
            = std::find_if(bytes.begin(), bytes.end(), [](char c) { return c == '\n' || c == '\r'; });
        const qsizetype length = end - bytes.begin();
        if (m_line.size() + m_data.size() + length > mostBytes)
            return failure(Error::Code::Invalid, "The broker sent an event that is longer than 8 MiB.");
        m_line.append(bytes.first(length));
        if (end == bytes.end())
            break;
        m_afterReturn = *end == '\r';
        bytes = bytes.sliced(length + 1);
        line(messages);
    }
    return messages;
}

void SseParser::restart() {
    m_line.clear();
    m_first = true;
    m_afterReturn = false;
    m_data.clear();
    m_hasData = false;
    m_event.clear();
    m_id = m_lastId;
}

void SseParser::line(std::vector<SseMessage>& messages) {
    const QByteArray whole = std::exchange(m_line, {});
    QByteArrayView text(whole);
    if (std::exchange(m_first, false) && text.startsWith(byteOrderMark))
        text = text.sliced(3);
    if (text.isEmpty()) {
        dispatch(messages);
        return;
    }
    const qsizetype colon = text.indexOf(':');
    if (colon == 0)
        return; // a comment: the heartbeat
    if (colon < 0) {
        field(text, {});
        return;
    }
    QByteArrayView value = text.sliced(colon + 1);
    if (value.startsWith(' '))
        value = value.sliced(1);
    field(text.first(colon), value);
}

void SseParser::field(QByteArrayView name, QByteArrayView value) {
    if (name == QByteArrayView("data")) {
        if (m_hasData)
            m_data.append('\n');
        m_data.append(value);
        m_hasData = true;
    } else if (name == QByteArrayView("event")) {
        m_event = QString::fromUtf8(value.first(std::min(value.size(), longestName)));
    } else if (name == QByteArrayView("id")) {
        if (value.size() <= longestId && isHeaderText(value))
            m_id = QString::fromLatin1(value);
    } else if (name == QByteArrayView("retry")) {
        const bool digits = !value.isEmpty() && value.size() <= mostRetryDigits
            && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (digits)
            m_retry = std::chrono::milliseconds(value.toByteArray().toInt());
    }
}

void SseParser::dispatch(std::vector<SseMessage>& messages) {
    m_lastId = m_id;
    if (m_hasData)
        messages.push_back(
            {m_event.isEmpty() ? QStringLiteral("message") : m_event, std::exchange(m_data, {}), m_lastId});
    m_data.clear();
    m_hasData = false;
    m_event.clear();
}

} // namespace viaduct::api
