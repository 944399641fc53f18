// SPDX-License-Identifier: GPL-3.0-or-later
// What serves people: the web servers with the API and the registration pages, the staff that may use the
// one, and the letters to those who used the other.
#pragma once

#include "server/RefusedLogins.h"
#include "server/WebServers.h"
#include "server/api/ApiFace.h"
#include "server/broker/Registry.h"
#include "server/mail/Sender.h"
#include "server/web/WebFace.h"

namespace viaduct {

class Administration : public QObject {
    Q_OBJECT
public:
    struct Rooms {
        broker::Broker& broker;
        broker::Registry& registry;
        broker::Reservations& reservations;
        store::Store& store;
        revisions::Keeper& keeper;
        std::string stateDirectory;
    };
    /// To be made after Broker::restore().
    explicit Administration(const Rooms& rooms, QObject* parent = nullptr);
    ~Administration() override;

    /// At start, before apply().
    Result<void> load(const store::Snapshot& snapshot);
    /// Until the first administrator's password lies in its file, at the first start with an API. Runs the
    /// event loop.
    void awaitFirstPassword();
    /// For whoever knows more of how the broker is.
    face::HealthMonitor& health() { return m_api.health(); }
    /// Listens as the configuration says. On an error everything is as before.
    Result<void> apply(const config::Configuration& configuration);
    /// The password that an administrator logs in with for the first time, in the state directory.
    static std::string firstPasswordFile(const std::string& stateDirectory);

Q_SIGNALS:
    void welcomed();

private:
    void welcome();
    void takeWelcome(const Result<std::optional<api::Credentials>>& made);
    void write(const api::Credentials& credentials);
    void maintain();
    void logRefusedLogin(const std::string& login, const IpAddress& from, const std::string& reason);
    void send(const broker::Notice& notice);
    api::PartHealth mailHealth() const;
    std::pair<QString, api::Time> keepSheet(const api::VoucherCreated& created);

    broker::Broker& m_broker;
    broker::Registry& m_registry;
    std::string m_stateDirectory;
    broker::Staff m_staff;
    mail::Sender m_mail;
    web::WebFace m_pages;
    face::ApiFace m_api;
    WebServers m_servers;
    QString m_mailTrouble; ///< a sentence; empty: it works
    enum class Welcome { NotYet, UnderWay, Done };
    Welcome m_welcome = Welcome::NotYet;
    QString m_firstLogin; ///< whose password lies in the state directory
    RefusedLogins m_refused;
    QTimer m_maintenance;
};

/// viaductd --reset-password LOGIN: a new password for a person of the console, or the first one, printed;
/// the broker must not be running. Returns the exit code.
int resetPassword(const std::string& stateDirectory, const std::string& login);

} // namespace viaduct
