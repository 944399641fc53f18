// SPDX-License-Identifier: GPL-3.0-or-later
// The broker's event stream, kept alive: comes back by itself where it broke off, notices a connection that
// is dead without saying so, and tells when what is shown is stale.
#pragma once

#include "shared/api/Backoff.h"
#include "shared/api/Client.h"
#include "shared/api/Events.h"
#include "shared/api/SseParser.h"

#include <QTimer>

namespace viaduct::api {

class EventStream : public QObject {
    Q_OBJECT
public:
    /// `client` outlives it.
    explicit EventStream(Client& client, QObject* parent = nullptr);

    /// No topics: those that the broker gives by itself.
    void start(const std::vector<Topic>& topics = {});
    void stop();
    bool isLive() const { return m_live; }

    /// The broker says something every 15 seconds; after three times that it is lost.
    void setHeartbeat(std::chrono::milliseconds silence) { m_silence.setInterval(silence); }

Q_SIGNALS:
    void happened(const viaduct::api::Event& event);
    /// From now on what is shown is true (true), or may be old (false).
    void liveChanged(bool live);
    /// It is away; it will be tried again after `delay`.
    void lost(const viaduct::Error& error, std::chrono::milliseconds delay);
    /// It will not be tried again: the login has ended, or the certificate is not trusted.
    void ended(const viaduct::api::Trouble& trouble);

private:
    void connectNow();
    void readSome();
    void tell(const SseMessage& message);
    void closed();
    void dropReply();
    void comeBack(const Error& error);
    void setLive(bool live);

    Client& m_client;
    Question m_question;
    SseParser m_parser;
    Backoff m_backoff;
    QPointer<QNetworkReply> m_reply;
    QTimer m_silence;
    QTimer m_pause;
    bool m_inSnapshot = false;
    bool m_live = false;
};

} // namespace viaduct::api
