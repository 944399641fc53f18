// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/Administration.h"

#include "server/credentials/Random.h"
#include "server/revisions/Keeper.h"
#include "server/web/Letters.h"

#include <QEventLoop>
#include <QFile>
#include <QLoggingCategory>
#include <QSaveFile>
#include <QSysInfo>

#include <algorithm>
#include <cstdio>

namespace viaduct {

namespace {
Q_LOGGING_CATEGORY(logStaff, "viaduct.staff")
Q_LOGGING_CATEGORY(logMail, "viaduct.mail")

constexpr std::chrono::minutes maintenanceInterval{1};
const broker::Actor theSystem{"system", {}, api::Role::Administrator};

/// Forms that lie open over a restart have to be sent once more, and no more is lost than that.
credentials::ServerKey freshKey() {
    credentials::ServerKey key{};
    credentials::systemRandom()(key);
    return key;
}

bool servesApi(const config::Configuration& configuration) {
    return std::any_of(
        configuration.webServers.begin(), configuration.webServers.end(),
        [](const config::WebServer& server) { return server.servesApi; });
}

const char* wordOf(broker::Notice::Kind kind) {
    using Kind = broker::Notice::Kind;
    switch (kind) {
    case Kind::VerifyAddress:
        return "verify-address";
    case Kind::Approved:
        return "approved";
    case Kind::Refused:
        return "refused";
    case Kind::Question:
        return "question";
    case Kind::ExpiresSoon:
        return "expires-soon";
    }
    return "";
}

/// What an operation of the staff answers, waited for.
template <typename T, typename Call>
Result<T> waitFor(Call call) {
    QEventLoop loop;
    std::optional<Result<T>> result;
    call(broker::Answered<T>([&](Result<T> answer) {
        result = std::move(answer);
        loop.quit();
    }));
    if (!result)
        loop.exec();
    return std::move(*result);
}
} // namespace

std::string Administration::firstPasswordFile(const std::string& stateDirectory) {
    return stateDirectory + "/first-password";
}

Administration::Administration(const Rooms& rooms, QObject* parent)
    : QObject(parent), m_broker(rooms.broker), m_registry(rooms.registry),
      m_stateDirectory(rooms.stateDirectory), m_staff(rooms.store),
      m_pages(rooms.broker, rooms.registry, freshKey()),
      m_api(
          {rooms.broker, rooms.registry, rooms.reservations, m_staff, rooms.store, rooms.keeper,
           rooms.stateDirectory + "/viaduct.db"}),
      m_servers(
          rooms.stateDirectory,
          {[this](const http::Request& request, const http::Responder& responder) {
               m_api.handle(request, responder);
           },
           [this](const http::Request& request, const http::Responder& responder) {
               m_pages.handle(request, responder);
           },
           &face::ApiFace::bodyLimit, &web::WebFace::bodyLimit}),
      m_refused(logStaff) {
    m_api.setSheet([this](const api::VoucherCreated& created) { return keepSheet(created); });
    m_api.health().setCertificate([this]() -> std::optional<api::Time> {
        const auto end = m_servers.certificateEnd();
        return end ? std::optional(std::chrono::floor<std::chrono::milliseconds>(*end)) : std::nullopt;
    });
    m_api.health().addPart([this] { return mailHealth(); });
    connect(&m_mail, &mail::Sender::serverFails, this, [this](const std::string& reason) {
        m_mailTrouble = QString::fromStdString(reason);
    });
    connect(&m_maintenance, &QTimer::timeout, this, [this] { maintain(); });
    m_maintenance.start(maintenanceInterval);
    m_registry.setNotifier([this](const broker::Notice& notice) { send(notice); });
    connect(
        &m_staff, &broker::Staff::loginRefused, this,
        [this](const std::string& login, const IpAddress& from, const std::string& reason) {
            logRefusedLogin(login, from, reason);
        });
}

Administration::~Administration() {
    m_registry.setNotifier({});
}

Result<void> Administration::load(const store::Snapshot& snapshot) {
    QFile file(QString::fromStdString(firstPasswordFile(m_stateDirectory)));
    if (file.open(QIODevice::ReadOnly))
        m_firstLogin = QString::fromUtf8(file.readLine(200)).section(u' ', 0, 0);
    return m_staff.load(snapshot);
}

Result<void> Administration::apply(const config::Configuration& configuration) {
    if (auto listening = m_servers.apply(configuration); !listening)
        return listening;
    m_mail.apply(configuration.mailServer, configuration.hostname);
    m_staff.setBroker(
        configuration.hostname.empty() ? QSysInfo::machineHostName()
                                       : QString::fromStdString(configuration.hostname));
    if (servesApi(configuration))
        welcome();
    return {};
}

void Administration::welcome() {
    if (m_welcome != Welcome::NotYet)
        return;
    m_welcome = Welcome::UnderWay;
    m_staff.welcome([this](const Result<std::optional<api::Credentials>>& made) {
        takeWelcome(made);
        Q_EMIT welcomed();
    });
}

void Administration::takeWelcome(const Result<std::optional<api::Credentials>>& made) {
    m_welcome = made ? Welcome::Done : Welcome::NotYet; // else at the next reload
    if (!made)
        qCCritical(logStaff, "event=no-administrator reason=\"%s\"", made.error().message.c_str());
    else if (*made)
        write(**made);
}

void Administration::awaitFirstPassword() {
    QEventLoop loop;
    connect(this, &Administration::welcomed, &loop, &QEventLoop::quit);
    if (m_welcome == Welcome::UnderWay)
        loop.exec();
}

/// A file, as the journal is read by many and kept for long.
void Administration::write(const api::Credentials& credentials) {
    const QString name = QString::fromStdString(firstPasswordFile(m_stateDirectory));
    QSaveFile file(name);
    const bool written = file.open(QIODevice::WriteOnly)
        && file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner)
        && file.write((credentials.login + u' ' + credentials.password + u'\n').toUtf8()) > 0
        && file.commit();
    if (!written) {
        qCCritical(
            logStaff,
            "event=first-password-lost file=\"%s\" reason=\"%s\" Stop the broker and give a password with "
            "`viaductd --reset-password admin`.",
            qPrintable(name), qPrintable(file.errorString()));
    } else {
        m_firstLogin = credentials.login;
        qCInfo(
            logStaff,
            "event=first-administrator login=%s file=\"%s\" The file holds the password for the first "
            "log-in; "
            "it is to be changed then.",
            qPrintable(credentials.login), qPrintable(name));
    }
}

void Administration::maintain() {
    m_staff.maintain(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
    m_pages.maintain();
    // Of no use any more once another was chosen.
    if (!m_firstLogin.isEmpty() && !m_staff.mustChangePassword(m_firstLogin)) {
        m_firstLogin.clear();
        QFile::remove(QString::fromStdString(firstPasswordFile(m_stateDirectory)));
    }
}

void Administration::logRefusedLogin(
    const std::string& login, const IpAddress& from, const std::string& reason) {
    // What would end the quotes could be taken for fields of ours.
    const QString who = QString::fromStdString(login).left(64).simplified().remove(u'"').remove(u'\\');
    m_refused.log(
        "event=login-refused who=\"" + who.toStdString() + "\" from=" + from.text() + " reason=\"" + reason
        + '"');
}

void Administration::send(const broker::Notice& notice) {
    const config::Configuration& configuration = m_broker.configuration();
    const config::WebServer* const pages = pagesServer(configuration);
    if (!configuration.mailServer || !configuration.registration || !pages || notice.to.isEmpty())
        return;
    const web::Letter letter = web::letterOf(
        notice,
        {QString::fromStdString(configuration.registration->organisation),
         QString::fromStdString(configuration.registration->contact),
         QString::fromStdString(originOf(configuration, *pages))});
    m_mail.send(
        {letter.to, letter.subject, letter.text, notice.language},
        [kind = notice.kind](const Result<void>& sent) {
            if (!sent) // nobody else knows that the person was not told
                qCWarning(
                    logMail, "event=mail-not-sent kind=%s reason=\"%s\"", wordOf(kind),
                    sent.error().message.c_str());
        });
}

api::PartHealth Administration::mailHealth() const {
    api::PartHealth health;
    health.part = QStringLiteral("mail");
    if (!m_broker.configuration().mailServer) {
        health.sentence = QStringLiteral("No mail server is configured: nobody gets a letter.");
    } else {
        health.kind = QStringLiteral("smtp");
        health.status = m_mailTrouble.isEmpty() ? api::Status::Ok : api::Status::Degraded;
        health.sentence = m_mailTrouble.isEmpty()
            ? QStringLiteral("%1 letters wait.").arg(m_mail.waiting())
            : QStringLiteral("%1 letters wait: %2").arg(m_mail.waiting()).arg(m_mailTrouble.left(1000));
    }
    return health;
}

/// Where the pages are; without them the console prints it.
std::pair<QString, api::Time> Administration::keepSheet(const api::VoucherCreated& created) {
    const config::WebServer* const pages = pagesServer(m_broker.configuration());
    if (!pages)
        return {};
    const auto [path, until] = m_pages.keepSheet(created);
    return {QString::fromStdString(originOf(m_broker.configuration(), *pages)) + path, until};
}

int resetPassword(const std::string& stateDirectory, const std::string& login) {
    auto store = store::Store::open(stateDirectory);
    const auto snapshot = store ? (*store)->load() : tl::unexpected(store.error());
    if (!snapshot) {
        std::fprintf(stderr, "viaductd: %s\n", snapshot.error().message.c_str());
        return 1;
    }
    broker::Staff staff(**store);
    if (auto loaded = staff.load(*snapshot); !loaded) {
        std::fprintf(stderr, "viaductd: %s\n", loaded.error().message.c_str());
        return 1;
    }
    const auto first
        = waitFor<std::optional<api::Credentials>>([&](auto answered) { staff.welcome(answered); });
    Result<api::Credentials> made
        = first && *first ? Result<api::Credentials>(**first) : waitFor<api::Credentials>([&](auto answered) {
              staff.resetPersonPassword(QString::fromStdString(login), theSystem, answered);
          });
    if (!made) {
        std::fprintf(stderr, "viaductd: %s\n", made.error().message.c_str());
        return 1;
    }
    std::printf(
        "%s %s\nIt must be changed at the next log-in.\n", qPrintable(made->login),
        qPrintable(made->password));
    return 0;
}

} // namespace viaduct
