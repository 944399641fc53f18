// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/radius/Exchange.h"

#include <QCryptographicHash>
#include <QMessageAuthenticationCode>

#include <algorithm>
#include <utility>

extern "C" { // its header does not say so
#include <krad.h>
}

namespace viaduct::radius {

namespace {

// RFC 2865, 3. and 5.; RFC 3579, 3.2.
constexpr qsizetype headerSize = 20;
constexpr qsizetype lengthPlace = 2;
constexpr qsizetype authenticatorPlace = 4;
constexpr qsizetype authenticatorSize = 16;
constexpr krad_code accessRequest = 1;
constexpr unsigned char accessAccept = 2;
constexpr unsigned char accessReject = 3;
constexpr unsigned char accessChallenge = 11;
constexpr krad_attr userName = 1;
constexpr krad_attr userPassword = 2;
constexpr krad_attr serviceType = 6;
constexpr krad_attr nasIdentifier = 32;
constexpr unsigned char messageAuthenticator = 80;
constexpr qsizetype signatureSize = 18; ///< type and length too

krb5_data dataOf(const std::string& text) {
    krb5_data data{};
    data.data = const_cast<char*>(text.data()); // the library only reads it
    data.length = static_cast<unsigned>(text.size());
    return data;
}

unsigned char byteAt(const QByteArray& bytes, qsizetype place) {
    return static_cast<unsigned char>(bytes.at(place));
}

qsizetype lengthOf(const QByteArray& packet) {
    return byteAt(packet, lengthPlace) << 8 | byteAt(packet, lengthPlace + 1);
}

/// Where the value of the Message-Authenticator stands; -1 when there is none, or more than one, or the
/// attributes do not fill the packet.
qsizetype signaturePlace(const QByteArray& packet) {
    qsizetype found = -1;
    qsizetype at = headerSize;
    while (at < packet.size()) {
        if (packet.size() - at < 2 || byteAt(packet, at + 1) < 2
            || byteAt(packet, at + 1) > packet.size() - at)
            return -1;
        if (byteAt(packet, at) == messageAuthenticator) {
            if (found >= 0 || byteAt(packet, at + 1) != signatureSize)
                return -1;
            found = at + 2;
        }
        at += byteAt(packet, at + 1);
    }
    return found;
}

QByteArray signatureOf(const QByteArray& packet, const std::string& secret) {
    return QMessageAuthenticationCode::hash(
        packet, QByteArray::fromStdString(secret), QCryptographicHash::Md5);
}

/// Behind libkrad's attributes, unless a newer libkrad has signed it already.
QByteArray sign(QByteArray packet, const std::string& secret) {
    if (signaturePlace(packet) >= 0)
        return packet;
    packet.append(static_cast<char>(messageAuthenticator));
    packet.append(static_cast<char>(signatureSize));
    packet.append(authenticatorSize, '\0');
    packet[lengthPlace] = static_cast<char>(packet.size() >> 8);
    packet[lengthPlace + 1] = static_cast<char>(packet.size() & 0xFF);
    packet.replace(packet.size() - authenticatorSize, authenticatorSize, signatureOf(packet, secret));
    return packet;
}

/// How long it takes tells nothing of where they differ.
bool areEqual(const QByteArray& a, const QByteArray& b) {
    unsigned difference = a.size() == b.size() ? 0 : 1;
    for (qsizetype i = 0; i < std::min(a.size(), b.size()); ++i)
        difference |= static_cast<unsigned>(byteAt(a, i) ^ byteAt(b, i));
    return difference == 0;
}

QByteArray withAuthenticator(QByteArray packet, const QByteArray& question) {
    return packet.replace(
        authenticatorPlace, authenticatorSize, question.mid(authenticatorPlace, authenticatorSize));
}

/// That of an answer (RFC 2865, 3.): over the packet with the question's, and the secret.
bool hasAuthenticator(const QByteArray& packet, const QByteArray& question, const std::string& secret) {
    const QByteArray input = withAuthenticator(packet, question) + QByteArray::fromStdString(secret);
    return areEqual(
        packet.mid(authenticatorPlace, authenticatorSize),
        QCryptographicHash::hash(input, QCryptographicHash::Md5));
}

/// Of an answer: over the packet with the question's authenticator and zeros in its own place.
bool isSigned(QByteArray packet, const QByteArray& question, const std::string& secret) {
    const qsizetype place = signaturePlace(packet);
    if (place < 0)
        return false;
    const QByteArray given = packet.mid(place, authenticatorSize);
    packet.replace(place, authenticatorSize, QByteArray(authenticatorSize, '\0'));
    return areEqual(given, signatureOf(withAuthenticator(packet, question), secret));
}

bool isText(const std::string& text, std::size_t most) {
    return !text.empty() && text.size() <= most && text.find('\0') == std::string::npos;
}

} // namespace

bool canBeAsked(const Login& login) {
    return isText(login.user, Login::mostUser) && isText(login.password, Login::mostPassword);
}

struct Exchange::Packet {
    krb5_context context = nullptr;
    krad_attrset* attributes = nullptr;
    krad_packet* packet = nullptr;

    Packet() = default;
    Packet(const Packet&) = delete;
    Packet& operator=(const Packet&) = delete;
    ~Packet() {
        krad_packet_free(packet);
        krad_attrset_free(attributes);
        krb5_free_context(context);
    }

    bool add(krad_attr type, const std::string& value) {
        const krb5_data data = dataOf(value);
        return krad_attrset_add(attributes, type, &data) == 0;
    }
};

Exchange::Exchange(std::unique_ptr<Packet> packet) : m_packet(std::move(packet)) { }
Exchange::Exchange(Exchange&& other) noexcept = default;
Exchange& Exchange::operator=(Exchange&& other) noexcept = default;
Exchange::~Exchange() = default;

Result<Exchange>
Exchange::make(const Login& login, const std::string& secret, const std::string& nasIdentifierText) {
    auto packet = std::make_unique<Packet>();
    const bool made = krb5_init_secure_context(&packet->context) == 0
        && krad_attrset_new(packet->context, &packet->attributes) == 0 && packet->add(userName, login.user)
        && packet->add(userPassword, login.password) && packet->add(nasIdentifier, nasIdentifierText)
        && krad_attrset_add_number(packet->attributes, serviceType, KRAD_SERVICE_TYPE_AUTHENTICATE_ONLY) == 0
        && krad_packet_new_request(
               packet->context, secret.c_str(), accessRequest, packet->attributes, nullptr, nullptr,
               &packet->packet)
            == 0;
    if (!made)
        return failure(
            Error::Code::System,
            "No RADIUS packet can be made of this login. Look whether /etc/krb5.conf can be read, which "
            "libkrad wants.");
    const krb5_data* encoded = krad_packet_encode(packet->packet);
    Exchange exchange(std::move(packet));
    exchange.m_secret = secret;
    exchange.m_bytes = sign(QByteArray(encoded->data, static_cast<qsizetype>(encoded->length)), secret);
    return exchange;
}

tl::expected<Exchange::Answer, Exchange::Flaw> Exchange::read(const QByteArray& datagram) const {
    if (datagram.size() < headerSize || datagram.size() > KRAD_PACKET_SIZE_MAX
        || lengthOf(datagram) < headerSize || lengthOf(datagram) > datagram.size()
        || datagram.at(1) != m_bytes.at(1))
        return tl::unexpected(Flaw::NotOurs);
    const QByteArray packet = datagram.left(lengthOf(datagram)); // RFC 2865 3.: what is behind is padding
    if (!hasAuthenticator(packet, m_bytes, m_secret))
        return tl::unexpected(Flaw::WrongSecret);
    if (!isSigned(packet, m_bytes, m_secret))
        return tl::unexpected(Flaw::Unsigned);
    switch (byteAt(packet, 0)) {
    case accessAccept:
        return Answer::Accepted;
    case accessReject:
        return Answer::Refused;
    case accessChallenge:
        return Answer::Challenged;
    default:
        return tl::unexpected(Flaw::NotOurs);
    }
}

} // namespace viaduct::radius
