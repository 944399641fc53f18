// SPDX-License-Identifier: GPL-3.0-or-later
// The pure parts: sentences, escaping, the charter, profiles, codes, the sheet of a voucher, letters.
#include "server/broker/Registry.h"
#include "server/web/Assets.h"
#include "server/web/Charter.h"
#include "server/web/Letters.h"
#include "server/web/Profile.h"
#include "server/web/QrCode.h"
#include "server/web/Sentences.h"
#include "server/web/VoucherSheet.h"
#include "tests/unit/source/SourceTree.h"

#include <QDir>
#include <QFile>

#include <gtest/gtest.h>

#include <regex>

using namespace viaduct;
using namespace viaduct::web;

namespace {
std::string charter(const char* markdown) {
    return charterMarkup(markdown).html;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

const web::Sender sender{
    QStringLiteral("Example Network"), QStringLiteral("noc@example.net"),
    QStringLiteral("https://broker.example.net")};

broker::Notice notice(broker::Notice::Kind kind, const char* language) {
    broker::Notice notice;
    notice.kind = kind;
    notice.to = QStringLiteral("jean@example.net");
    notice.name = QStringLiteral("Jean Dupont");
    notice.language = QString::fromLatin1(language);
    notice.secret = QStringLiteral("vdl_secret");
    notice.text = QStringLiteral("Which router?");
    return notice;
}
} // namespace

// That a sentence lacks a language does not compile; here it is held against a file that everybody may edit.
TEST(Sentences, standInOneTableAndInBothLanguages) {
    QFile file(sourcePath("server/web/Sentences.h"));
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    const std::string text = file.readAll().toStdString();
    const std::regex sentence("inline constexpr Sentence (\\w+)\\{");
    const auto begin = std::sregex_iterator(text.begin(), text.end(), sentence);
    std::set<std::string> names;
    for (auto each = begin; each != std::sregex_iterator(); ++each)
        EXPECT_TRUE(names.insert((*each)[1]).second);
    EXPECT_GT(names.size(), 100U);
    // Nothing is said in a language outside of the table: French letters betray it.
    const QDir room(sourcePath("server/web"));
    for (const QString& name : room.entryList({QStringLiteral("*.cpp")})) {
        QFile source(room.filePath(name));
        ASSERT_TRUE(source.open(QIODevice::ReadOnly));
        EXPECT_FALSE(source.readAll().contains("é")) << name.toStdString();
    }
}

TEST(Sentences, takeValuesOnceAndBindFrenchPunctuation) {
    EXPECT_EQ(say::quota.in(Language::English, {"{2}", "x"}), "{2} of x");
    EXPECT_EQ(say::reasonIs.in(Language::French, {"a : b"}), "Le motif\xC2\xA0: a : b");
    EXPECT_EQ(amountOfBytes(999, Language::English), "999 B");
    EXPECT_EQ(amountOfBytes(1'550'000, Language::French), "1,6\xC2\xA0Mo");
    EXPECT_EQ(timeText(api::Time(std::chrono::milliseconds(1'795'615'380'000))), "2026-11-25 14:03 UTC");
}

TEST(Markup, escapesWhatIsText) {
    EXPECT_EQ(escaped("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
    EXPECT_EQ(
        escaped(std::string_view("a\0b\x1B", 4)),
        "a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD");
    EXPECT_EQ(
        element("a", {{"title", "\"x\""}, {"hidden", ""}}, "<").html,
        "<a title=\"&quot;x&quot;\" hidden>&lt;</a>");
    EXPECT_EQ(lines("a\n<b>").html, "a<br>&lt;b&gt;");
}

TEST(Charter, knowsSimpleMarkdown) {
    EXPECT_EQ(charter("# One\n## Two"), "<h2>One</h2><h3>Two</h3>");
    EXPECT_EQ(charter("a\nb\n\nc"), "<p>a b</p><p>c</p>");
    EXPECT_EQ(charter("- a\n- b\n  c\n1. d"), "<ul><li>a</li><li>b c</li></ul><ol><li>d</li></ol>");
    EXPECT_EQ(charter("**a** and *b*"), "<p><strong>a</strong> and <em>b</em></p>");
    EXPECT_EQ(
        charter("see [the **site**](https://example.net/a?b=1&c)"),
        "<p>see <a href=\"https://example.net/a?b=1&amp;c\" rel=\"noreferrer\">the "
        "<strong>site</strong></a></p>");
}

TEST(Charter, takesNothingElseForMarkup) {
    EXPECT_EQ(charter("<script>alert(1)</script>"), "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>");
    for (const char* link :
         {"[a](javascript:alert(1))", "[a](http://example.net)", "[a](https://x\"onclick=y)",
          "[a](data:text/html,x)", "[a](//example.net)"})
        EXPECT_FALSE(has(charter(link), "<a")) << link;
    EXPECT_EQ(charter("2 * 3 * 4 and [x"), "<p>2 * 3 * 4 and [x</p>");
    EXPECT_FALSE(readCharter("/nonexistent"));
    EXPECT_LT(charter(std::string(200'000, '[').c_str()).size(), 210'000U) << "and takes no long time";
}

TEST(QrCodes, areSvgWithoutStyle) {
    const auto code = qrCode("viaduct://192.0.2.1/?v=1&login=x", "A \"code\"");
    ASSERT_TRUE(code);
    EXPECT_TRUE(has(code->html, "role=\"img\" aria-label=\"A &quot;code&quot;\""));
    EXPECT_TRUE(has(code->html, "<path fill=\"#000\" d=\"M4 4h7v1h-7z"));
    EXPECT_FALSE(has(code->html, "style"));
    EXPECT_FALSE(qrCode(std::string(5000, 'x'), "too long"));
    EXPECT_FALSE(qrCode("", "nothing"));
}

TEST(VoucherSheet, hasACardForEachAccount) {
    api::VoucherCreated created;
    created.voucher.draft.event = QStringLiteral("JRES <2026>");
    created.voucher.draft.kind = api::AccountKind::Host;
    for (int i = 1; i <= 8; ++i)
        created.credentials.push_back(
            {QStringLiteral("jres-00%1").arg(i), QStringLiteral("kiwi-plum-%1-fig").arg(i)});
    SheetFacts facts;
    facts.organisation = "Example Network";
    facts.broker = client::ServerName::fromText("192.0.2.1");
    const std::string sheet = voucherSheet(created, facts);
    EXPECT_TRUE(has(sheet, "JRES &lt;2026&gt;"));
    std::size_t cards = 0;
    for (std::size_t at = sheet.find("class=\"card\""); at != std::string::npos;
         at = sheet.find("class=\"card\"", at + 1))
        ++cards;
    EXPECT_EQ(cards, 8U);
    EXPECT_TRUE(has(sheet, "<dd>jres-003</dd>") && has(sheet, "<dd>kiwi-plum-3-fig</dd>"));
    EXPECT_TRUE(has(sheet, "<svg class=\"qr\""));
    facts.language = Language::French;
    EXPECT_TRUE(has(voucherSheet(created, facts), "Mot de passe"));
    const QString directory = qEnvironmentVariable("VIADUCT_PAGES");
    if (!directory.isEmpty()) {
        QFile file(QDir(directory).filePath(QStringLiteral("sheet.html")));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(sheet).replace("href=\"/style.css\"", "href=\"style.css\""));
    }
}

TEST(Letters, areInTheLanguageOfThePerson) {
    using Kind = broker::Notice::Kind;
    const Letter english = letterOf(notice(Kind::Question, "en"), sender);
    EXPECT_EQ(english.to, QStringLiteral("jean@example.net"));
    EXPECT_TRUE(english.text.startsWith(QStringLiteral("Hello Jean Dupont,\n\n")));
    EXPECT_TRUE(english.text.contains(QStringLiteral("Which router?")));
    const Letter french = letterOf(notice(Kind::Question, "fr"), sender);
    EXPECT_TRUE(french.text.startsWith(QStringLiteral("Bonjour Jean Dupont,\n\n")));
    EXPECT_TRUE(french.text.contains(QStringLiteral("https://broker.example.net/r/")));
    for (const Kind kind :
         {Kind::VerifyAddress, Kind::Approved, Kind::Refused, Kind::Question, Kind::ExpiresSoon}) {
        const Letter letter = letterOf(notice(kind, "en"), sender);
        EXPECT_FALSE(letter.subject.isEmpty());
        EXPECT_NE(letter.text, letterOf(notice(kind, "fr"), sender).text);
        EXPECT_TRUE(letter.text.contains(QStringLiteral("Example Network")));
    }
}

TEST(Letters, theOneToAStrangerCarriesNothingThatAStrangerWrote) {
    broker::Notice asked = notice(broker::Notice::Kind::VerifyAddress, "en");
    asked.name = QStringLiteral("Win a prize at https://spam.example/");
    const Letter letter = letterOf(asked, sender);
    EXPECT_FALSE(letter.text.contains(QStringLiteral("spam")));
    EXPECT_TRUE(letter.text.contains(QStringLiteral("https://broker.example.net/verify/vdl_secret\n")));
}

TEST(Profiles, oldClientsFindTheirKeys) {
    const auto broker = *client::ServerName::fromText("192.0.2.1:3654");
    const std::string host
        = clientFile(profileFor(broker, config::AccountKind::Host, "jdupont", "secret"), "windows");
    EXPECT_TRUE(
        has(host, "server=192.0.2.1:3654\n") && has(host, "template=windows\n")
        && has(host, "if_tunnel_v6v4=2\n"));
    EXPECT_TRUE(has(host, "host_type=host\n"));
    EXPECT_FALSE(has(host, "if_prefix"));
    for (const char* system : {"windows", "linux", "freebsd", "macos", "cisco", ""}) {
        for (const auto kind :
             {config::AccountKind::Host, config::AccountKind::Soho, config::AccountKind::Site}) {
            const auto reading = client::readConfiguration(
                clientFile(profileFor(broker, kind, "jdupont", "secret"), system));
            EXPECT_TRUE(reading.problems.empty()) << system << reading.problems.front().message;
        }
    }
}

TEST(Profiles, theBrokerIsTheOneThatServesTheKind) {
    config::Configuration configuration;
    configuration.pools
        = {{"ends", *Prefix::fromText("2001:db8:0:1::/64"), 128},
           {"sites", *Prefix::fromText("2001:db8:1000::/36"), 48}};
    config::TspServer users;
    users.name = "Users";
    users.addresses = {*IpAddress::fromText("2001:db8::1"), *IpAddress::fromText("192.0.2.1")};
    config::TspServer sites = users;
    sites.name = "Sites";
    sites.addresses = {*IpAddress::fromText("192.0.2.2")};
    sites.udpPort.reset();
    sites.tcpPort = 4000;
    configuration.tspServers = {users, sites};
    config::TunnelServer first;
    first.name = "S1";
    first.endpointPool = "ends";
    config::TunnelServer second;
    second.name = "S2";
    second.endpointPool = "ends";
    second.prefixPools = {"sites"};
    configuration.tunnelServers = {first, second};
    configuration.tunnelBrokers = {{"B1", {"Users"}, "S1"}, {"B2", {"Sites"}, "S2"}};
    EXPECT_EQ(brokerFor(configuration, config::AccountKind::Host)->text(), "192.0.2.1");
    EXPECT_EQ(brokerFor(configuration, config::AccountKind::Site)->text(), "192.0.2.2:4000");
    EXPECT_FALSE(brokerFor(configuration, config::AccountKind::Soho));
    EXPECT_FALSE(brokerFor(configuration, config::AccountKind::Site, "others"));
}
