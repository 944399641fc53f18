// SPDX-License-Identifier: GPL-3.0-or-later
// Registry: passwords become keys, in a thread of their own.
#include "server/broker/Registry.h"

#include "server/credentials/GeneratedPassword.h"

namespace viaduct::broker {

namespace {
/// Jobs of the administrators and the pages that may wait; each may be a whole list of accounts.
constexpr std::size_t mostWaitingJobs = 32;
/// Accounts in one commit: each of them is told to the consoles too.
constexpr std::size_t mostHashesAtOnce = 500;
} // namespace

Result<Registry::Keys> Registry::makeKeys(const NewPassword& wish, const std::string& realm) {
    std::string salt(credentials::saltSize, '\0');
    credentials::systemRandom()(
        {reinterpret_cast<std::uint8_t*>(salt.data()), salt.size()}); // NOLINT(*-reinterpret-cast)
    const auto made = credentials::makeScramKeys(wish.password, salt, wish.iterations);
    if (!made)
        return tl::unexpected(made.error());
    Keys keys{QString::fromStdString(credentials::toText(*made)), {}};
    if (wish.oldClients) {
        const tsp::DigestKey key = tsp::digestKey(wish.login.toStdString(), realm, wish.password);
        const auto* bytes = reinterpret_cast<const char*>(key.data()); // NOLINT(*-reinterpret-cast)
        keys.digest = QString::fromLatin1(QByteArray(bytes, static_cast<qsizetype>(key.size())).toHex());
    }
    return keys;
}

Result<void> Registry::mayMakeKeys() const {
    if (m_passwords.waiting() < mostWaitingJobs)
        return {};
    return failure(
        Error::Code::Busy, "Too many passwords are being made at the moment: try again in a minute.");
}

void Registry::makeAllKeys(
    std::vector<NewPassword> wishes, std::function<void(const Result<std::vector<Keys>>&)> done) {
    if (wishes.empty())
        return done(std::vector<Keys>());
    if (auto possible = mayMakeKeys(); !possible)
        return done(tl::unexpected(possible.error()));
    const config::Configuration& configuration = m_broker.configuration();
    for (NewPassword& wish : wishes)
        wish.oldClients = wish.oldClients && configuration.oldClients;
    m_passwords.run(this, [wishes = std::move(wishes), done = std::move(done), realm = configuration.realm] {
        Result<std::vector<Keys>> all = std::vector<Keys>();
        for (const NewPassword& wish : wishes) {
            auto keys = makeKeys(wish, realm);
            if (!keys) {
                all = tl::unexpected(keys.error());
                break;
            }
            all->push_back(std::move(*keys));
        }
        return [done, all = std::move(all)] { done(all); };
    });
}

void Registry::setKeys(record::Account& account, const Keys& keys) const {
    account.scram = keys.scram;
    // By the settings of now: they may have changed while the keys were made.
    const bool oldClients = account.account.settings.oldClients && m_broker.configuration().oldClients;
    account.digest = oldClients ? keys.digest : QString();
}

/// The policy has changed: what was kept by the old one goes, some at a time. Only the broker's refusal
/// counts meanwhile. That an account was to have such a hash stays in its settings.
void Registry::dropOldClientHashes() {
    if (m_broker.configuration().oldClients || m_withDigest.empty() || m_droppingDigests)
        return;
    Step step;
    int count = 0;
    for (const std::string& id : m_withDigest) {
        const Accounts::Entry* entry = m_accounts.find(id);
        if (!entry || m_ending.contains(id) || step.changes.size() >= mostHashesAtOnce)
            continue;
        record::Account changed = entry->value;
        changed.digest.clear();
        put(step, id, std::move(changed));
        ++count;
    }
    if (count == 0)
        return;
    audit(
        step, {"system", {}, api::Role::Requester}, "dropOldClientHashes", "accounts", {},
        {{QStringLiteral("count"), count}});
    m_droppingDigests = true;
    // When one of them was changed meanwhile, none is done: the next time, then.
    write(std::move(step), [this](const Result<void>&) { m_droppingDigests = false; });
}

} // namespace viaduct::broker
