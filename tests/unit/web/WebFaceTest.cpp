// SPDX-License-Identifier: GPL-3.0-or-later
// The pages with a real registry, broker and store, as a browser meets them: what a person sees, and what a
// stranger does not get. With VIADUCT_PAGES=DIRECTORY the pages that the tests meet are written there, to be
// looked at.
#include "server/web/WebFace.h"
#include "server/broker/Broker.h"
#include "server/broker/Registry.h"
#include "server/http/Target.h"
#include "server/web/Assets.h"
#include "shared/client/ProfileLink.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <bit>
#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::web;
using namespace std::chrono_literals;

namespace {

IpAddress address(const char* text) {
    return *IpAddress::fromText(text);
}

const IpAddress here = address("192.0.2.1");
const broker::Actor operatorAnn{"ann", address("192.0.2.250"), api::Role::Operator};
constexpr const char* goodPassword = "quince ladder 88 otter";
constexpr const char* attack = "\"><script>alert(1)</script><b x='";

struct Table : dataplane::DataPlane {
    std::map<std::int64_t, dataplane::TunnelEntry> entries;
    void put(const dataplane::TunnelEntry& entry) override { entries[entry.id] = entry; }
    void remove(std::int64_t id) override { entries.erase(id); }
    std::string name() const override { return "table"; }
};

config::Configuration sampleConfiguration() {
    config::Configuration configuration;
    configuration.pools
        = {{"ends", *Prefix::fromText("2001:db8:0:1::/64"), 128},
           {"sites", *Prefix::fromText("2001:db8:1000::/36"), 48}};
    config::TspServer tspServer;
    tspServer.name = "T";
    tspServer.addresses = {here};
    configuration.tspServers = {tspServer};
    config::TunnelServer server;
    server.name = "S";
    server.addresses = {here};
    server.endpointPool = "ends";
    server.prefixPools = {"sites"};
    configuration.tunnelServers = {server};
    configuration.tunnelBrokers = {{"B", {"T"}, "S"}};
    config::Registration registration;
    registration.organisation = "Example Network";
    registration.contact = "noc@example.net";
    registration.proofOfWorkBits = 8; // quickly found by a test
    configuration.registration = registration;
    return configuration;
}

std::string between(const std::string& text, const std::string& before, const std::string& after) {
    const std::size_t begin = text.find(before);
    if (begin == std::string::npos)
        return {};
    const std::size_t from = begin + before.size();
    return text.substr(from, text.find(after, from) - from);
}

bool has(const http::Response& response, const std::string& text) {
    return response.body.find(text) != std::string::npos;
}

std::string headerOf(const http::Response& response, const std::string& name) {
    return std::string(http::valueOf(response.headers, name).value_or(""));
}

std::string formEncoded(const http::Pairs& pairs) {
    std::string text;
    for (const auto& [name, value] : pairs)
        text += (text.empty() ? "" : "&") + name + "="
            + QByteArray::fromStdString(value).toPercentEncoding().toStdString();
    return text;
}

/// What pow.js does.
std::string solve(const std::string& challenge) {
    const int bits = std::atoi(challenge.substr(challenge.find('.') + 1).c_str());
    for (int counter = 0;; ++counter) {
        const std::string text = challenge + "." + std::to_string(counter);
        const credentials::Hash hash = credentials::sha256(text);
        if (std::countl_zero(static_cast<std::uint32_t>(hash[0]) << 24U | std::uint32_t{hash[1]} << 16U)
            >= bits)
            return text;
    }
}

class WebFaceTest : public testing::Test {
protected:
    void SetUp() override {
        auto opened = store::Store::open(m_directory.path().toStdString());
        ASSERT_TRUE(opened) << opened.error().message;
        m_store = std::move(*opened);
        m_broker = std::make_unique<broker::Broker>(*m_store, m_table);
        m_registry = std::make_unique<broker::Registry>(*m_broker, *m_store);
        m_registry->setNotifier([this](const broker::Notice& notice) { m_notices.push_back(notice); });
        const auto snapshot = m_store->load();
        ASSERT_TRUE(snapshot && m_registry->load(*snapshot));
        ASSERT_TRUE(m_broker->restore(m_configuration, *snapshot));
        m_key.fill(7);
        m_face = std::make_unique<WebFace>(*m_broker, *m_registry, m_key);
    }
    void TearDown() override {
        m_face.reset();
        m_registry.reset();
        m_broker.reset();
        m_store.reset();
    }
    void apply() {
        const auto applied = m_broker->apply(m_configuration);
        ASSERT_TRUE(applied) << applied.error().message;
    }
    void useCharter(const QByteArray& text) {
        const QString path = m_directory.filePath(QStringLiteral("charter.md"));
        QFile file(path);
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(text);
        m_configuration.registration->charterFile = path.toStdString();
        apply();
    }

    template <typename Condition>
    bool waitFor(Condition condition, int milliseconds = 20'000) {
        const QDeadlineTimer deadline(milliseconds);
        while (!condition() && !deadline.hasExpired())
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 5);
        return condition();
    }
    template <typename T, typename Call>
    Result<T> ask(Call call) {
        std::optional<Result<T>> result;
        call(broker::Answered<T>([&](Result<T> answer) { result = std::move(answer); }));
        EXPECT_TRUE(waitFor([&] { return result.has_value(); })) << "never answered";
        return result ? std::move(*result) : Result<T>(failure(Error::Code::System, "never answered"));
    }

    // --- a browser

    http::Response send(const std::string& method, const std::string& target, const std::string& body = {}) {
        const auto parsed = http::parseTarget(target);
        EXPECT_TRUE(parsed) << target;
        http::Request request;
        request.method = method;
        request.path = parsed->path;
        request.segments = parsed->segments;
        request.query = parsed->query;
        request.body = body;
        request.remote = {m_address, 40000};
        if (!m_acceptLanguage.empty())
            request.headers.emplace_back("accept-language", m_acceptLanguage);
        if (method == "POST")
            request.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
        std::string cookies;
        for (const auto& [name, value] : m_cookies)
            cookies += (cookies.empty() ? "" : "; ") + name + "=" + value;
        if (!cookies.empty())
            request.headers.emplace_back("cookie", cookies);
        std::optional<http::Response> response;
        m_face->answer(request, [&](http::Response answer) { response = std::move(answer); });
        EXPECT_TRUE(waitFor([&] { return response.has_value(); })) << target;
        for (const auto& [name, value] : response->headers) {
            if (name == "Set-Cookie")
                m_cookies[value.substr(0, value.find('='))] = between(value, "=", ";");
        }
        return http::complete(*response);
    }
    http::Response get(const std::string& target) { return send("GET", target); }
    http::Response post(const std::string& path, const http::Pairs& fields) {
        return send("POST", path, formEncoded(fields));
    }
    /// As pressing the button of the form on `page` that goes to `path`.
    http::Response press(const http::Response& page, const std::string& path, http::Pairs fields = {}) {
        const std::string form = between(page.body, "action=\"" + path + "\"", "</form>");
        EXPECT_FALSE(form.empty()) << "no form for " << path << " in " << page.body;
        fields.emplace_back("csrf", between(form, "name=\"csrf\" value=\"", "\""));
        return post(path, fields);
    }
    static http::Pairs filledIn() {
        return {
            {"name", "Jean Dupont"},
            {"email", "jean@example.net"},
            {"organisation", "Example University"},
            {"purpose", "IPv6 for the laboratory."},
            {"kind", "site"},
            {"system", "linux"},
            {"end", "2099-12-31"},
            {"consent", "yes"},
            {"website", ""}};
    }
    static http::Pairs with(http::Pairs fields, const std::string& name, const std::string& value) {
        for (auto& field : fields) {
            if (field.first == name)
                field.second = value;
        }
        return fields;
    }
    http::Response sendForm(http::Pairs fields, bool hasScript = true) {
        const http::Response page = get("/");
        const std::string challenge = between(page.body, "data-challenge=\"", "\"");
        fields.emplace_back("work", hasScript && !challenge.empty() ? solve(challenge) : "");
        return press(page, "/", fields);
    }
    /// The path of the status page of a new request.
    std::string newRequest(const http::Pairs& fields = filledIn()) {
        const http::Response sent = sendForm(fields);
        EXPECT_EQ(sent.status, 303) << sent.body;
        return headerOf(sent, "Location");
    }
    static QString linkOf(const std::string& path) { return QString::fromStdString(path.substr(3)); }
    QString idOf(const std::string& path) { return m_registry->byLink(linkOf(path))->request.id; }
    void approve(const std::string& path) {
        const auto approved = ask<api::RegistrationRequest>(
            [&](auto done) { m_registry->approve(idOf(path), 0, {}, operatorAnn, done); });
        ASSERT_TRUE(approved) << approved.error().message;
    }
    /// Approved, and undo is over.
    std::string approvedRequest() {
        const std::string path = newRequest();
        m_registry->setUndoTime(std::chrono::milliseconds(100));
        approve(path);
        EXPECT_TRUE(waitFor([&] { return m_registry->byLink(linkOf(path))->credentialsWaiting; }));
        return path;
    }
    /// The answer that shows the password.
    http::Response takeCredentials(const std::string& path) {
        return press(get(path), path + "/credentials");
    }
    static std::string passwordOn(const http::Response& page) {
        const std::string link = QByteArray::fromStdString(between(page.body, "href=\"viaduct://", "\""))
                                     .replace("&amp;", "&")
                                     .toStdString();
        const auto profile = client::readProfileLink("viaduct://" + link);
        EXPECT_TRUE(profile) << link;
        return profile ? profile->password : std::string();
    }
    bool mayLogIn(const char* user, const std::string& password) {
        const broker::Caller caller{
            "T", Transport::Tcp, {here, 3653}, {address("198.51.100.7"), 4000}, {2, 0, 1}};
        std::optional<broker::Login> login;
        m_broker->authenticate(
            caller, tsp::PlainLogin{user, password}, [&](broker::Login answer) { login = answer; });
        waitFor([&] { return login.has_value(); });
        if (!login || !std::holds_alternative<tsp::Granted>(login->answer))
            return false;
        m_identity = login->identity;
        return true;
    }
    void connectTunnel(const char* remote) {
        tsp::TunnelRequest request;
        request.mode = TunnelMode::V6v4;
        request.clientOuter = address(remote);
        request.router = tsp::RouterRequest{48, {}};
        const broker::Caller caller{"T", Transport::Tcp, {here, 3653}, {address(remote), 4000}, {2, 0, 1}};
        bool isUp = false;
        m_broker->requestTunnel(caller, m_identity, request, [&](auto answer) {
            isUp = answer && std::holds_alternative<tsp::TunnelInfo>(*answer);
        });
        ASSERT_TRUE(waitFor([&] { return isUp; }));
    }

    static void draw(const char* name, const http::Response& response) {
        const QString directory = qEnvironmentVariable("VIADUCT_PAGES");
        if (directory.isEmpty())
            return;
        const auto write = [&](const QString& fileName, const QByteArray& bytes) {
            QFile file(QDir(directory).filePath(fileName));
            EXPECT_TRUE(file.open(QIODevice::WriteOnly));
            file.write(bytes);
        };
        QByteArray html = QByteArray::fromStdString(response.body);
        html.replace("href=\"/style.css\"", "href=\"style.css\"");
        write(QString::fromLatin1(name) + QStringLiteral(".html"), html);
        write(
            QStringLiteral("style.css"),
            QByteArray(asset::styleSheet.data(), qsizetype(asset::styleSheet.size())));
    }

    QTemporaryDir m_directory;
    config::Configuration m_configuration = sampleConfiguration();
    std::unique_ptr<store::Store> m_store;
    Table m_table;
    std::unique_ptr<broker::Broker> m_broker;
    std::unique_ptr<broker::Registry> m_registry;
    std::unique_ptr<WebFace> m_face;
    credentials::ServerKey m_key{};
    std::vector<broker::Notice> m_notices;
    broker::Identity m_identity;
    IpAddress m_address = address("198.51.100.77");
    std::string m_acceptLanguage;
    std::map<std::string, std::string> m_cookies;
};

} // namespace

// --- the whole way

TEST_F(WebFaceTest, aRequestBecomesALoginThatIsShownOnce) {
    const std::string path = newRequest();
    ASSERT_TRUE(path.starts_with("/r/vdl_")) << path;
    const http::Response pending = get(path);
    EXPECT_EQ(pending.status, 200);
    EXPECT_TRUE(has(pending, "Waiting for an administrator"));
    draw("pending", pending);
    approve(path);
    EXPECT_TRUE(has(get(path), "Waiting for an administrator")) << "the person is told when undo is over";
    ASSERT_TRUE(waitFor([&] { return m_registry->byLink(linkOf(path))->credentialsWaiting; }));

    const http::Response approved = get(path);
    EXPECT_TRUE(has(approved, "Show login and password, once"));
    draw("approved", approved);
    const http::Response shown = press(approved, path + "/credentials");
    EXPECT_EQ(shown.status, 200);
    EXPECT_EQ(headerOf(shown, "Cache-Control"), "no-store");
    EXPECT_TRUE(has(shown, "<span class=\"secret\">jdupont</span>"));
    draw("credentials", shown);
    const std::string password = passwordOn(shown);
    EXPECT_TRUE(has(shown, "<span class=\"secret\">" + password + "</span>"));
    EXPECT_TRUE(mayLogIn("jdupont", password));

    const http::Response again = press(approved, path + "/credentials");
    EXPECT_EQ(again.status, 409);
    EXPECT_TRUE(has(again, "The password was shown already"));
    EXPECT_FALSE(has(again, password));
    EXPECT_FALSE(has(get(path), password));
    draw("account", get(path));
}

TEST_F(WebFaceTest, theFileOnThePageIsOneThatClientsRead) {
    const std::string path = approvedRequest();
    const http::Response shown = takeCredentials(path);
    const std::string encoded = between(shown.body, "data:text/plain;charset=utf-8;base64,", "\"");
    const std::string file = QByteArray::fromBase64(QByteArray::fromStdString(encoded)).toStdString();
    const client::ConfigurationReading reading = client::readConfiguration(file);
    EXPECT_TRUE(reading.problems.empty()) << reading.problems.front().message;
    EXPECT_EQ(reading.configuration.user, "jdupont");
    EXPECT_EQ(reading.configuration.password, passwordOn(shown));
    EXPECT_EQ(reading.configuration.server.text(), "192.0.2.1");
    EXPECT_EQ(reading.configuration.hostType, client::HostType::Router);
    EXPECT_EQ(reading.configuration.prefixLength, 48);

    const http::Response later = get(path + "/tspc.conf");
    EXPECT_EQ(later.status, 200);
    EXPECT_TRUE(headerOf(later, "Content-Disposition").starts_with("attachment"));
    EXPECT_TRUE(has(later, "userid=jdupont\n"));
    EXPECT_TRUE(has(later, "passwd=\n")) << "the password is never given a second time";
}

TEST_F(WebFaceTest, theAccountPageTellsOfTheTunnel) {
    const std::string path = approvedRequest();
    ASSERT_TRUE(mayLogIn("jdupont", passwordOn(takeCredentials(path))));
    EXPECT_TRUE(has(get(path), "The tunnel is not up"));
    EXPECT_TRUE(has(get(path), "sets up a static tunnel to it: write to noc@example.net"));
    connectTunnel("198.51.100.9");
    m_broker->tunnels().begin()->second.counters->bytesIn = 1'500'000;
    m_broker->tunnels().begin()->second.counters->packetsIn = 1234;
    const http::Response account = get(path);
    EXPECT_TRUE(has(account, "The tunnel is up."));
    EXPECT_TRUE(has(account, "1.5 MB, 1234 packets"));
    EXPECT_TRUE(has(account, "<dd>198.51.100.9</dd>"));
    EXPECT_TRUE(has(account, "2001:db8:1000::/48"));
    EXPECT_TRUE(has(account, " tunnel source 198.51.100.9\n tunnel destination 192.0.2.1\n"));
    EXPECT_TRUE(has(account, "ip-0/0/0 unit 0 tunnel destination 192.0.2.1"));
    draw("tunnel", account);
}

TEST_F(WebFaceTest, whoIsSuspendedIsToldWhyAndNotHowToConnect) {
    const std::string path = approvedRequest();
    takeCredentials(path);
    EXPECT_TRUE(has(get(path), "href=\"viaduct://"));
    const auto suspended = ask<api::Account>([&](auto done) {
        m_registry->suspend(
            QStringLiteral("jdupont"), QStringLiteral("Complaints of the network."), operatorAnn, done);
    });
    ASSERT_TRUE(suspended) << suspended.error().message;
    const http::Response account = get(path);
    EXPECT_TRUE(has(account, "Your account is suspended"));
    EXPECT_TRUE(has(account, "Complaints of the network."));
    EXPECT_FALSE(has(account, "viaduct://"));
}

TEST_F(WebFaceTest, aQuestionIsAnsweredAndARefusalSaysWhy) {
    const std::string path = newRequest();
    const QString id = idOf(path);
    ASSERT_TRUE(ask<api::RegistrationRequest>([&](auto done) {
        m_registry->askBack(id, 0, QStringLiteral("Which <router>?"), operatorAnn, done);
    }));
    const http::Response asked = get(path);
    EXPECT_TRUE(has(asked, "Which &lt;router&gt;?"));
    draw("question", asked);
    const http::Response empty = press(asked, path + "/answer", {{"answer", "  "}});
    EXPECT_EQ(empty.status, 400);
    EXPECT_TRUE(has(empty, "href=\"#answer\""));
    const http::Response answered = press(asked, path + "/answer", {{"answer", "A blue one.\r\nOr two."}});
    EXPECT_EQ(answered.status, 303);
    const http::Response after = get(headerOf(answered, "Location"));
    EXPECT_TRUE(has(after, "Your answer has arrived."));
    EXPECT_TRUE(has(after, "A blue one.<br>Or two."));
    ASSERT_TRUE(ask<api::RegistrationRequest>([&](auto done) {
        m_registry->refuse(id, 0, QStringLiteral("Not <connected> here."), operatorAnn, done);
    }));
    EXPECT_TRUE(waitFor([&] { return has(get(path), "Your request was refused"); }));
    EXPECT_TRUE(has(get(path), "Not &lt;connected&gt; here."));
    draw("refused", get(path));
}

TEST_F(WebFaceTest, aRequestIsWithdrawn) {
    const std::string path = newRequest();
    const http::Response page = get(path);
    EXPECT_EQ(headerOf(press(page, path + "/withdraw"), "Location"), path);
    EXPECT_TRUE(has(get(path), "You have withdrawn this request"));
    const http::Response again = press(page, path + "/withdraw");
    EXPECT_EQ(again.status, 409);
    EXPECT_TRUE(has(again, "cannot be withdrawn any more"));
}

TEST_F(WebFaceTest, thePasswordIsChangedAndTheAccountGivenBack) {
    const std::string path = approvedRequest();
    const std::string password = passwordOn(takeCredentials(path));
    const auto change = [&](const std::string& before, const std::string& after, const std::string& again) {
        return press(get(path), path + "/password", {{"old", before}, {"new", after}, {"again", again}});
    };
    EXPECT_TRUE(has(change("wrong", goodPassword, goodPassword), "href=\"#old\""));
    EXPECT_TRUE(has(change(password, "short", "short"), "href=\"#new\""));
    const http::Response different = change(password, goodPassword, "another one 77");
    EXPECT_TRUE(has(different, "href=\"#again\""));
    EXPECT_FALSE(has(different, goodPassword)) << "no password comes back in a page";
    draw("password", different);
    EXPECT_EQ(change(password, goodPassword, goodPassword).status, 303);
    EXPECT_TRUE(mayLogIn("jdupont", goodPassword));
    EXPECT_FALSE(mayLogIn("jdupont", password));

    const http::Response sure = get(path + "/give-back");
    EXPECT_TRUE(has(sure, "Give your account back?"));
    draw("give-back", sure);
    EXPECT_TRUE(m_registry->byLink(linkOf(path))) << "to look is not to do";
    const http::Response gone = press(sure, path + "/give-back");
    EXPECT_TRUE(has(gone, "Your account is given back"));
    EXPECT_FALSE(mayLogIn("jdupont", goodPassword));
    EXPECT_EQ(get(path).status, 404) << "and the link opens nothing any more";
}

TEST_F(WebFaceTest, whoIsSuspendedCannotTakeAwayWhoItWas) {
    const std::string path = approvedRequest();
    const http::Response sure = get(path + "/give-back");
    ASSERT_TRUE(has(sure, "Give your account back?"));
    ASSERT_TRUE(ask<api::Account>([&](auto done) {
        m_registry->suspend(QStringLiteral("jdupont"), QStringLiteral("It sent spam."), operatorAnn, done);
    }));
    EXPECT_FALSE(has(get(path), "Give the account back"));
    EXPECT_FALSE(has(get(path), path + "/give-back"));
    EXPECT_EQ(get(path + "/give-back").status, 409);
    const http::Response refused = press(sure, path + "/give-back");
    EXPECT_EQ(refused.status, 409);
    EXPECT_TRUE(has(refused, "cannot be given back here: write to us"));
    EXPECT_TRUE(m_registry->account(QStringLiteral("jdupont")));
}

TEST_F(WebFaceTest, aMailAddressIsProvedByAButtonNotByFollowingTheLink) {
    m_configuration.registration->requireMailVerification = true;
    apply();
    const std::string path = newRequest();
    EXPECT_TRUE(has(get(path), "Confirm your e-mail address first"));
    ASSERT_EQ(m_notices.size(), 1U);
    const std::string verify = "/verify/" + m_notices.front().secret.toStdString();
    const http::Response page = get(verify);
    EXPECT_TRUE(has(get(path), "Confirm your e-mail address first")) << "a scanner of mails proves nothing";
    draw("verify", page);
    EXPECT_EQ(post(verify, {}).status, 403);
    EXPECT_TRUE(has(press(page, verify), "Your address is confirmed"));
    EXPECT_TRUE(has(get(path), "Waiting for an administrator"));
    EXPECT_EQ(press(page, verify).status, 404) << "a second time proves nothing";
    EXPECT_EQ(get("/verify/nonsense").status, 404);
}

// --- the form

TEST_F(WebFaceTest, allMistakesAreToldAtOnceAndWhatWasTypedStays) {
    useCharter("Be *kind*.");
    http::Pairs wrong = with(filledIn(), "name", "  ");
    wrong = with(with(with(wrong, "email", "jean at example"), "kind", "palace"), "end", "31/12/2099");
    const http::Response page = sendForm(with(wrong, "consent", "no"));
    EXPECT_EQ(page.status, 400);
    for (const char* field : {"name", "email", "kind", "end", "consent"}) {
        EXPECT_TRUE(has(page, std::string("<a href=\"#") + field + "\">")) << field;
        EXPECT_TRUE(has(page, std::string("id=\"") + field + "\"")) << field;
        EXPECT_TRUE(has(page, std::string("id=\"") + field + "-mistake\"")) << field;
    }
    EXPECT_TRUE(has(page, "<title>Mistake: "));
    EXPECT_TRUE(has(page, "value=\"jean at example\""));
    EXPECT_TRUE(has(page, "\nIPv6 for the laboratory.</textarea>"));
    EXPECT_TRUE(has(page, "<option value=\"linux\" selected>"));
    EXPECT_TRUE(has(page, "Be <em>kind</em>."));
    draw("mistakes", page);
}

TEST_F(WebFaceTest, onlyWhatIsOfferedCanBeChosen) {
    const http::Response page = get("/");
    draw("form", page);
    EXPECT_TRUE(has(page, "value=\"host\"") && has(page, "value=\"site\""));
    EXPECT_FALSE(has(page, "value=\"soho\"")) << "no pool has /64s";
    m_configuration.registration->offers = {config::AccountKind::Site};
    apply();
    EXPECT_FALSE(has(get("/"), "value=\"host\"")) << "a reload needs nothing";
    EXPECT_EQ(sendForm(with(filledIn(), "kind", "host")).status, 400);
}

TEST_F(WebFaceTest, withoutARegistrationThereIsAFriendlyPage) {
    const std::string path = newRequest();
    m_configuration.registration.reset();
    apply();
    const http::Response closed = get("/");
    EXPECT_EQ(closed.status, 404);
    EXPECT_TRUE(has(closed, "Nobody can ask for an account here"));
    EXPECT_EQ(post("/", filledIn()).status, 404);
    EXPECT_EQ(get("/charter").status, 404);
    EXPECT_FALSE(has(closed, "href=\"/\"")) << "and no link leads in a circle";
    EXPECT_EQ(get(path).status, 200) << "who has asked before still sees how it goes on";
}

TEST_F(WebFaceTest, theCharterIsShownAndWantedAndItsTagsAreText) {
    useCharter("# Rules\n\n<script>x</script> [good](https://example.net/) [bad](javascript:alert(1))\n\n- "
               "one\n- two\n");
    const http::Response charter = get("/charter");
    EXPECT_TRUE(has(charter, "<h2>Rules</h2>"));
    EXPECT_TRUE(has(charter, "&lt;script&gt;"));
    EXPECT_TRUE(has(charter, "href=\"https://example.net/\""));
    EXPECT_FALSE(has(charter, "href=\"javascript"));
    EXPECT_TRUE(has(get("/"), "<ul><li>one</li><li>two</li></ul>"));
    draw("form-charter", get("/"));
    ASSERT_TRUE(QFile::remove(m_directory.filePath(QStringLiteral("charter.md"))));
    EXPECT_EQ(get("/").status, 503) << "nobody consents to what cannot be read";
}

// --- strangers

TEST_F(WebFaceTest, nothingThatIsTypedBecomesMarkup) {
    for (const char* field : {"name", "email", "organisation", "purpose", "kind", "system", "end"}) {
        const http::Response page = sendForm(
            with(with(filledIn(), field, attack), "kind", field == std::string("kind") ? attack : "palace"));
        EXPECT_EQ(page.status, 400) << field;
        EXPECT_FALSE(has(page, "<script>alert")) << field;
        EXPECT_FALSE(has(page, "<b x=")) << field;
    }
    const std::string path
        = newRequest(with(with(with(filledIn(), "name", attack), "organisation", attack), "purpose", attack));
    const http::Response status = get(path);
    EXPECT_FALSE(has(status, "<script>alert"));
    EXPECT_TRUE(has(status, "&quot;&gt;&lt;script&gt;alert(1)"));
    EXPECT_FALSE(has(get("/verify/%22%3E%3Cscript%3Ealert(1)"), "<script>alert"));
    EXPECT_FALSE(has(get("/?lang=%22%3E%3Cscript%3Ealert(1)"), "<script>alert"));
    EXPECT_FALSE(has(get(path + "?done=%3Cscript%3Ealert"), "<script>alert"));
}

TEST_F(WebFaceTest, everyPageForbidsScriptsThatAreNotOurs) {
    const std::string path = newRequest();
    for (const std::string& target : {std::string("/"), path, std::string("/nothing"), std::string("/r/x")}) {
        const http::Response page = get(target);
        const std::string policy = headerOf(page, "Content-Security-Policy");
        EXPECT_NE(policy.find("default-src 'none'"), std::string::npos) << target;
        EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos) << target;
        EXPECT_EQ(policy.find("unsafe"), std::string::npos) << target;
        EXPECT_EQ(headerOf(page, "Referrer-Policy"), "no-referrer") << target;
        EXPECT_EQ(headerOf(page, "Cache-Control"), "no-store") << target;
        EXPECT_FALSE(has(page, " style=") || has(page, "<style") || has(page, " onclick=")) << target;
    }
}

TEST_F(WebFaceTest, aFormThatIsNotOursChangesNothing) {
    const std::string path = newRequest();
    const http::Response page = get(path);
    EXPECT_EQ(post(path + "/withdraw", {}).status, 403) << "no token";
    const std::string ofForm = between(get("/").body, "name=\"csrf\" value=\"", "\"");
    EXPECT_EQ(post(path + "/withdraw", {{"csrf", ofForm}}).status, 403) << "the token of another form";
    const credentials::CsrfTokens tokens(m_key);
    const std::string old = tokens.make(
        m_cookies["__Host-visitor"], path + "/withdraw", std::chrono::system_clock::now() - 13h);
    EXPECT_EQ(post(path + "/withdraw", {{"csrf", old}}).status, 403) << "too old";
    m_cookies.clear();
    EXPECT_EQ(press(page, path + "/withdraw").status, 403) << "another visitor's";
    EXPECT_TRUE(has(get(path), "Waiting for an administrator"));
    const http::Response form = post("/", filledIn());
    EXPECT_EQ(form.status, 403);
    EXPECT_TRUE(has(form, "value=\"Jean Dupont\"")) << "what was typed stays";
}

TEST_F(WebFaceTest, aFieldThatPeopleDoNotSeeCatchesPrograms) {
    EXPECT_EQ(sendForm(with(filledIn(), "website", "https://spam.example/")).status, 400);
    std::size_t requests = 0;
    m_registry->forEachRequest([&](const api::RegistrationRequest&) { ++requests; });
    EXPECT_EQ(requests, 0U);
}

TEST_F(WebFaceTest, aForeignLinkTellsNothing) {
    const std::string path = newRequest();
    std::string other = path;
    other.back() = other.back() == 'A' ? 'E' : 'A';
    const http::Response unknown = get(other);
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.body, get("/r/nonsense").body) << "mistyped and unknown look the same";
    EXPECT_EQ(get(path + "/nothing").status, 404);
    EXPECT_EQ(post(other + "/credentials", {}).status, 404);
    EXPECT_EQ(get(path + "/tspc.conf").status, 404) << "there is no account yet";
    EXPECT_EQ(get(path + "/give-back").status, 404);
}

TEST_F(WebFaceTest, withoutJavaScriptFewRequestsAreTaken) {
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(sendForm(filledIn(), false).status, 303) << i;
    const http::Response refused = sendForm(filledIn(), false);
    EXPECT_EQ(refused.status, 429);
    EXPECT_TRUE(has(refused, "value=\"jean@example.net\""));
    EXPECT_EQ(sendForm(filledIn(), true).status, 303) << "with the sum done more are";
    m_address = address("203.0.113.5");
    EXPECT_EQ(sendForm(filledIn(), false).status, 303) << "and from elsewhere";
}

TEST_F(WebFaceTest, theRegistrysOwnLimitIsTold) {
    m_configuration.registration->requestsPerAddress = 2;
    m_configuration.registration->proofOfWorkBits = 0;
    apply();
    EXPECT_FALSE(has(get("/"), "pow.js")) << "nothing is computed where none is wanted";
    EXPECT_EQ(sendForm(filledIn()).status, 303);
    EXPECT_EQ(sendForm(filledIn()).status, 303);
    const http::Response refused = sendForm(filledIn());
    EXPECT_EQ(refused.status, 429);
    EXPECT_TRUE(has(refused, "Too many requests came from your network"));
}

TEST_F(WebFaceTest, aProofOfWorkCountsOnceAndMustBeRight) {
    const http::Response page = get("/");
    http::Pairs fields = filledIn();
    fields.emplace_back("work", solve(between(page.body, "data-challenge=\"", "\"")));
    EXPECT_EQ(press(page, "/", fields).status, 303);
    EXPECT_EQ(press(page, "/", fields).status, 400) << "a replay";
    fields.back().second = "1.8.AAAA.BBBB.0";
    EXPECT_EQ(press(page, "/", fields).status, 400) << "nonsense is not the same as nothing";
}

TEST_F(WebFaceTest, oddRequestsGetAPlainAnswer) {
    EXPECT_EQ(get("/nothing").status, 404);
    EXPECT_EQ(get("/style.css/x").status, 404);
    EXPECT_EQ(get("/r/").status, 404);
    EXPECT_EQ(get("/%2e%2e%2e").status, 404);
    EXPECT_FALSE(http::parseTarget("/../etc/passwd")) << "the server lets no such path in";
    EXPECT_EQ(send("DELETE", "/").status, 405);
    EXPECT_EQ(send("POST", "/", "name=%ZZ").status, 400);
    EXPECT_EQ(send("POST", "/style.css").status, 404);
    EXPECT_EQ(send("HEAD", "/").status, 200);
    EXPECT_EQ(get("/style.css").body, asset::styleSheet);
    EXPECT_TRUE(has(get("/pow.js"), "crypto.subtle"));
    EXPECT_EQ(get("/favicon.svg").status, 200);
}

TEST_F(WebFaceTest, whatCachesMayKeepNamesNobody) {
    for (const char* file : {"/style.css", "/pow.js", "/favicon.svg"}) {
        const http::Response sent = get(file);
        EXPECT_TRUE(headerOf(sent, "Cache-Control").starts_with("public"));
        EXPECT_EQ(headerOf(sent, "Set-Cookie"), "") << file;
    }
    const http::Response page = get("/");
    EXPECT_TRUE(headerOf(page, "Set-Cookie").starts_with("__Host-visitor=vdv_"));
    EXPECT_EQ(headerOf(page, "Cache-Control"), "no-store");
}

TEST_F(WebFaceTest, theSheetOfAVoucherIsDrawnOnce) {
    api::VoucherCreated created;
    created.voucher.draft.event = QStringLiteral("JRES");
    created.voucher.draft.kind = api::AccountKind::Host;
    created.credentials = {{QStringLiteral("jres-001"), QStringLiteral("kiwi-plum-1-fig")}};
    const std::string path = m_face->keepSheet(created).first.toStdString();
    const http::Response sheet = get(path);
    EXPECT_EQ(sheet.status, 200);
    ASSERT_TRUE(sheet.shared);
    EXPECT_NE(sheet.shared->find("kiwi-plum-1-fig"), std::string::npos);
    EXPECT_EQ(headerOf(sheet, "Cache-Control"), "no-store");
    EXPECT_EQ(get(path).shared, sheet.shared);
    EXPECT_NE(get(path + "?lang=fr").shared->find("Mot de passe"), std::string::npos);
    m_face->maintain();
    EXPECT_EQ(get(path).status, 200) << "its hour is not over";
    EXPECT_EQ(get("/sheet/" + std::string(47, 'x')).status, 404);
}

TEST(WebFaceLimits, bodiesAreOnlyForForms) {
    const auto limit = [](const char* method, const char* target) {
        http::Request head;
        head.method = method;
        head.segments = http::parseTarget(target)->segments;
        return WebFace::bodyLimit(head);
    };
    EXPECT_EQ(limit("GET", "/"), 0U);
    EXPECT_EQ(limit("POST", "/charter"), 0U);
    EXPECT_EQ(limit("POST", "/r/x"), 0U);
    EXPECT_EQ(limit("POST", "/"), 65536U);
    EXPECT_EQ(limit("POST", "/r/x/answer"), 65536U);
    EXPECT_EQ(limit("POST", "/verify/x"), 65536U);
}

// --- languages

TEST_F(WebFaceTest, theLanguageIsTheBrowsersUntilTheVisitorSaysAnother) {
    EXPECT_TRUE(has(get("/"), "<html lang=\"en\">"));
    m_acceptLanguage = "fr-FR,fr;q=0.9,en;q=0.5";
    const http::Response french = get("/");
    EXPECT_TRUE(has(french, "<html lang=\"fr\">"));
    EXPECT_TRUE(has(french, "Demander un compte IPv6"));
    EXPECT_TRUE(has(french, "href=\"/?lang=en\""));
    draw("form-fr", french);
    EXPECT_TRUE(has(get("/?lang=en"), "<html lang=\"en\">"));
    EXPECT_TRUE(has(get("/"), "<html lang=\"en\">")) << "the choice lasts";
    EXPECT_TRUE(has(get("/?lang=fr"), "<html lang=\"fr\">"));
    const std::string path = newRequest();
    EXPECT_EQ(m_registry->byLink(linkOf(path))->request.language, QStringLiteral("fr"));
    EXPECT_TRUE(has(get(path), "En attente d’un administrateur"));
    draw("pending-fr", get(path));
}
