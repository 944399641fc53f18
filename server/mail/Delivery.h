// SPDX-License-Identifier: GPL-3.0-or-later
// One message to one mail server (SMTP, RFC 5321; STARTTLS, RFC 3207; AUTH, RFC 4954), by libcurl.
#pragma once

#include "server/config/Configuration.h"
#include "server/mail/Letter.h"

#include <atomic>
#include <memory>

namespace viaduct::mail {

struct Outcome {
    enum class What {
        Sent,
        NotNow, ///< the server refused this message for the moment (4xx)
        Never, ///< the server refused this message (5xx)
        ServerFails ///< no connection, no TLS, no login: all messages have to wait
    };
    What what = What::Sent;
    std::string reason; ///< for the journal: without the address and what the server wrote
};

/// Used by one thread at a time. Keeps its connection for the next message.
class Delivery {
public:
    /// `certificates`: a PEM file of authorities in the place of the system's; empty: those. `stop` is looked
    /// at while it waits for the server, and lives longer than this.
    Delivery(const std::atomic<bool>& stop, std::string certificates);
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;
    ~Delivery(); ///< says good-bye to the server

    /// Takes as long as the server does, two minutes at most. The password is read from its file each time.
    /// `name`: what this machine calls itself; empty: its host name.
    Outcome deliver(const config::MailServer& server, const std::string& name, const Message& message);

private:
    struct Curl;
    std::unique_ptr<Curl> m_curl;
    const std::atomic<bool>& m_stop;
    std::string m_certificates;
};

} // namespace viaduct::mail
