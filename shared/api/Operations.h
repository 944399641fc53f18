// SPDX-License-Identifier: GPL-3.0-or-later
// Every operation of the admin API, once: method, path, least role, and the types of what is sent and
// answered. The client calls by these constants, the broker makes its routes of them, and the OpenAPI
// document is written from them, so that the three cannot differ.
#pragma once

#include "shared/api/Accounts.h"
#include "shared/api/Addressing.h"
#include "shared/api/Configuration.h"
#include "shared/api/Health.h"
#include "shared/api/History.h"
#include "shared/api/Reports.h"
#include "shared/api/Requests.h"
#include "shared/api/Session.h"
#include "shared/api/Tunnels.h"

namespace viaduct::api {

inline constexpr const char* basePath = "/api/v1";

enum class Method { Get, Post, Put, Delete };
template <>
struct Words<Method> {
    static constexpr std::array list{"GET", "POST", "PUT", "DELETE"};
};

/// Of a body or an answer that is not plain JSON.
enum class Media { Json, Csv, JsonOrCsv, EventStream };

struct OperationInfo {
    const char* id; ///< operationId; also the audit's action
    Method method;
    const char* path; ///< behind basePath; {name} stands for one percent-encoded segment
    std::optional<Role> least; ///< absent: anyone, without a login
    const char* summary;
    const char* query = ""; ///< names of parameters, with spaces between; OpenApi.cpp says what each is
    const char* sort = nullptr; ///< fields that sort= takes, the default first; null: no list
    bool ifMatch
        = false; ///< needs If-Match with the ETag of the resource: 428 without, 412 if it has changed
    int status = 200; ///< of success
    Media body = Media::Json;
    Media answer = Media::Json;
};

/// `Body` and `Answer` are Nothing where there is none. What is no JSON (CSV, events) is Nothing here too.
template <typename BodyType, typename AnswerType>
struct Operation : OperationInfo {
    using Body = BodyType;
    using Answer = AnswerType;
};

namespace operation {

inline constexpr auto Get = Method::Get;
inline constexpr auto Post = Method::Post;
inline constexpr auto Put = Method::Put;
inline constexpr auto Delete = Method::Delete;
inline constexpr std::optional<Role> anyone;
inline constexpr auto requester = Role::Requester;
inline constexpr auto viewer = Role::Viewer;
inline constexpr auto operators = Role::Operator;
inline constexpr auto administrator = Role::Administrator;

// clang-format off
// Who speaks.
inline constexpr Operation<Login, Session> logIn{{"logIn", Post, "/session", anyone, "Log in with a password", "", nullptr, false, 201}};
inline constexpr Operation<Nothing, Session> showSession{{"showSession", Get, "/session", requester, "Who am I, and what may I do?"}};
inline constexpr Operation<Nothing, Nothing> logOut{{"logOut", Delete, "/session", requester, "End this session", "", nullptr, false, 204}};
inline constexpr Operation<PasswordChange, Nothing> changeOwnPassword{{"changeOwnPassword", Put, "/session/password", requester, "Change my password; my other sessions end", "", nullptr, false, 204}};
inline constexpr Operation<Nothing, TotpSecret> beginTotp{{"beginTotp", Post, "/session/totp", requester, "Make the secret of an authenticator", "", nullptr, false, 201}};
inline constexpr Operation<TotpCode, Nothing> confirmTotp{{"confirmTotp", Put, "/session/totp", requester, "Show that the authenticator works; from then on it is needed", "", nullptr, false, 204}};
inline constexpr Operation<TotpCode, Nothing> removeTotp{{"removeTotp", Post, "/session/totp/remove", requester, "Log in without an authenticator again; a code of it shows that it is you", "", nullptr, false, 204}};

// People of the console, tokens of programs.
inline constexpr Operation<Nothing, Page<Person>> listPeople{{"listPeople", Get, "/people", administrator, "People who may use the console", "role q", "login name lastLogin"}};
inline constexpr Operation<PersonDraft, PersonCreated> createPerson{{"createPerson", Post, "/people", administrator, "Let somebody use the console", "", nullptr, false, 201}};
inline constexpr Operation<Nothing, Person> showPerson{{"showPerson", Get, "/people/{login}", administrator, "One person"}};
inline constexpr Operation<PersonSettings, Person> changePerson{{"changePerson", Put, "/people/{login}", administrator, "Change name, role or suspension", "", nullptr, true}};
inline constexpr Operation<Nothing, Nothing> deletePerson{{"deletePerson", Delete, "/people/{login}", administrator, "Take the access away; sessions and tokens end", "", nullptr, true, 204}};
inline constexpr Operation<Nothing, Credentials> resetPersonPassword{{"resetPersonPassword", Post, "/people/{login}/reset-password", administrator, "Give a new password, to be changed at the first log-in; the authenticator is removed"}};
inline constexpr Operation<Nothing, Page<Token>> listTokens{{"listTokens", Get, "/tokens", administrator, "API tokens", "role q", "name created expires"}};
inline constexpr Operation<TokenDraft, TokenCreated> createToken{{"createToken", Post, "/tokens", administrator, "Make a token for a program", "", nullptr, false, 201}};
inline constexpr Operation<Nothing, Nothing> deleteToken{{"deleteToken", Delete, "/tokens/{id}", administrator, "Revoke a token, at once", "", nullptr, false, 204}};

// Registration requests.
inline constexpr Operation<Nothing, Page<RegistrationRequest>> listRequests{{"listRequests", Get, "/requests", viewer, "Registration requests", "requestState kind organisation email q", "-received received organisation name state"}};
inline constexpr Operation<Nothing, RegistrationRequest> showRequest{{"showRequest", Get, "/requests/{id}", viewer, "One request"}};
inline constexpr Operation<Approval, RegistrationRequest> approveRequest{{"approveRequest", Post, "/requests/{id}/approve", operators, "Approve: the account exists at once, the person is told when undo is over", "", nullptr, true}};
inline constexpr Operation<Reason, RegistrationRequest> refuseRequest{{"refuseRequest", Post, "/requests/{id}/refuse", operators, "Refuse, with a reason for the person", "", nullptr, true}};
inline constexpr Operation<Inquiry, RegistrationRequest> askRequest{{"askRequest", Post, "/requests/{id}/ask", operators, "Ask the person back", "", nullptr, true}};
inline constexpr Operation<Nothing, RegistrationRequest> undoRequest{{"undoRequest", Post, "/requests/{id}/undo", operators, "Take the decision back, until undoUntil", "", nullptr, true}};

// Accounts and vouchers.
inline constexpr Operation<Nothing, Page<Account>> listAccounts{{"listAccounts", Get, "/accounts", viewer, "Accounts", "accountState kind origin organisation tag voucher email q", "name created -created lastLogin -lastLogin organisation validUntil"}};
inline constexpr Operation<AccountDraft, AccountCreated> createAccount{{"createAccount", Post, "/accounts", operators, "Make an account", "", nullptr, false, 201}};
inline constexpr Operation<Nothing, Account> showAccount{{"showAccount", Get, "/accounts/{name}", viewer, "One account"}};
inline constexpr Operation<AccountSettings, Account> changeAccount{{"changeAccount", Put, "/accounts/{name}", operators, "Change all that can be changed of it", "", nullptr, true}};
inline constexpr Operation<Reason, Account> suspendAccount{{"suspendAccount", Post, "/accounts/{name}/suspend", operators, "Suspend: no log-in, and its tunnel goes down within a second"}};
inline constexpr Operation<Nothing, Account> resumeAccount{{"resumeAccount", Post, "/accounts/{name}/resume", operators, "Let a suspended account log in again"}};
inline constexpr Operation<Nothing, Credentials> resetAccountPassword{{"resetAccountPassword", Post, "/accounts/{name}/reset-password", operators, "Give a new password, shown once"}};
inline constexpr Operation<Nothing, Nothing> eraseAccount{{"eraseAccount", Delete, "/accounts/{name}", administrator, "Erase personal data; the history keeps a pseudonym until its retention ends", "", nullptr, true, 204}};
inline constexpr Operation<Nothing, ImportResult> importAccounts{{"importAccounts", Post, "/imports/accounts", administrator, "Accounts from CSV: checked whole before anything is done", "dryRun", nullptr, false, 200, Media::Csv}};
inline constexpr Operation<Nothing, Nothing> exportAccounts{{"exportAccounts", Get, "/exports/accounts", operators, "All accounts as CSV, in the form that an import takes", "accountState kind origin organisation tag voucher", nullptr, false, 200, Media::Json, Media::Csv}};
inline constexpr Operation<Nothing, Page<Voucher>> listVouchers{{"listVouchers", Get, "/vouchers", viewer, "Vouchers of events", "voucherState q", "-created created event validFrom"}};
inline constexpr Operation<VoucherDraft, VoucherCreated> createVoucher{{"createVoucher", Post, "/vouchers", operators, "Make N accounts for an event", "", nullptr, false, 201}};
inline constexpr Operation<Nothing, Voucher> showVoucher{{"showVoucher", Get, "/vouchers/{id}", viewer, "One voucher"}};
inline constexpr Operation<Nothing, Nothing> withdrawVoucher{{"withdrawVoucher", Delete, "/vouchers/{id}", operators, "Withdraw: its accounts expire now", "", nullptr, false, 204}};

// The addressing plan.
inline constexpr Operation<Nothing, Page<Pool>> listPools{{"listPools", Get, "/pools", viewer, "Pools, with their use and forecast", "q", "name prefix"}};
inline constexpr Operation<Nothing, Pool> showPool{{"showPool", Get, "/pools/{name}", viewer, "One pool"}};
inline constexpr Operation<Nothing, PoolMap> showPoolMap{{"showPoolMap", Get, "/pools/{name}/map", viewer, "Counts per state, per sub-prefix; the time it takes grows with the depth, not with the pool", "prefix depth at"}};
inline constexpr Operation<Nothing, Page<Allocation>> listAllocations{{"listAllocations", Get, "/allocations", viewer, "Who holds what", "pool within holder account organisation blockState", "block since -since holder"}};
inline constexpr Operation<Nothing, Page<Reservation>> listReservations{{"listReservations", Get, "/reservations", viewer, "What is set aside", "pool within", "prefix created"}};
inline constexpr Operation<ReservationDraft, Reservation> createReservation{{"createReservation", Post, "/reservations", operators, "Set a part of a pool aside", "", nullptr, false, 201}};
inline constexpr Operation<Nothing, Nothing> deleteReservation{{"deleteReservation", Delete, "/reservations/{id}", operators, "Give it back to the pool", "", nullptr, false, 204}};

// Tunnels.
inline constexpr Operation<Nothing, Page<Tunnel>> listTunnels{{"listTunnels", Get, "/tunnels", viewer, "Tunnels that are up", "mode tunnelServer account organisation within outer q", "id -id holder since -since -rate innerClient outerRemote"}};
inline constexpr Operation<Nothing, Tunnel> showTunnel{{"showTunnel", Get, "/tunnels/{id}", viewer, "One tunnel"}};
inline constexpr Operation<Reason, Nothing> disconnectTunnel{{"disconnectTunnel", Post, "/tunnels/{id}/disconnect", operators, "Take it down; the client may come back", "", nullptr, false, 204}};
inline constexpr Operation<Nothing, Page<StaticTunnel>> listStaticTunnels{{"listStaticTunnels", Get, "/static-tunnels", viewer, "Static tunnels of the configuration", "q", "name destination"}};
inline constexpr Operation<Nothing, StaticTunnel> showStaticTunnel{{"showStaticTunnel", Get, "/static-tunnels/{name}", viewer, "One static tunnel"}};
inline constexpr Operation<Nothing, RouterSnippet> showRouterSnippet{{"showRouterSnippet", Get, "/static-tunnels/{name}/snippets/{system}", viewer, "What to paste into the router at the other end"}};

// Configuration.
inline constexpr Operation<Nothing, RunningConfiguration> showConfiguration{{"showConfiguration", Get, "/configuration", operators, "The running configuration"}};
inline constexpr Operation<ConfigurationText, ConfigurationCheck> checkConfiguration{{"checkConfiguration", Post, "/configuration/check", operators, "Every mistake of a text, and its effects; nothing is done"}};
inline constexpr Operation<ConfigurationText, ConfigurationDiff> diffConfiguration{{"diffConfiguration", Post, "/configuration/diff", operators, "From the running configuration to a text"}};
inline constexpr Operation<ConfigurationApply, ConfigurationState> applyConfiguration{{"applyConfiguration", Post, "/configuration/apply", administrator, "Make a text the running configuration, if need be with automatic rollback", "", nullptr, true}};
inline constexpr Operation<Nothing, ConfigurationState> confirmConfiguration{{"confirmConfiguration", Post, "/configuration/confirm", administrator, "Keep what was applied", "", nullptr, true}};
inline constexpr Operation<Rollback, ConfigurationState> rollBackConfiguration{{"rollBackConfiguration", Post, "/configuration/rollback", administrator, "Go back to an earlier revision", "", nullptr, true}};
inline constexpr Operation<Nothing, Page<ConfigurationState>> listRevisions{{"listRevisions", Get, "/configuration/revisions", operators, "What has been running, the newest first", "", "-revision revision"}};
inline constexpr Operation<Nothing, RunningConfiguration> showRevision{{"showRevision", Get, "/configuration/revisions/{revision}", operators, "The text of a revision"}};

// What was.
inline constexpr Operation<Nothing, Holders> showHolders{{"showHolders", Get, "/history/holders", viewer, "Who had this address at that time?", "address at"}};
inline constexpr Operation<Nothing, Page<HistoryLine>> listHistory{{"listHistory", Get, "/history", viewer, "Lines of the history", "from until within holder account historyWhat", "-at at"}};
inline constexpr Operation<Nothing, Page<AuditEntry>> listAudit{{"listAudit", Get, "/audit", administrator, "Who changed what", "from until who action object", "-number number"}};
inline constexpr Operation<Nothing, AuditVerification> verifyAudit{{"verifyAudit", Get, "/audit/verification", administrator, "Whether the chain of the audit holds"}};

// Reports, numbers, health, events.
inline constexpr Operation<Nothing, Report<UtilisationRow>> reportUtilisation{{"reportUtilisation", Get, "/reports/utilisation", viewer, "Pools by day", "from until pool format", nullptr, false, 200, Media::Json, Media::JsonOrCsv}};
inline constexpr Operation<Nothing, Report<OrganisationRow>> reportOrganisations{{"reportOrganisations", Get, "/reports/organisations", viewer, "Accounts and requests by organisation and month", "from until organisation format", nullptr, false, 200, Media::Json, Media::JsonOrCsv}};
inline constexpr Operation<Nothing, Report<TrafficRow>> reportTraffic{{"reportTraffic", Get, "/reports/traffic", viewer, "Who has carried most", "from until organisation top format", nullptr, false, 200, Media::Json, Media::JsonOrCsv}};
inline constexpr Operation<Nothing, Report<AvailabilityRow>> reportAvailability{{"reportAvailability", Get, "/reports/availability", viewer, "How long tunnels were up", "from until organisation format", nullptr, false, 200, Media::Json, Media::JsonOrCsv}};
inline constexpr Operation<Nothing, Report<AbuseRow>> reportAbuse{{"reportAbuse", Get, "/reports/abuse", operators, "Who had an address or a prefix within a period, for an abuse case", "within from until format", nullptr, false, 200, Media::Json, Media::JsonOrCsv}};
inline constexpr Operation<Nothing, Statistics> showStatistics{{"showStatistics", Get, "/statistics", viewer, "Live numbers"}};
inline constexpr Operation<Nothing, HealthSummary> showHealth{{"showHealth", Get, "/health", anyone, "Whether the broker works, in a word"}};
inline constexpr Operation<Nothing, Health> showHealthDetails{{"showHealthDetails", Get, "/health/details", viewer, "How each part of the broker is, and the alarms"}};
inline constexpr Operation<Nothing, Nothing> streamEvents{{"streamEvents", Get, "/events", viewer, "Server-Sent Events: a snapshot, then every change", "topics", nullptr, false, 200, Media::Json, Media::EventStream}};
inline constexpr Operation<Nothing, Nothing> showOpenApi{{"showOpenApi", Get, "/openapi.json", anyone, "This document"}};
// clang-format on

} // namespace operation

/// Calls `visit` with each operation and its types.
template <typename Visit>
void forEachOperation(Visit&& visit) {
    using namespace operation;
    const auto all = [&](const auto&... each) { (visit(each), ...); };
    all(logIn, showSession, logOut, changeOwnPassword, beginTotp, confirmTotp, removeTotp, listPeople,
        createPerson, showPerson, changePerson, deletePerson, resetPersonPassword, listTokens, createToken,
        deleteToken, listRequests, showRequest, approveRequest, refuseRequest, askRequest, undoRequest,
        listAccounts, createAccount, showAccount, changeAccount, suspendAccount, resumeAccount,
        resetAccountPassword, eraseAccount, importAccounts, exportAccounts, listVouchers, createVoucher,
        showVoucher, withdrawVoucher, listPools, showPool, showPoolMap, listAllocations, listReservations,
        createReservation, deleteReservation, listTunnels, showTunnel, disconnectTunnel, listStaticTunnels,
        showStaticTunnel, showRouterSnippet, showConfiguration, checkConfiguration, diffConfiguration,
        applyConfiguration, confirmConfiguration, rollBackConfiguration, listRevisions, showRevision,
        showHolders, listHistory, listAudit, verifyAudit, reportUtilisation, reportOrganisations,
        reportTraffic, reportAvailability, reportAbuse, showStatistics, showHealth, showHealthDetails,
        streamEvents, showOpenApi);
}

/// All of them, for the role matrix and the routes.
const std::vector<OperationInfo>& operations();
/// Whether this role may use it.
bool may(const OperationInfo& operation, std::optional<Role> role);

/// The names of its parameters in the URL, behind the question mark; of a list also cursor, limit, total and
/// sort.
std::vector<std::string> parameterNames(const OperationInfo& operation);

/// The OpenAPI 3.1 document as an object; the same for every call.
QJsonObject openApi();

} // namespace viaduct::api
