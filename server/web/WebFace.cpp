// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/WebFace.h"

#include "server/broker/Broker.h"
#include "server/broker/Registry.h"
#include "server/credentials/PasswordPolicy.h"
#include "server/credentials/SecretToken.h"
#include "server/http/Target.h"
#include "server/http/Text.h"
#include "server/web/Assets.h"
#include "server/web/Charter.h"
#include "server/web/Profile.h"
#include "server/web/RegistrationForm.h"
#include "server/web/Sentences.h"
#include "server/web/StatusPages.h"
#include "server/web/VoucherSheet.h"

#include <QLoggingCategory>
#include <QPointer>

namespace viaduct::web {

Q_LOGGING_CATEGORY(webLog, "viaduct.web")

namespace {
using std::chrono::system_clock;
using Code = Error::Code;

/// 4000 characters of an answer, each of up to 12 bytes when percent-encoded, and the rest of the form.
constexpr std::size_t largestForm = 64UL * 1024;
constexpr std::size_t longestLink = 64; ///< of a path's segment that is worth a look
constexpr const char* visitorCookie = "__Host-visitor"; ///< the prefix keeps other hosts from setting it
constexpr const char* workPurpose = "register";

/// Without a proof of work: as many as a household needs.
constexpr int freeRequests = 3;
constexpr int networkOfHouseholds = 4;
constexpr std::chrono::milliseconds freeInterval = std::chrono::hours{8};

credentials::RateLimit limitWithoutScript() {
    return credentials::RateLimit(
        {{freeRequests, freeInterval},
         {freeRequests * networkOfHouseholds, freeInterval / networkOfHouseholds}});
}

bool isVisitorSecret(std::string_view text) {
    return credentials::tokenHash(credentials::TokenKind::Visitor, text).has_value();
}

bool isForm(const http::Request& request) {
    const std::string_view type = request.header("content-type").value_or("");
    return http::lowerCase(http::trimmed(type.substr(0, type.find(';'))))
        == "application/x-www-form-urlencoded";
}

int statusOf(const Error& error) {
    switch (error.code) {
    case Code::Invalid:
        return 400;
    case Code::NotFound:
        return 404;
    case Code::Denied:
    case Code::Conflict:
    case Code::Exhausted:
    case Code::Stale:
        return 409;
    case Code::Busy:
        return 429;
    case Code::System:
        break;
    }
    return 503;
}

/// For what went wrong in the same way whatever was asked.
const Sentence& usualSentence(const Error& error) {
    if (error.code == Code::Stale)
        return say::changedMeanwhile;
    return error.code == Code::System ? say::databaseFailed : say::tryLater;
}
} // namespace

/// One request and what follows from it; a value, for what is answered later.
struct Visit {
    std::string method; ///< GET for HEAD too
    std::vector<std::string> segments;
    std::string path; ///< of the segments, as our own links have it
    Language language = Language::English;
    std::string visitor; ///< the secret of the cookie
    std::string done; ///< the word behind ?done=
    http::Pairs form; ///< of a POST
    bool isReadable = true; ///< the form could be read
    IpAddress from;
    WebFace::Answer answered;
    WebFace::Answer withoutCookies; ///< likewise, for what caches may give to others

    std::string segment(std::size_t index) const {
        return index < segments.size() ? segments[index] : std::string();
    }
    std::string field(const char* name) const { return std::string(http::valueOf(form, name).value_or("")); }
    QString link() const { return QString::fromStdString(segment(1)); }
    std::string statusPath() const { return "/r/" + segment(1); }
};

namespace {
void setCookies(http::Response& response, const http::Request& request, const Visit& visit) {
    const auto chosen = request.queryValue("lang");
    if (chosen == "en" || chosen == "fr")
        response.with(
            "Set-Cookie",
            "lang=" + std::string(*chosen) + "; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Lax");
    if (request.cookie(visitorCookie) != visit.visitor)
        response.with(
            "Set-Cookie",
            std::string(visitorCookie) + "=" + visit.visitor + "; Path=/; Secure; HttpOnly; SameSite=Lax");
}

Visit visitOf(const http::Request& request) {
    Visit visit;
    visit.method = request.method == "HEAD" ? "GET" : request.method;
    visit.segments = request.segments;
    for (const std::string& segment : request.segments)
        visit.path += "/" + segment;
    if (visit.path.empty())
        visit.path = "/";
    visit.language = languageOf(request);
    visit.done = std::string(request.queryValue("done").value_or(""));
    visit.from = request.remote.address;
    const auto kept = request.cookie(visitorCookie);
    visit.visitor = kept && isVisitorSecret(*kept)
        ? std::string(*kept)
        : credentials::makeToken(credentials::TokenKind::Visitor, credentials::systemRandom());
    if (visit.method == "POST") {
        auto form = isForm(request) ? http::parseForm(request.body)
                                    : Result<http::Pairs>(failure(Code::Invalid, "no form"));
        visit.isReadable = form.has_value();
        visit.form = form ? std::move(*form) : http::Pairs();
    }
    return visit;
}
} // namespace

WebFace::WebFace(
    broker::Broker& broker, broker::Registry& registry, const credentials::ServerKey& key, QObject* parent)
    : QObject(parent), m_broker(broker), m_registry(registry), m_csrf(key), m_work(key),
      m_withoutScript(limitWithoutScript()) { }

void WebFace::handle(const http::Request& request, http::Responder responder) {
    answer(request, [responder = std::move(responder)](http::Response response) {
        responder.respond(std::move(response));
    });
}

std::size_t WebFace::bodyLimit(const http::Request& head) {
    const std::size_t depth = head.segments.size();
    const bool takesForms = head.method == "POST"
        && (depth == 0 || (depth == 3 && head.segments[0] == "r")
            || (depth == 2 && head.segments[0] == "verify"));
    return takesForms ? largestForm : 0;
}

void WebFace::answer(const http::Request& request, const Answer& answered) {
    Visit visit = visitOf(request);
    // What cookies it gets depends on the request alone, so it is settled before anybody waits.
    http::Response cookies;
    setCookies(cookies, request, visit);
    visit.withoutCookies = answered;
    visit.answered = [answered, cookies = cookies.headers](http::Response response) {
        response.headers.insert(response.headers.end(), cookies.begin(), cookies.end());
        answered(std::move(response));
    };
    route(visit);
}

// --- which page

void WebFace::route(const Visit& visit) {
    const std::string first = visit.segment(0);
    const std::size_t depth = visit.segments.size();
    const bool isGet = visit.method == "GET";
    if (!isGet && visit.method != "POST") {
        const Reader reader = readerFor(visit);
        return visit.answered(
            page(
                reader, 405, {reader.say(say::wrongMethodTitle), {}},
                heading(1, reader.say(say::wrongMethodTitle)) + paragraph(reader.say(say::wrongMethod)))
                .with("Allow", "GET, HEAD, POST"));
    }
    if (first == "r" && (depth == 2 || depth == 3) && visit.segment(1).size() <= longestLink)
        return routeLink(visit);
    if (!isGet)
        return routePost(visit);
    if (depth == 0)
        return emptyForm(visit);
    if (first == "verify" && depth == 2)
        return showProof(visit);
    if (first == "sheet" && depth == 2)
        return showSheet(visit);
    if (depth != 1)
        return notFound(visit);
    if (first == "charter")
        return showCharter(visit);
    if (first == "style.css")
        return sendFile(visit, "text/css; charset=utf-8", asset::styleSheet);
    if (first == "pow.js")
        return sendFile(visit, "text/javascript; charset=utf-8", asset::proofOfWorkScript);
    if (first == "favicon.svg")
        return sendFile(visit, "image/svg+xml", asset::icon);
    if (first == "favicon.ico")
        return visit.answered(http::Response::redirect("/favicon.svg"));
    notFound(visit);
}

void WebFace::routePost(const Visit& visit) {
    if (!visit.isReadable)
        return say(visit, 400, say::unreadableTitle, say::unreadable);
    if (visit.segments.empty())
        return submit(visit);
    if (visit.segment(0) == "verify" && visit.segments.size() == 2)
        return prove(visit);
    notFound(visit);
}

void WebFace::routeLink(const Visit& visit) {
    const std::string action = visit.segment(2);
    // Told at once, so that nothing is learnt from what comes later.
    if (!m_registry.byLink(visit.link()))
        return notFound(visit);
    if (visit.method == "GET") {
        if (visit.segments.size() == 2)
            return showStatus(visit, 200, {});
        if (action == "tspc.conf")
            return giveFile(visit);
        return action == "give-back" ? askGiveBack(visit) : notFound(visit);
    }
    using Handler = void (WebFace::*)(const Visit&);
    static const std::vector<std::pair<std::string_view, Handler>> handlers{
        {"answer", &WebFace::takeAnswer},
        {"withdraw", &WebFace::withdraw},
        {"credentials", &WebFace::showCredentials},
        {"password", &WebFace::changePassword},
        {"give-back", &WebFace::giveBack}};
    for (const auto& [name, handler] : handlers) {
        if (name != action || visit.segments.size() != 3)
            continue;
        if (!visit.isReadable)
            return say(visit, 400, say::unreadableTitle, say::unreadable);
        if (!isOurForm(visit))
            return showStatus(visit, 403, [&](StatusView& view) {
                view.mistakes = {{{}, say::foreignForm.in(visit.language)}};
            });
        return (this->*handler)(visit);
    }
    notFound(visit);
}

bool WebFace::isOurForm(const Visit& visit) const {
    return m_csrf.check(visit.field("csrf"), visit.visitor, visit.path, system_clock::now()).has_value();
}

Reader WebFace::readerFor(const Visit& visit) const {
    Reader reader;
    reader.language = visit.language;
    if (const auto& registration = m_broker.configuration().registration) {
        reader.organisation = registration->organisation;
        reader.contact = registration->contact;
        reader.hasCharter = !registration->charterFile.empty();
    }
    reader.csrf = [this, visitor = visit.visitor](std::string_view path) {
        return m_csrf.make(visitor, path, system_clock::now());
    };
    return reader;
}

void WebFace::say(const Visit& visit, int status, const Sentence& title, const Sentence& text) const {
    const Reader reader = readerFor(visit);
    visit.answered(page(
        reader, status, {reader.say(title), {}},
        heading(1, reader.say(title)) + paragraph(reader.say(text))));
}

void WebFace::notFound(const Visit& visit) const {
    say(visit, 404, say::notFoundTitle, say::notFound);
}

void WebFace::sendFile(const Visit& visit, std::string_view type, std::string_view file) {
    http::Response response;
    response.with("Content-Type", std::string(type)).with("Cache-Control", "public, max-age=3600");
    response.body = file;
    visit.withoutCookies(std::move(response));
}

// --- sheets of vouchers

std::pair<QString, api::Time> WebFace::keepSheet(const api::VoucherCreated& created) {
    const api::Time now = std::chrono::floor<std::chrono::milliseconds>(system_clock::now());
    const std::string secret = m_sheets.keep(created, now, credentials::systemRandom());
    return {QStringLiteral("/sheet/") + QString::fromStdString(secret), now + SheetShelf::lifetime};
}

void WebFace::showSheet(const Visit& visit) {
    const api::Time now = std::chrono::floor<std::chrono::milliseconds>(system_clock::now());
    const auto secret = credentials::tokenHash(credentials::TokenKind::Link, visit.segment(1));
    const api::VoucherCreated* created = m_sheets.find(visit.segment(1), now);
    if (!secret || !created)
        return notFound(visit);
    const SheetKey key(*secret, visit.language);
    if (m_drawn && m_drawn->key == key)
        return visit.answered(document(200, m_drawn->html));
    std::vector<Answer>& waiting = m_drawing[key];
    waiting.push_back(visit.answered);
    if (waiting.size() > 1)
        return;
    const config::Configuration& configuration = m_broker.configuration();
    const api::VoucherDraft& draft = created->voucher.draft;
    const SheetFacts facts{
        visit.language, configuration.registration ? configuration.registration->organisation : "",
        brokerFor(configuration, broker::fromApi(draft.kind), draft.pool.toStdString())};
    m_drawer.run(this, [this, key, facts, copy = *created] {
        DrawnSheet drawn{key, std::make_shared<const std::string>(voucherSheet(copy, facts))};
        return [this, drawn] { takeDrawn(drawn); };
    });
}

void WebFace::takeDrawn(DrawnSheet drawn) {
    const auto waiting = m_drawing.extract(drawn.key);
    m_drawn = std::move(drawn);
    for (const Answer& answered : waiting.mapped())
        answered(document(200, m_drawn->html));
}

void WebFace::maintain() {
    m_sheets.expire(std::chrono::floor<std::chrono::milliseconds>(system_clock::now()));
    m_drawn.reset();
}

// --- the form

FormRules WebFace::rules() const {
    const config::Configuration& configuration = m_broker.configuration();
    FormRules rules;
    rules.offered = configuration.offeredKinds();
    rules.mailDomains = configuration.registration->mailDomains;
    rules.wantsConsent = !configuration.registration->charterFile.empty();
    rules.writesMail = configuration.mailServer.has_value();
    rules.provesMail = configuration.registration->requireMailVerification;
    rules.today = std::chrono::floor<std::chrono::days>(system_clock::now());
    return rules;
}

/// `view` with what is the same for every visitor.
void WebFace::showForm(const Visit& visit, int status, FormView view) const {
    const config::Registration& registration = *m_broker.configuration().registration;
    if (!registration.charterFile.empty()) {
        const auto text = readCharter(registration.charterFile);
        if (!text) {
            qCWarning(webLog, "event=charter-unreadable reason=\"%s\"", text.error().message.c_str());
            return say(visit, 503, say::charterBrokenTitle, say::charterBroken);
        }
        view.charter = charterMarkup(*text);
    }
    view.rules = rules();
    if (registration.proofOfWorkBits > 0)
        view.challenge = m_work.challenge(
            workPurpose, registration.proofOfWorkBits, system_clock::now(), credentials::systemRandom());
    const Reader reader = readerFor(visit);
    const Frame frame{reader.say(say::formTitle), "/", !view.mistakes.empty(), !view.challenge.empty()};
    visit.answered(page(reader, status, frame, registrationPage(reader, view)));
}

void WebFace::emptyForm(const Visit& visit) const {
    if (!m_broker.configuration().registration)
        return say(visit, 404, say::closedTitle, say::closed);
    showForm(visit, 200, {});
}

std::string WebFace::admit(const Visit& visit) {
    if (m_broker.configuration().registration->proofOfWorkBits == 0)
        return {};
    const std::string solution = visit.field(formField::work);
    if (!solution.empty())
        return m_work.redeem(solution, workPurpose, system_clock::now())
            ? std::string()
            : say::workRefused.in(visit.language);
    return m_withoutScript.take(visit.from, std::chrono::steady_clock::now()).allowed
        ? std::string()
        : say::tooManyWithoutScript.in(visit.language);
}

void WebFace::submit(const Visit& visit) {
    if (!m_broker.configuration().registration)
        return say(visit, 404, say::closedTitle, say::closed);
    FormView view;
    view.form = RegistrationForm::fromPairs(visit.form);
    const Reader reader = readerFor(visit);
    const auto refuse = [&](int status, Mistakes mistakes) {
        view.mistakes = std::move(mistakes);
        showForm(visit, status, view);
    };
    if (!isOurForm(visit))
        return refuse(403, {{{}, reader.say(say::foreignForm)}});
    if (!visit.field(formField::trap).empty())
        return refuse(400, {{{}, reader.say(say::trapped)}});
    if (auto mistakes = mistakesOf(reader, view.form, rules()); !mistakes.empty())
        return refuse(400, std::move(mistakes));
    // Last, because a proof counts once.
    if (const std::string reason = admit(visit); !reason.empty())
        return refuse(visit.field(formField::work).empty() ? 429 : 400, {{{}, reason}});
    m_registry.submit(
        submissionOf(view.form, visit.language), visit.from,
        [self = QPointer<WebFace>(this), visit, view](const Result<broker::Submitted>& submitted) mutable {
            if (submitted)
                return visit.answered(http::Response::redirect("/r/" + submitted->link.toStdString()));
            if (!self)
                return;
            const Error& error = submitted.error();
            const Sentence& sentence = error.code == Code::Invalid ? say::submissionRefused
                : error.code == Code::Busy                         ? say::tooManyFrom
                                                                   : usualSentence(error);
            view.mistakes = {{{}, sentence.in(visit.language)}};
            if (error.code == Code::NotFound || !self->m_broker.configuration().registration)
                return self->say(visit, 404, say::closedTitle, say::closed);
            self->showForm(visit, statusOf(error), view);
        });
}

void WebFace::showCharter(const Visit& visit) const {
    const auto& registration = m_broker.configuration().registration;
    if (!registration || registration->charterFile.empty())
        return notFound(visit);
    const auto text = readCharter(registration->charterFile);
    if (!text)
        return say(visit, 503, say::charterBrokenTitle, say::charterBroken);
    const Reader reader = readerFor(visit);
    visit.answered(page(
        reader, 200, {reader.say(say::charter), "/charter"},
        heading(1, reader.say(say::charter)) + charterMarkup(*text)));
}

// --- the proof of an address

/// The link is followed by programs that look for harm in mails, too: a button tells people from them.
void WebFace::showProof(const Visit& visit) const {
    const std::string secret = visit.segment(1);
    if (!credentials::tokenHash(credentials::TokenKind::Link, secret))
        return say(visit, 404, say::verifyTitle, say::verifyUsed);
    const Reader reader = readerFor(visit);
    Markup content = heading(1, reader.say(say::verifyTitle));
    const bool isAgain = visit.method == "POST"; // and was not taken for ours
    if (isAgain)
        content += summary(reader, {{{}, reader.say(say::foreignForm)}});
    content += paragraph(reader.say(say::verifyIntroduction))
        + postForm(reader, visit.path, button(reader.say(say::verifyButton)));
    visit.answered(
        page(reader, isAgain ? 403 : 200, {reader.say(say::verifyTitle), visit.path, isAgain}, content));
}

void WebFace::prove(const Visit& visit) {
    if (!isOurForm(visit))
        return showProof(visit);
    m_registry.verifyEmail(
        QString::fromStdString(visit.segment(1)), visit.from,
        [self = QPointer<WebFace>(this), visit](const Result<api::RegistrationRequest>& verified) {
            if (!self)
                return;
            if (!verified && verified.error().code == Code::NotFound)
                return self->say(visit, 404, say::verifyTitle, say::verifyUsed);
            // The proof stands, also when the approval that would have followed by itself was impossible.
            const bool isLost = !verified
                && (verified.error().code == Code::System || verified.error().code == Code::Stale);
            if (isLost)
                return self->say(
                    visit, statusOf(verified.error()), say::verifyTitle, usualSentence(verified.error()));
            self->say(visit, 200, say::verifiedTitle, say::verified);
        });
}

// --- behind a link

StatusView WebFace::viewOf(const std::string& link, broker::StatusPage page) const {
    StatusView view;
    view.path = "/r/" + link;
    view.page = std::move(page);
    if (!view.page.account)
        return view;
    const std::string login = view.page.account->name.toStdString();
    const config::AccountKind kind = broker::fromApi(view.page.account->settings.kind);
    if (const auto place = brokerFor(m_broker.configuration(), kind))
        view.profile = profileFor(*place, kind, login, {});
    const store::Tunnel* tunnel = m_broker.tunnelOf("account:" + login);
    const auto active = tunnel ? m_broker.tunnels().find(tunnel->id) : m_broker.tunnels().end();
    if (active == m_broker.tunnels().end())
        return view;
    const dataplane::TunnelCounters& counters = *active->second.counters;
    view.tunnel = TunnelView{*tunnel, broker::trafficOf(counters), active->second.isSilent};
    return view;
}

void WebFace::showStatus(
    const Visit& visit, int status, const std::function<void(StatusView&)>& change) const {
    auto found = m_registry.byLink(visit.link());
    if (!found)
        return notFound(visit);
    StatusView view = viewOf(visit.segment(1), std::move(*found));
    if (visit.done == "answer")
        view.done = say::answerSent.in(visit.language);
    if (visit.done == "password")
        view.done = say::passwordChanged.in(visit.language);
    if (change)
        change(view);
    const Reader reader = readerFor(visit);
    const Frame frame{statusTitle(reader, view), view.path, !view.mistakes.empty()};
    visit.answered(page(reader, status, frame, statusPage(reader, view)));
}

void WebFace::giveFile(const Visit& visit) const {
    auto found = m_registry.byLink(visit.link());
    const StatusView view = viewOf(visit.segment(1), found ? std::move(*found) : broker::StatusPage());
    if (!view.profile)
        return notFound(visit);
    http::Response response
        = http::Response::text(200, clientFile(*view.profile, view.page.request.system.toStdString()));
    response.with("Content-Disposition", "attachment; filename=\"tspc.conf\"");
    visit.answered(std::move(response));
}

void WebFace::askGiveBack(const Visit& visit) const {
    const auto found = m_registry.byLink(visit.link());
    if (!found || !found->account)
        return notFound(visit);
    if (found->account->state == api::AccountState::Suspended)
        return showStatus(visit, 409, [&](StatusView& view) {
            view.mistakes = {{{}, say::giveBackImpossible.in(visit.language)}};
        });
    const Reader reader = readerFor(visit);
    visit.answered(page(
        reader, 200, {reader.say(say::giveBackTitle), visit.path},
        giveBackPage(reader, visit.statusPath(), found->account->name.toStdString())));
}

void WebFace::takeAnswer(const Visit& visit) {
    const std::string most = std::to_string(api::limit::text);
    const QString text = QString::fromStdString(visit.field(statusField::answer))
                             .replace(QStringLiteral("\r\n"), QStringLiteral("\n"));
    m_registry.answerInquiry(
        visit.link(), text, visit.from,
        [self = QPointer<WebFace>(this), visit, text, most](const Result<api::RegistrationRequest>& taken) {
            if (taken)
                return visit.answered(http::Response::redirect(visit.statusPath() + "?done=answer"));
            if (!self)
                return;
            const Error& error = taken.error();
            self->showStatus(visit, statusOf(error), [&](StatusView& view) {
                view.answer = text.toStdString();
                view.mistakes = error.code == Code::Invalid
                    ? Mistakes{{statusField::answer, say::answerMissing.in(visit.language, {most})}}
                    : Mistakes{
                        {{},
                         error.code == Code::Denied ? say::nothingAsked.in(visit.language)
                                                    : usualSentence(error).in(visit.language)}};
            });
        });
}

void WebFace::withdraw(const Visit& visit) {
    m_registry.withdraw(
        visit.link(), visit.from,
        [self = QPointer<WebFace>(this), visit](const Result<api::RegistrationRequest>& withdrawn) {
            if (withdrawn)
                return visit.answered(http::Response::redirect(visit.statusPath()));
            if (!self)
                return;
            const Error& error = withdrawn.error();
            self->showStatus(visit, statusOf(error), [&](StatusView& view) {
                const Sentence& sentence
                    = error.code == Code::Conflict ? say::alreadyDecided : usualSentence(error);
                view.mistakes = {{{}, sentence.in(visit.language)}};
            });
        });
}

void WebFace::showCredentials(const Visit& visit) {
    m_registry.takeCredentials(
        visit.link(), visit.from,
        [self = QPointer<WebFace>(this), visit](const Result<api::Credentials>& taken) {
            if (!self)
                return;
            if (!taken)
                return self->showStatus(visit, statusOf(taken.error()), [&](StatusView& view) {
                    const Sentence& sentence = taken.error().code == Code::Denied
                        ? say::alreadyShown
                        : usualSentence(taken.error());
                    view.mistakes = {{{}, sentence.in(visit.language)}};
                });
            auto found = self->m_registry.byLink(visit.link());
            if (!found || !found->account)
                return self->notFound(visit);
            StatusView view = self->viewOf(visit.segment(1), std::move(*found));
            if (view.profile)
                view.profile->password = taken->password.toStdString();
            const Reader reader = self->readerFor(visit);
            visit.answered(page(
                reader, 200, {reader.say(say::credentialsTitle), {}}, credentialsPage(reader, view, *taken)));
        });
}

void WebFace::changePassword(const Visit& visit) {
    const QString before = QString::fromStdString(visit.field(statusField::oldPassword));
    const QString after = QString::fromStdString(visit.field(statusField::newPassword));
    const Language language = visit.language;
    if (visit.field(statusField::newPasswordAgain) != visit.field(statusField::newPassword))
        return showStatus(visit, 400, [&](StatusView& view) {
            view.mistakes = {{statusField::newPasswordAgain, say::newPasswordDiffers.in(language)}};
        });
    m_registry.changeOwnPassword(
        visit.link(), before, after, visit.from,
        [self = QPointer<WebFace>(this), visit, language](const Result<api::Account>& changed) {
            if (changed)
                return visit.answered(http::Response::redirect(visit.statusPath() + "?done=password"));
            if (!self)
                return;
            const Error& error = changed.error();
            const std::string least = std::to_string(credentials::shortestAccountPassword);
            self->showStatus(visit, statusOf(error), [&](StatusView& view) {
                if (error.code == Code::Invalid)
                    view.mistakes = {{statusField::newPassword, say::newPasswordWeak.in(language, {least})}};
                else if (error.code == Code::Denied)
                    view.mistakes = {{statusField::oldPassword, say::oldPasswordWrong.in(language)}};
                else if (error.code == Code::Busy)
                    view.mistakes = {{{}, say::tooManyTries.in(language)}};
                else if (error.code == Code::NotFound)
                    view.mistakes = {{{}, say::noPasswordYet.in(language)}};
                else
                    view.mistakes = {{{}, usualSentence(error).in(language)}};
            });
        });
}

void WebFace::giveBack(const Visit& visit) {
    m_registry.giveBack(
        visit.link(), visit.from, [self = QPointer<WebFace>(this), visit](const Result<api::Account>& given) {
            if (!self)
                return;
            if (given)
                return self->say(visit, 200, say::givenBackTitle, say::givenBack);
            const Error& error = given.error();
            self->showStatus(visit, statusOf(error), [&](StatusView& view) {
                const bool isImpossible = error.code == Code::Denied || error.code == Code::NotFound;
                const Sentence& sentence = isImpossible ? say::giveBackImpossible : usualSentence(error);
                view.mistakes = {{{}, sentence.in(visit.language)}};
            });
        });
}

} // namespace viaduct::web
