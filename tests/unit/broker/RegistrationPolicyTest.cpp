// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/broker/RegistrationPolicy.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::broker;
using namespace std::chrono_literals;

namespace {
api::RegistrationRequest request() {
    api::RegistrationRequest made;
    made.email = QStringLiteral("jean@lab.example.net");
    made.emailVerified = true;
    made.kind = api::AccountKind::Site;
    return made;
}

PolicyFacts facts() {
    PolicyFacts made;
    made.registration.mailDomains = {"*.example.net"};
    made.registration.automaticDomains = {"lab.example.net"};
    made.registration.requireMailVerification = true;
    made.offered = {config::AccountKind::Site};
    made.pool = PoolState{"sites", 48, 100, 10};
    made.now = api::Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 24));
    return made;
}

std::string crosses(const api::RegistrationRequest& asked, const PolicyFacts& known) {
    std::string all;
    for (const api::PolicyTick& tick : policyTicks(asked, known))
        all += tick.met ? "" : tick.condition.toStdString() + ' ';
    return all;
}
} // namespace

TEST(RegistrationPolicy, eachConditionHasItsCrossAndAnyOneOfThemAsksAPerson) {
    EXPECT_EQ(crosses(request(), facts()), "");
    EXPECT_TRUE(approvesItself(request(), facts()));
    struct Case {
        const char* cross;
        std::function<void(api::RegistrationRequest&, PolicyFacts&)> break_;
    };
    const Case cases[]
        = {{"mail-domain ", [](auto& asked, auto&) { asked.email = QStringLiteral("a@example.org"); }},
           {"mail-domain ", [](auto& asked, auto&) { asked.email = QStringLiteral("a@example.net"); }},
           {"mail-verified ", [](auto& asked, auto&) { asked.emailVerified = false; }},
           {"kind ", [](auto&, auto& known) { known.offered.clear(); }},
           {"pool ", [](auto&, auto& known) { known.pool.reset(); }},
           {"pool ", [](auto&, auto& known) { known.pool->used = 80; }},
           {"end-date ", [](auto& asked, auto&) { asked.endDate = std::chrono::year(2026) / 11 / 23; }},
           {"end-date ", [](auto& asked, auto&) { asked.endDate = std::chrono::year(2028) / 1 / 1; }},
           {"one-account ", [](auto&, auto& known) { known.accountsOfPerson = 1; }}};
    for (const Case& each : cases) {
        auto asked = request();
        auto known = facts();
        each.break_(asked, known);
        EXPECT_EQ(crosses(asked, known), each.cross);
        EXPECT_FALSE(approvesItself(asked, known)) << each.cross;
    }
    auto other = request();
    other.email = QStringLiteral("jean@shop.example.net");
    EXPECT_EQ(crosses(other, facts()), "");
    EXPECT_FALSE(approvesItself(other, facts())) << "allowed, but not without a person";
}

TEST(RegistrationPolicy, theEndIsTheEarlierOfWishAndLifetime) {
    auto asked = request();
    EXPECT_EQ(proposedEnd(asked, facts()), facts().now + 365 * 24h);
    asked.endDate = std::chrono::year(2026) / 12 / 31;
    EXPECT_EQ(api::text(*proposedEnd(asked, facts())), QStringLiteral("2027-01-01T00:00:00.000Z"))
        << "the last day belongs to it";
    auto forever = facts();
    forever.registration.accountLifetime.reset();
    EXPECT_FALSE(proposedEnd(request(), forever));
}

TEST(RegistrationPolicy, theProposalSaysWhatItDoesToThePool) {
    const api::Proposal proposal = proposalFrom({"sites", 48, 128, 80});
    EXPECT_TRUE(proposal.freeBefore == 48 && proposal.freeAfter == 47);
    EXPECT_EQ(proposal.effect, QStringLiteral("81 of 128 blocks are used afterwards."));
    EXPECT_EQ((PoolState{"", 128, ~Uint128{0}, 1}.percentUsed()), 0);
}

TEST(RegistrationPolicy, loginsAreMadeOfNames) {
    const std::pair<const char*, const char*> cases[]
        = {{"Jean Dupont", "jdupont"},
           {"Zoé Müller-Lüdenscheidt", "zludenscheidt"},
           {"Plato", "plato"},
           {"  ", "user"},
           {"\xe5\xbc\xa0\xe4\xbc\x9f", "user"},
           {"../../etc", "etc"}};
    for (const auto& [name, login] : cases)
        EXPECT_EQ(loginOf(QString::fromUtf8(name)).toStdString(), login);
}

TEST(RegistrationPolicy, mailAddresses) {
    const std::string tooLong = std::string(65, 'a') + "@example.net";
    for (const char* good :
         {"a@b", "jean.dupont+x@lab.example.net", "jean@universit\xc3\xa9.example", tooLong.c_str() + 1})
        EXPECT_TRUE(looksLikeMail(QString::fromUtf8(good))) << good;
    for (const char* bad :
         {"", "@b", "a@", "a", "a@b@c", "a b@c", "a@b\nBcc: d@e", "<a@b>", "a@.b", "a@b..c", "a,d@b",
          "jos\xc3\xa9@example.org", "a..b@example.org", ".a@example.org", "a.@example.org", "a@[192.0.2.1]",
          tooLong.c_str()})
        EXPECT_FALSE(looksLikeMail(QString::fromUtf8(bad))) << bad;
}
