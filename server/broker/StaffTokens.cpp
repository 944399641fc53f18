// SPDX-License-Identifier: GPL-3.0-or-later
// Staff: the API tokens of programs.
#include "server/broker/Staff.h"

#include "server/credentials/SecretToken.h"

#include <algorithm>

namespace viaduct::broker {

namespace {
constexpr std::chrono::days longestLife{731}; ///< two years, one of them a leap year

std::string newId() {
    std::array<std::uint8_t, 6> bytes{};
    credentials::systemRandom()(bytes);
    const auto* text = reinterpret_cast<const char*>(bytes.data()); // NOLINT(*-reinterpret-cast)
    return 't' + QByteArray(text, static_cast<qsizetype>(bytes.size())).toHex().toStdString();
}

Result<void> checkDraft(const api::TokenDraft& draft, api::Role most, api::Time now) {
    // By the table of its members: what cannot be read back must not be stored.
    if (auto readBack = api::fromJson<api::TokenDraft>(api::toJson(draft)); !readBack)
        return tl::unexpected(readBack.error());
    if (draft.role > most)
        return failure(
            Error::Code::Denied,
            std::string("You are ") + api::word(most)
                + ", and a token may not do more than who makes it: "
                  "choose that role or a lesser one.");
    if (draft.expires <= now || draft.expires > now + longestLife)
        return failure(
            Error::Code::Invalid, "The token must expire within two years from now: choose such an end.");
    return {};
}

QJsonObject auditView(const api::Token& token) {
    return {
        {QStringLiteral("role"), QLatin1String(api::word(token.role))},
        {QStringLiteral("createdBy"), token.createdBy},
        {QStringLiteral("expires"), api::text(token.expires)}};
}
} // namespace

/// A token that makes tokens does it for the person who made it.
QString Staff::personBehind(const Actor& actor) const {
    constexpr std::string_view prefix = "token:";
    if (!actor.id.starts_with(prefix))
        return QString::fromStdString(actor.id);
    const Tokens::Entry* entry = m_tokens.find(actor.id.substr(prefix.size()));
    return entry ? entry->value.token.createdBy : QString();
}

std::optional<api::Role> Staff::roleOf(const record::Token& token) const {
    const People::Entry* person = m_people.find(token.token.createdBy.toStdString());
    if (!person || person->value.person.settings.suspended)
        return std::nullopt;
    return std::min(token.token.role, person->value.person.settings.role);
}

std::vector<std::string> Staff::tokensOf(const QString& login) const {
    std::vector<std::string> ids;
    for (const auto& [id, entry] : m_tokens.all()) {
        if (entry.value.token.createdBy == login)
            ids.push_back(id);
    }
    return ids;
}

void Staff::createToken(
    const api::TokenDraft& draft, const Actor& actor, Answered<api::TokenCreated> answered) {
    const QString maker = personBehind(actor);
    if (!m_people.find(maker.toStdString()))
        return answered(failure(
            Error::Code::Denied, "Nobody stands behind this token: log in as a person of the console."));
    if (auto fits = checkDraft(draft, actor.role, now()); !fits)
        return answered(tl::unexpected(fits.error()));
    if (m_tokens.all().size() >= m_limits.tokens)
        return answered(failure(
            Error::Code::Exhausted,
            "There are " + std::to_string(m_limits.tokens)
                + " tokens already, which is the most: delete those that nobody uses."));
    std::string id = newId();
    while (m_tokens.find(id))
        id = newId();
    const std::string secret
        = credentials::makeToken(credentials::TokenKind::Api, credentials::systemRandom());
    const auto hash = credentials::tokenHash(credentials::TokenKind::Api, secret);
    record::Token made;
    made.token = {QString::fromStdString(id), draft.name, draft.role, maker, now(), draft.expires, {}};
    made.hash = QString::fromStdString(credentials::toBase64Url(*hash));
    Step step;
    audit(step, actor, "createToken", id, {}, auditView(made.token));
    put(step, id, std::move(made));
    write(std::move(step), [this, id, secret, answered = std::move(answered)](const Result<void>& written) {
        if (!written)
            return answered(tl::unexpected(written.error()));
        const QString name = QString::fromStdString(id);
        answered(api::TokenCreated{*token(name), QString::fromStdString(secret)});
    });
}

void Staff::deleteToken(const QString& id, const Actor& actor, Answered<void> answered) {
    const Tokens::Entry* entry = m_tokens.find(id.toStdString());
    if (!entry)
        return answered(failure(Error::Code::NotFound, "There is no token " + id.toStdString() + '.'));
    Step step;
    audit(step, actor, "deleteToken", id.toStdString(), auditView(entry->value.token), {});
    dropToken(step, id.toStdString());
    write(std::move(step), std::move(answered));
}

// --- reading

std::optional<api::Token> Staff::token(const QString& id) const {
    const Tokens::Entry* entry = m_tokens.find(id.toStdString());
    if (!entry)
        return std::nullopt;
    api::Token view = entry->value.token;
    if (const auto used = m_used.find(id.toStdString()); used != m_used.end())
        view.lastUsed = used->second;
    return view;
}

void Staff::forEachToken(const std::function<void(const QString&)>& visit) const {
    for (const auto& [id, entry] : m_tokens.all())
        visit(QString::fromStdString(id));
}

} // namespace viaduct::broker
