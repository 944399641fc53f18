// SPDX-License-Identifier: GPL-3.0-or-later
// The one writer: it alone changes who holds which address and which tunnels are up. Every face asks it; what
// it answers is durable; what has happened it tells by happened(), after the database has committed.
#pragma once

#include "server/accounts/Accounts.h"
#include "server/broker/Actor.h"
#include "server/broker/Ledger.h"
#include "server/broker/PasswordWork.h"
#include "server/broker/TunnelPolicy.h"
#include "server/credentials/LoginThrottle.h"
#include "server/dataplane/DataPlane.h"
#include "server/store/Store.h"

#include <QObject>

#include <deque>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace viaduct::broker {

/// Who has logged in; no account: an anonymous client.
struct Identity {
    std::optional<accounts::Account> account;
    /// Whether the client has shown that it receives at the address it sends from: over TCP, or by a
    /// challenge.
    bool provedAddress = false;
};

struct Login {
    tsp::LoginAnswer answer;
    Identity identity; ///< of use only when the answer is Granted
};

class Broker : public QObject {
    Q_OBJECT
public:
    Broker(store::Store& store, dataplane::DataPlane& dataPlane, QObject* parent = nullptr);

    /// At start: takes over what the store knows, so that every tunnel carries packets again before its
    /// client speaks; then as apply().
    Result<void> restore(const config::Configuration& configuration, const store::Snapshot& snapshot);
    /// Makes `configuration` the running one. On an error nothing has changed. Tunnels and blocks that it no
    /// longer provides for are taken down and released; static tunnels come and go.
    Result<void> apply(const config::Configuration& configuration);
    const config::Configuration& configuration() const { return m_configuration; }
    struct Losses {
        std::size_t tunnels = 0; ///< that go down
        std::size_t blocks = 0; ///< that go into quarantine
    };
    /// What apply() would take from people, or the error that it would give. Nothing changes.
    Result<Losses> losses(const config::Configuration& configuration);

    /// What a new dialogue is told instead of CAPABILITY, if anything: 530 while nothing can be made durable,
    /// or a redirect.
    std::optional<tsp::Refusal> refusal(const Caller& caller) const;

    /// Answered before the call returns where the check is quick, else later: a PLAIN password of a stored
    /// account costs PBKDF2, which is done in threads of its own. Never answered when too many of these wait,
    /// or when nobody can say: silence makes the clients try again, a refusal ends them.
    void authenticate(
        const Caller& caller, const tsp::Credentials& credentials, std::function<void(Login)> answered);

    /// The answer comes when it is durable. Without a value there is none to give: the database failed, and
    /// silence is the only thing after which the clients try again.
    using TunnelAnswered = std::function<void(std::optional<tsp::TunnelAnswer>)>;
    void requestTunnel(
        const Caller& caller, const Identity& identity, const tsp::TunnelRequest& request,
        TunnelAnswered answered);

    /// To be called every now and then: notes which tunnels have fallen silent, takes down those of anonymous
    /// clients that have, and sets up static tunnels that could not be made durable before.
    void maintain();

    struct ActiveTunnel {
        store::Tunnel tunnel;
        std::shared_ptr<dataplane::TunnelCounters> counters;
        /// Nothing was heard from the client for so long that nothing is sent to it any more. The tunnel of
        /// an account stays, for its client cannot know: its next packet wakes it up.
        bool isSilent = false;
    };
    const std::unordered_map<std::int64_t, ActiveTunnel>& tunnels() const { return m_tunnels; }
    /// How full a pool is, now; null when there is none of that name. To be read before the event loop goes
    /// on.
    const addressing::OccupancyMap* occupancy(std::string_view pool);
    /// The tunnel of a holder; null when it has none.
    const store::Tunnel* tunnelOf(const store::Holder& holder) const;
    std::vector<std::pair<std::string, Prefix>> heldBy(const store::Holder& holder) const {
        return m_ledger.heldBy(holder);
    }
    /// Who holds or had what; to be looked at, the broker alone changes it.
    const Ledger& ledger() const { return m_ledger; }

    // --- for the administrators

    /// Takes a tunnel down; its client may come back at once. NotFound: there is none of that id. Invalid: a
    /// static one, which the configuration would set up again. Busy: its next one is being set up.
    void disconnect(std::int64_t id, const std::string& reason, const Actor& actor, Answered<void> answered);

    // --- for Reservations, which writes them

    /// As Ledger's. What was reserved before restore() or apply() stays so.
    Result<void> reserve(const Prefix& part) { return m_ledger.reserve(part); }
    void unreserve(const Prefix& part) { m_ledger.unreserve(part); }
    /// At start, before restore().
    void adoptReservations(const std::vector<Prefix>& parts) { m_ledger.adoptReservations(parts); }

    // --- for the Registry, which writes accounts

    /// Those of the configuration too; null when there is none.
    const accounts::Account* account(const std::string& name) const { return m_accounts.find(name); }
    bool isConfigured(const std::string& name) const { return m_accounts.isConfigured(name); }
    /// A stored account that is durable, new or changed. It counts from now on: its tunnel goes down at once
    /// if it may not have it any more, or goes on by the new limits, and what an expired one holds goes into
    /// quarantine.
    void putAccount(accounts::Account account);
    /// A stored account that is gone, with whatever it may hold.
    void dropAccount(const std::string& name);
    /// The end of a stored account, in one commit: its tunnel, its blocks, what is known of its past, which
    /// `pseudonym` bears from then on, and `changes` before that. Busy while a tunnel of it is being set up.
    void endAccount(
        const std::string& name, const store::Holder& pseudonym, const std::string& reason,
        std::vector<store::Change> changes, std::function<void(const Result<void>&)> done);
    /// Somebody who knows about accounts that are not here (RADIUS). Answers in the main thread with a stored
    /// account that is durable and was put here, with the reason of a refusal, or, by an error of Busy, that
    /// nobody can say now.
    using Vouched = std::function<void(const Result<accounts::Account>&)>;
    void setStrangers(std::function<void(const tsp::PlainLogin& login, Vouched vouched)> ask);
    /// The account of somebody whom RADIUS knows: many a directory does not tell Alice from alice, and one
    /// person has one account.
    static std::string radiusName(const std::string& user);
    /// At start: the account logged in from there at that time, so that strangers cannot keep it out there.
    void rememberPlace(const std::string& name, const IpAddress& from, store::TimePoint when);
    /// The password was set anew, or an administrator helps who has to wait.
    void unlock(const std::string& name) { m_throttle.unlock(name); }

Q_SIGNALS:
    void happened(const viaduct::broker::Event& event);
    void loggedIn(const std::string& account, const viaduct::IpAddress& from);
    /// A tunnel that gives way to the next one of its holder, of which alone happened() tells, and what it
    /// had carried.
    void replaced(const viaduct::store::Tunnel& tunnel, const viaduct::broker::event::Traffic& traffic);

private:
    struct OuterKey {
        TunnelMode mode;
        Endpoint local;
        Endpoint remote;
        friend auto operator<=>(const OuterKey&, const OuterKey&) = default;
    };
    struct Request {
        Caller caller;
        Identity identity;
        tsp::TunnelRequest request;
        TunnelAnswered answered;
    };
    struct DrawnTunnel {
        store::Tunnel tunnel;
        Draft draft;
    };

    using SteadyTime = std::chrono::steady_clock::time_point;

    /// A login on its way.
    struct Attempt {
        Caller caller;
        std::string user;
        bool provedAddress = false;
        std::function<void(Login)> answered;
    };
    void refuseLogin(const Attempt& attempt, const std::string& reason);
    void verifySlowly(const Attempt& attempt, const tsp::PlainLogin& login);
    void askStrangers(const Attempt& attempt, const tsp::PlainLogin& login);
    void judge(const Attempt& attempt, bool isRight, const std::string& responseAuth = {});
    void grant(const Attempt& attempt, std::optional<accounts::Account> account, std::string responseAuth);
    bool mayStillHave(const store::Tunnel& tunnel) const;
    void releaseAll(const store::Holder& holder);

    static OuterKey outerKey(const store::Tunnel& tunnel);

    struct Shape {
        accounts::Accounts accounts; ///< without the stored ones
        Ledger ledger;
        Draft draft;
        std::vector<DrawnTunnel> staticTunnels;
    };
    Result<Shape>
    drawShape(const config::Configuration& configuration, const std::vector<store::Allocation>& allocations);
    Result<void>
    reshape(const config::Configuration& configuration, const std::vector<store::Allocation>& allocations);
    bool keepsTunnel(const store::Tunnel& tunnel) const;
    void takeDownUnprovided();
    void noteSilence(ActiveTunnel& active, bool isSilent);
    std::size_t anonymousTunnelsAt(const IpAddress& address) const;
    dataplane::TunnelEntry tableEntry(const ActiveTunnel& active) const;
    Result<std::vector<DrawnTunnel>>
    drawStaticTunnels(const config::Configuration& configuration, Ledger& ledger);
    void setUpMissingStaticTunnels();
    Result<DrawnTunnel>
    drawStatic(const config::Configuration& configuration, const config::StaticTunnel& wish, Ledger& ledger);
    void setUpStaticTunnels(std::vector<DrawnTunnel> drawnTunnels);

    void process(const store::Holder& holder, const Request& request);
    void finished(const store::Holder& holder);
    tl::expected<DrawnTunnel, tsp::Status> draw(const store::Holder& holder, const Request& request);
    tl::expected<void, tsp::Status>
    drawOuter(const config::TunnelServer& tunnelServer, const Request& request, store::Tunnel& tunnel) const;
    void noteConnected(DrawnTunnel& drawn, store::TimePoint time);
    tl::expected<void, tsp::Status>
    drawInner(const config::TunnelServer& tunnelServer, const Request& request, DrawnTunnel& drawn);

    void commit(Draft draft, std::function<void(bool durable)> done);
    /// For what has happened already: it cannot be undone, so it is owed to the database until it is there.
    void commitAtLast(Draft draft);
    void noteStoreFailure(const Error& error);
    void carry(const store::Tunnel& tunnel, bool restored);
    void takeDown(std::int64_t id, const std::string& reason);
    void dropUncarried(const store::Tunnel& tunnel);
    void commitDisconnect(const store::Tunnel& tunnel, Draft draft, Answered<void> answered);
    ActiveTunnel forget(std::int64_t id);
    void drawActive(const store::Tunnel& tunnel, bool active);

    const store::Tunnel* tunnelAt(const OuterKey& key) const;
    std::optional<tsp::Refusal> redirect(const Caller& caller, config::Redirect::Stage stage) const;

    store::Store& m_store;
    dataplane::DataPlane& m_dataPlane;
    config::Configuration m_configuration;
    accounts::Accounts m_accounts;
    credentials::LoginThrottle m_throttle;
    std::function<void(const tsp::PlainLogin&, Vouched)> m_strangers;
    std::unordered_multiset<std::string> m_asked; ///< names of which m_strangers is asked
    Ledger m_ledger;
    std::int64_t m_nextTunnelId = 1;
    std::optional<SteadyTime> m_storeFailedAt;
    std::size_t m_silent = 0; ///< of the tunnels

    std::unordered_map<std::int64_t, ActiveTunnel> m_tunnels;
    std::unordered_map<store::Holder, std::int64_t> m_byHolder;
    std::map<OuterKey, std::int64_t> m_byOuter;
    std::map<IpAddress, std::size_t> m_anonymousBySite; ///< tunnels of anonymous clients
    /// Holders with changes on their way to the disk, and the requests of each that wait their turn.
    std::unordered_map<store::Holder, std::deque<Request>> m_busy;
    PasswordWork m_passwords; ///< last: what it still does ends before the rest goes
};

} // namespace viaduct::broker
