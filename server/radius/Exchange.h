// SPDX-License-Identifier: GPL-3.0-or-later
// One RADIUS question as bytes, and whether some bytes are its answer (RFC 2865). libkrad makes the
// packet and hides the password in it; here each question is signed by a Message-Authenticator (RFC
// 3579, 3.2), and no answer counts without one: MD5 alone lets whoever stands between forge it
// (CVE-2024-3596, "Blast-RADIUS").
#pragma once

#include "shared/net/Error.h"

#include <QByteArray>
#include <memory>
#include <optional>

namespace viaduct::radius {

struct Login {
    static constexpr std::size_t mostUser = 253; ///< bytes, RFC 2865 5.
    static constexpr std::size_t mostPassword = 128; ///< bytes, RFC 2865 5.2

    std::string user;
    std::string password;
};
/// Whether RADIUS can carry it: neither is empty, too long, or has a NUL.
bool canBeAsked(const Login& login);

class Exchange {
public:
    enum class Answer { Accepted, Refused, Challenged };
    /// Why some bytes are no answer to this question.
    enum class Flaw { NotOurs, WrongSecret, Unsigned };

    /// With random bytes of its own. `login` can be asked; `nasIdentifier` tells the server who asks, at most
    /// 253 bytes.
    static Result<Exchange>
    make(const Login& login, const std::string& secret, const std::string& nasIdentifier);
    Exchange(Exchange&& other) noexcept;
    Exchange& operator=(Exchange&& other) noexcept;
    ~Exchange();

    /// To be sent, and sent again: a try more is the same packet.
    const QByteArray& bytes() const { return m_bytes; }
    tl::expected<Answer, Flaw> read(const QByteArray& datagram) const;

private:
    struct Packet;
    explicit Exchange(std::unique_ptr<Packet> packet);

    std::unique_ptr<Packet> m_packet;
    std::string m_secret;
    QByteArray m_bytes;
};

} // namespace viaduct::radius
