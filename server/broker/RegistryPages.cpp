// SPDX-License-Identifier: GPL-3.0-or-later
// Registry: what a person can do on the pages, by the secret of a link.
#include "server/broker/Registry.h"

#include "server/credentials/GeneratedPassword.h"
#include "server/credentials/PasswordPolicy.h"
#include "server/credentials/SecretToken.h"

namespace viaduct::broker {

namespace {
using api::RequestState;

/// Requests that are kept at a time, decided or not: beyond it somebody floods the page.
constexpr std::size_t mostRequests = 200'000;
constexpr std::chrono::hours aDay{24};
/// What one customer may get on demand is a network of many addresses: it gets as much as four of them.
constexpr int addressesOfNetwork = 4;

QString hashOf(const std::string& secret) {
    const auto hash = credentials::tokenHash(credentials::TokenKind::Link, secret);
    return hash ? QString::fromStdString(credentials::toBase64Url(*hash)) : QString();
}

credentials::RateLimit limitOf(std::size_t perDay) {
    const int burst = static_cast<int>(std::clamp<std::size_t>(perDay, 1, 1'000'000));
    const std::chrono::milliseconds interval = std::chrono::milliseconds(aDay) / burst;
    return credentials::RateLimit(
        {{burst, interval}, {burst * addressesOfNetwork, interval / addressesOfNetwork}});
}

Actor personOf(const std::string& request, const IpAddress& from) {
    return {"request:" + request, from, api::Role::Requester};
}

Result<void> checkSubmission(const Submission& submission, const config::Configuration& configuration) {
    const auto invalid = [](const char* sentence) { return failure(Error::Code::Invalid, sentence); };
    if (submission.name.trimmed().isEmpty())
        return invalid("The name is missing: write yours.");
    if (!looksLikeMail(submission.email))
        return invalid("The mail address is none: write it as NAME@DOMAIN.");
    if (!configuration.registration->charterFile.empty() && !submission.consent)
        return invalid("The charter is not consented to: nobody gets an account without.");
    const auto offered = configuration.offeredKinds();
    if (std::find(offered.begin(), offered.end(), fromApi(submission.kind)) == offered.end())
        return invalid("This kind of account is not offered here: choose another.");
    if (submission.wishedEnd && !submission.wishedEnd->ok())
        return invalid("The wished end is no date.");
    return {};
}

api::RegistrationRequest requestOf(const Submission& submission) {
    api::RegistrationRequest request;
    request.name = submission.name.trimmed();
    request.email = submission.email.trimmed();
    request.organisation = submission.organisation.trimmed();
    request.purpose = submission.purpose;
    request.system = submission.system;
    request.kind = submission.kind;
    request.endDate = submission.wishedEnd;
    request.language = submission.language;
    return request;
}
} // namespace

void Registry::submit(const Submission& submission, const IpAddress& from, Answered<Submitted> answered) {
    const config::Configuration& configuration = m_broker.configuration();
    if (!configuration.registration)
        return answered(failure(Error::Code::NotFound, "Nobody can ask for an account here."));
    if (auto checked = checkSubmission(submission, configuration); !checked)
        return answered(tl::unexpected(checked.error()));
    const config::Registration& registration = *configuration.registration;
    if (!m_submissions || m_submissionsPerDay != registration.requestsPerAddress) {
        m_submissionsPerDay = registration.requestsPerAddress;
        m_submissions = limitOf(m_submissionsPerDay);
    }
    record::Request made;
    made.request = requestOf(submission);
    made.request.received = now();
    made.request.state
        = registration.requireMailVerification ? RequestState::Unverified : RequestState::Pending;
    const std::string id = newId('r');
    made.request.id = QString::fromStdString(id);
    if (auto readBack = api::fromJson<api::RegistrationRequest>(api::toJson(made.request)); !readBack)
        return answered(tl::unexpected(readBack.error()));
    if (!m_submissions->take(from, std::chrono::steady_clock::now()).allowed)
        return answered(failure(
            Error::Code::Busy, "Too many requests came from this network today: try again tomorrow."));
    if (m_requests.all().size() >= mostRequests)
        return answered(
            failure(Error::Code::Busy, "Too many requests wait for an answer: try again in some days."));

    const std::string link
        = credentials::makeToken(credentials::TokenKind::Link, credentials::systemRandom());
    const std::string proof
        = credentials::makeToken(credentials::TokenKind::Link, credentials::systemRandom());
    made.link = hashOf(link);
    const bool verify = made.request.state == RequestState::Unverified;
    if (verify)
        made.proof = hashOf(proof);
    const Notice notice{
        Notice::Kind::VerifyAddress,
        made.request.email,
        made.request.name,
        made.request.language,
        QString::fromStdString(proof),
        {},
        {}};
    Step step;
    audit(
        step, personOf(id, from), "request.submit", "request:" + id, {},
        {{QStringLiteral("kind"), QLatin1String(api::word(made.request.kind))},
         {QStringLiteral("consent"), submission.consent}});
    put(step, id, std::move(made));
    write(
        std::move(step),
        [this, id, link, verify, notice, answered = std::move(answered)](const Result<void>& written) {
            if (!written)
                return answered(tl::unexpected(written.error()));
            if (verify && m_notify)
                m_notify(notice);
            answered(Submitted{*request(QString::fromStdString(id)), QString::fromStdString(link)});
        });
}

void Registry::verifyEmail(const QString& secret, const IpAddress& from, Answered<Request> answered) {
    const QString hash = hashOf(secret.toStdString());
    const auto found = m_byProof.find(hash);
    const Requests::Entry* entry
        = hash.isEmpty() || found == m_byProof.end() ? nullptr : m_requests.find(found->second);
    if (!entry)
        return answered(failure(
            Error::Code::NotFound, "This link proves nothing any more: it was used, or is mistyped."));
    const std::string id = found->second;
    record::Request changed = entry->value;
    changed.proof.clear();
    changed.request.emailVerified = true;
    if (changed.request.state == RequestState::Unverified)
        changed.request.state = RequestState::Pending;
    Step step;
    put(step, id, changed);
    audit(step, personOf(id, from), "request.verifyEmail", "request:" + id, {}, {});
    write(std::move(step), [this, id, answered = std::move(answered)](const Result<void>& written) {
        if (!written)
            return answered(tl::unexpected(written.error()));
        approveItself(id, answered);
    });
}

/// One after the other: the policy counts accounts, and must see the one before.
void Registry::approveItself(const std::string& id, const Answered<Request>& answered) {
    if (m_approvingItself)
        return QTimer::singleShot(1, this, [this, id, answered] { approveItself(id, answered); });
    const Requests::Entry* verified = m_requests.find(id);
    if (!verified)
        return answered(failure(Error::Code::NotFound, "The request was withdrawn meanwhile."));
    const Request view = viewOf(id, *verified);
    const bool automatic = view.state == RequestState::Pending && m_broker.configuration().registration
        && approvesItself(view, factsOf(view));
    if (!automatic)
        return answered(view);
    m_approvingItself = true;
    approveEntry(
        id, *verified, {}, {"policy", {}, api::Role::Operator},
        [this, answered](const Result<Request>& approved) {
            m_approvingItself = false;
            answered(approved);
        });
}

std::optional<StatusPage> Registry::byLink(const QString& link) const {
    const auto entry = byLinkOrError(link);
    if (!entry)
        return std::nullopt;
    const record::Request& stored = (*entry)->value;
    StatusPage page{viewOf(stored.request.id.toStdString(), **entry), {}, false};
    Request& request = page.request;
    const bool decided = request.state == RequestState::Approved || request.state == RequestState::Refused;
    const bool secret = decided && !stored.told;
    request.note.clear();
    request.decidedBy.clear();
    request.ticks.clear();
    request.proposal.reset();
    if (secret) { // it can still be taken back
        request.state = RequestState::Pending;
        request.decided.reset();
        request.undoUntil.reset();
        request.reason.clear();
        request.account.clear();
        return page;
    }
    if (request.state == RequestState::Approved) {
        page.account = account(request.account);
        page.credentialsWaiting = page.account && !stored.credentialsTaken;
        if (page.account)
            page.account->settings.note.clear();
    }
    return page;
}

void Registry::answerInquiry(
    const QString& link, const QString& text, const IpAddress& from, Answered<Request> answered) {
    const auto entry = byLinkOrError(link);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    record::Request changed = (*entry)->value;
    auto& questions = changed.request.questions;
    const auto open = std::find_if(
        questions.begin(), questions.end(), [](const auto& question) { return !question.answered; });
    if (open == questions.end())
        return answered(failure(Error::Code::Denied, "Nothing is asked."));
    if (text.trimmed().isEmpty() || text.size() > api::limit::text)
        return answered(
            failure(Error::Code::Invalid, "The answer is empty or too long: 4000 characters are read."));
    open->answer = text;
    open->answered = now();
    const std::string id = changed.request.id.toStdString();
    Step step;
    put(step, id, std::move(changed));
    audit(step, personOf(id, from), "request.answer", "request:" + id, {}, {});
    answerRequest(id, std::move(step), std::move(answered));
}

void Registry::withdraw(const QString& link, const IpAddress& from, Answered<Request> answered) {
    const auto found = byLinkOrError(link);
    if (!found)
        return answered(tl::unexpected(found.error()));
    const QString id = (*found)->value.request.id;
    const auto entry = undecided(id, 0);
    if (!entry)
        return answered(tl::unexpected(entry.error()));
    record::Request changed = (*entry)->value;
    changed.request.state = RequestState::Withdrawn;
    changed.request.decided = now();
    changed.proof.clear();
    Step step;
    put(step, id.toStdString(), std::move(changed));
    audit(step, personOf(id.toStdString(), from), "request.withdraw", "request:" + id.toStdString(), {}, {});
    answerRequest(id.toStdString(), std::move(step), std::move(answered));
}

void Registry::takeCredentials(
    const QString& link, const IpAddress& from, Answered<api::Credentials> answered) {
    const auto page = byLink(link);
    if (!page)
        return answered(tl::unexpected(byLinkOrError(link).error()));
    if (!page->credentialsWaiting)
        return answered(failure(
            Error::Code::Denied,
            "The password was shown already, or there is none yet: it is shown once. Who has lost it asks "
            "an administrator for a new one."));
    const std::string id = page->request.id.toStdString();
    const QString login = page->account->name;
    const std::string password = credentials::makePassword(credentials::systemRandom());
    const bool oldClients = page->account->settings.oldClients;
    makeAllKeys(
        {{login, password, credentials::generatedIterations, oldClients}},
        [this, id, login, password, from, answered = std::move(answered)](const auto& keys) {
            const Requests::Entry* entry = m_requests.find(id);
            const std::string account = idOf(login);
            const Accounts::Entry* held = m_accounts.find(account);
            if (!keys || !entry || !held || entry->value.credentialsTaken)
                return answered(
                    keys ? failure(
                        Error::Code::Denied, "The password was shown already, or the account is gone.")
                         : tl::unexpected(keys.error()));
            record::Request taken = entry->value;
            taken.credentialsTaken = true;
            record::Account changed = held->value;
            setKeys(changed, keys->front());
            Step step;
            put(step, account, std::move(changed));
            put(step, id, std::move(taken));
            audit(step, personOf(id, from), "account.takeCredentials", "account:" + account, {}, {});
            write(std::move(step), [login, password, answered](const Result<void>& written) {
                if (!written)
                    return answered(tl::unexpected(written.error()));
                answered(api::Credentials{login, QString::fromStdString(password)});
            });
        });
}

void Registry::changeOwnPassword(
    const QString& link, const QString& oldPassword, const QString& newPassword, const IpAddress& from,
    Answered<api::Account> answered) {
    const auto page = byLink(link);
    const Accounts::Entry* entry
        = page && page->account ? m_accounts.find(idOf(page->account->name)) : nullptr;
    if (!entry || entry->value.scram.isEmpty())
        return answered(failure(Error::Code::NotFound, "There is no password yet that could be changed."));
    const QString login = page->account->name;
    if (auto fits = credentials::checkPassword(
            newPassword.toStdString(), login.toStdString(), credentials::PasswordUse::Account);
        !fits)
        return answered(tl::unexpected(fits.error()));
    if (!m_throttle.mayTry(login.toStdString(), from, std::chrono::steady_clock::now()).allowed)
        return answered(
            failure(Error::Code::Busy, "Too many wrong passwords: wait a while, then try again."));
    const std::string requestId = page->request.id.toStdString();
    const QString scram = entry->value.scram;
    NewPassword wish{
        login, newPassword.toStdString(), credentials::chosenIterations, page->account->settings.oldClients};
    const std::string realm = m_broker.configuration().realm;
    wish.oldClients = wish.oldClients && m_broker.configuration().oldClients;
    if (auto possible = mayMakeKeys(); !possible)
        return answered(tl::unexpected(possible.error()));
    m_passwords.run(
        this,
        [this, wish, realm, scram, old = oldPassword.toStdString(), requestId, from,
         answered = std::move(answered)] {
            const auto before = credentials::parseScramKeys(scram.toStdString());
            const bool isRight = before && credentials::verifyPassword(*before, old);
            const Result<Keys> keys = isRight
                ? makeKeys(wish, realm)
                : Result<Keys>(failure(Error::Code::Denied, "The old password is not right."));
            return [this, wish, keys, scram, requestId, from, answered] {
                const std::string account = idOf(wish.login);
                const Accounts::Entry* held = m_accounts.find(account);
                if (!keys)
                    return answered(tl::unexpected(keys.error()));
                if (!held || held->value.scram != scram)
                    return answered(failure(Error::Code::Stale, "The password was changed meanwhile."));
                m_throttle.succeeded(wish.login.toStdString(), from, std::chrono::steady_clock::now());
                record::Account changed = held->value;
                setKeys(changed, *keys);
                Step step;
                put(step, account, std::move(changed));
                audit(
                    step, personOf(requestId, from), "account.changeOwnPassword", "account:" + account, {},
                    {});
                answerAccount(account, std::move(step), answered);
            };
        });
}

void Registry::giveBack(const QString& link, const IpAddress& from, Answered<api::Account> answered) {
    const auto page = byLink(link);
    const std::string id = page && page->account ? idOf(page->account->name) : std::string();
    const Accounts::Entry* entry = m_accounts.find(id);
    if (!entry)
        return answered(failure(Error::Code::NotFound, "There is no account that could be given back."));
    const auto changeableEntry = changeable(page->account->name, 0);
    if (!changeableEntry)
        return answered(tl::unexpected(changeableEntry.error()));
    // Else whoever is suspended for abuse would take away who it was, and ask anew.
    if (entry->value.account.state == api::AccountState::Suspended)
        return answered(failure(
            Error::Code::Denied, "A suspended account cannot be given back: ask an administrator to do it."));
    const Actor person = personOf(page->request.id.toStdString(), from);
    eraseEntry(id, *entry, "account.giveBack", person, std::move(answered));
}

} // namespace viaduct::broker
