// SPDX-License-Identifier: GPL-3.0-or-later
// Registry: many accounts at once, from a spreadsheet and into one. Checked whole before anything is done;
// then one commit.
#include "server/broker/Registry.h"

#include "server/broker/AccountTable.h"
#include "server/credentials/GeneratedPassword.h"
#include "server/credentials/PasswordPolicy.h"

#include <algorithm>

namespace viaduct::broker {

namespace {
/// Of one import, so that nobody waits long for its commit. New ones cost 4 ms each of a thread, 40 s in all.
constexpr std::size_t mostAccounts = 10'000;
constexpr std::size_t mostChosen = 500; ///< at 70 ms each
constexpr std::size_t mostErrors = 100;
/// Looked at in one turn of the main thread: a few milliseconds.
constexpr std::size_t rowsAtOnce = 100;

QString line(const Error& error) {
    return QString::fromStdString(error.message);
}

/// An empty field leaves it to the broker, and to an account that is here its own.
Result<void> checkGivenPassword(const AccountRow& row, bool isNew) {
    if (row.password.isEmpty())
        return {};
    if (!isNew)
        return failure(Error::Code::Denied, "An import changes no password: leave the field empty.");
    return credentials::checkPassword(
        row.password.toStdString(), row.name.toStdString(), credentials::PasswordUse::Account);
}
} // namespace

/// What an import is going to do.
struct Registry::Import {
    Actor actor;
    Answered<api::ImportResult> answered;
    std::vector<AccountRow> rows;
    std::size_t looked = 0; ///< at so many of them
    api::ImportResult result;
    struct Changed {
        std::string id;
        std::int64_t version = 0; ///< of which it is made
        record::Account account;
    };
    std::vector<Changed> changed;
    std::vector<record::Account> created;
    std::vector<NewPassword> passwords; ///< of the created
    std::vector<bool> given; ///< whether the file had it
};

void Registry::importCsv(
    const QByteArray& csv, bool dryRun, const Actor& actor, Answered<api::ImportResult> answered) {
    if (auto possible = mayMakeKeys(); !possible)
        return answered(tl::unexpected(possible.error()));
    auto plan = std::make_shared<Import>();
    plan->actor = actor;
    plan->answered = std::move(answered);
    plan->result.dryRun = dryRun;
    m_passwords.run(this, [this, csv, plan] {
        return [this, plan, table = readAccountTable(csv)]() mutable {
            plan->result.rows = static_cast<int>(table.rows.size());
            plan->result.errors = std::move(table.errors);
            plan->rows = std::move(table.rows);
            planRows(plan);
        };
    });
}

/// Some rows a turn: dialogues and packets go between.
void Registry::planRows(const std::shared_ptr<Import>& plan) {
    auto& errors = plan->result.errors;
    const std::size_t end = std::min(plan->looked + rowsAtOnce, plan->rows.size());
    for (; plan->looked < end && errors.size() < mostErrors; ++plan->looked)
        planRow(plan->rows[plan->looked], *plan);
    if (plan->looked < plan->rows.size() && errors.size() < mostErrors)
        return QTimer::singleShot(0, this, [this, plan] { planRows(plan); });
    const auto chosen = static_cast<std::size_t>(std::count(plan->given.begin(), plan->given.end(), true));
    if (plan->created.size() + plan->changed.size() > mostAccounts || chosen > mostChosen)
        errors.push_back(
            {1,
             {},
             QStringLiteral("One import makes or changes at most 10000 accounts, and gives a password to at "
                            "most 500 of them."),
             QStringLiteral("Split the file.")});
    std::stable_sort(
        errors.begin(), errors.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
    if (errors.size() > mostErrors)
        errors.resize(mostErrors);
    if (plan->result.dryRun || !errors.empty())
        return plan->answered(plan->result);
    importPlanned(plan);
}

void Registry::planRow(const AccountRow& row, Import& plan) const {
    auto& errors = plan.result.errors;
    const std::size_t errorsBefore = errors.size();
    const Accounts::Entry* entry = m_accounts.find(idOf(row.name));
    const auto complain = [&](const char* column, const Error& error) {
        errors.push_back({row.line, QLatin1String(column), line(error), {}});
    };
    if (entry) {
        if (const auto fits = changeable(row.name, 0); !fits)
            complain("name", fits.error());
    } else if (const auto fits = checkNewName(row.name); !fits)
        complain("name", fits.error());
    if (const auto fits = checkGivenPassword(row, entry == nullptr); !fits)
        complain("password", fits.error());
    const api::AccountSettings before = entry ? entry->value.account.settings : api::AccountSettings();
    const auto settings = settingsOf(row, before, errors);
    if (settings) {
        if (const auto fits = checkSettings(*settings); !fits)
            complain("", fits.error());
    }
    if (errors.size() != errorsBefore)
        return;
    if (entry && before == *settings) {
        ++plan.result.unchanged;
        return;
    }
    record::Account account = entry ? entry->value : record::Account();
    account.account.settings = *settings;
    if (!settings->oldClients)
        account.digest.clear();
    if (entry) {
        ++plan.result.changed;
        if (before.validUntil != settings->validUntil)
            account.expiryTold = false;
        plan.changed.push_back({idOf(row.name), entry->version, std::move(account)});
        return;
    }
    ++plan.result.created;
    account.account.name = row.name;
    account.account.origin = api::AccountOrigin::Import;
    account.account.created = now();
    const bool given = !row.password.isEmpty();
    plan.passwords.push_back(
        {row.name,
         given ? row.password.toStdString() : credentials::makePassword(credentials::systemRandom()),
         given ? credentials::chosenIterations : credentials::generatedIterations, settings->oldClients});
    plan.given.push_back(given);
    plan.created.push_back(std::move(account));
}

/// All of it, or with an error nothing.
void Registry::importPlanned(const std::shared_ptr<Import>& plan) {
    for (const NewPassword& password : plan->passwords) {
        if (m_byName.contains(password.login))
            return plan->answered(failure(
                Error::Code::Stale,
                "The account " + password.login.toStdString() + " was made meanwhile: import again."));
    }
    for (const NewPassword& password : plan->passwords)
        m_byName.emplace(password.login, std::string());
    makeAllKeys(plan->passwords, [this, plan](const auto& keys) {
        const auto fail = [this, plan](const Error& error) {
            for (const NewPassword& password : plan->passwords)
                m_byName.erase(password.login);
            plan->answered(tl::unexpected(error));
        };
        if (!keys)
            return fail(keys.error());
        auto step = importStep(*plan, *keys);
        if (!step)
            return fail(step.error());
        if (step->changes.empty())
            return plan->answered(plan->result);
        write(std::move(*step), [plan, fail](const Result<void>& written) {
            if (!written)
                return fail(written.error());
            plan->answered(plan->result);
        });
    });
}

Result<Registry::Step> Registry::importStep(Import& plan, const std::vector<Keys>& keys) {
    Step step;
    for (std::size_t i = 0; i < plan.created.size(); ++i) {
        const NewPassword& made = plan.passwords[i];
        record::Account account = plan.created[i];
        setKeys(account, keys[i]);
        const std::string id = newId('a');
        audit(step, plan.actor, "importAccounts", "account:" + id, {}, auditView(account));
        put(step, id, std::move(account));
        if (!plan.given[i])
            plan.result.credentials.push_back({made.login, QString::fromStdString(made.password)});
    }
    for (const Import::Changed& each : plan.changed) {
        const Accounts::Entry* before = m_accounts.find(each.id);
        if (!before || before->version != each.version)
            return failure(
                Error::Code::Stale,
                "The account " + each.account.account.name.toStdString()
                    + " was changed meanwhile: import again.");
        audit(
            step, plan.actor, "importAccounts", "account:" + each.id, auditView(before->value),
            auditView(each.account));
        put(step, each.id, each.account);
    }
    return step;
}

QByteArray Registry::exportCsv(const std::function<bool(const AccountGlance&)>& wanted) const {
    std::vector<api::Account> chosen;
    forEachAccount([&](const AccountGlance& glance) {
        // Those of the configuration are changed there alone: an import would refuse them.
        if (glance.kept.origin != api::AccountOrigin::Configuration && wanted(glance))
            chosen.push_back(glance.kept);
    });
    std::sort(chosen.begin(), chosen.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return accountTable(chosen);
}

} // namespace viaduct::broker
