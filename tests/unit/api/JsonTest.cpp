// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/api/EveryType.h"
#include "tests/unit/api/RandomValue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QJsonDocument>

using namespace viaduct;
using namespace viaduct::api;
using testing::HasSubstr;

namespace {

QJsonObject json(const char* text) {
    QJsonParseError error{};
    const QJsonDocument document = QJsonDocument::fromJson(text, &error);
    EXPECT_EQ(error.error, QJsonParseError::NoError) << text;
    return document.object();
}

template <typename T>
std::string mistake(const char* text) {
    const auto value = fromJson<T>(json(text));
    return value ? "none" : value.error().message;
}

struct TunnelId {
    std::int64_t id = 0;
    template <typename Table>
    static void members(Table& table) {
        table.needed("id", &TunnelId::id, "");
    }
};

QJsonObject throughBytes(const QJsonObject& object) {
    return QJsonDocument::fromJson(QJsonDocument(object).toJson(QJsonDocument::Compact)).object();
}

} // namespace

TEST(Json, everyTypeComesBackAsItWas) {
    test::Random random(20261124);
    int types = 0;
    test::forEachType([&]<typename T>() {
        ++types;
        for (int i = 0; i < 200; ++i) {
            const T value = test::randomValue<T>(random);
            const auto again = fromJson<T>(throughBytes(toJson(value)));
            ASSERT_TRUE(again) << typeNameOf<T>().toStdString() << ": " << again.error().message;
            ASSERT_EQ(toJson(*again), toJson(value)) << typeNameOf<T>().toStdString();
            ASSERT_TRUE(*again == value) << typeNameOf<T>().toStdString();
        }
    });
    EXPECT_GT(types, 70);
}

TEST(Json, aNeededMemberThatIsMissingIsNamed) {
    test::Random random(1);
    test::forEachType([&]<typename T>() {
        const QJsonObject whole = toJson(test::randomValue<T>(random));
        Schemas schemas;
        describe(As<T>(), {}, schemas);
        const QJsonArray needed = schemas[typeNameOf<T>()].value(QStringLiteral("required")).toArray();
        for (const QJsonValue& name : needed) {
            QJsonObject part = whole;
            part.remove(name.toString());
            const auto value = read<T>(part);
            ASSERT_FALSE(value) << typeNameOf<T>().toStdString() << " without "
                                << name.toString().toStdString();
            EXPECT_EQ(value.error().front().pointer, u'/' + name.toString());
        }
    });
}

TEST(Json, aWrongTypeIsNamed) {
    test::Random random(2);
    // Nothing here is so deep. Appended one by one: compilers differ in what braces within braces mean.
    QJsonArray inner;
    inner.append(QJsonArray());
    QJsonArray outer;
    outer.append(inner);
    test::forEachType([&]<typename T>() {
        const QJsonObject whole = toJson(test::randomValue<T>(random));
        for (const QString& name : whole.keys()) {
            QJsonObject wrong = whole;
            wrong.insert(name, outer);
            const auto value = read<T>(wrong);
            ASSERT_FALSE(value) << typeNameOf<T>().toStdString() << '.' << name.toStdString();
            EXPECT_TRUE(value.error().front().pointer.startsWith(u'/' + name));
        }
    });
}

TEST(Json, whatIsNotKnownIsIgnoredAndWhatIsMissingKeepsItsDefault) {
    const auto settings = fromJson<AccountSettings>(json(R"({"kind":"site","colour":"blue","limits":null})"));
    ASSERT_TRUE(settings);
    AccountSettings wanted;
    wanted.kind = AccountKind::Site;
    EXPECT_EQ(*settings, wanted);
}

TEST(Json, whatIsNotKnownIsRefusedInAWish) {
    const QJsonObject typed
        = json(R"({"kind":"site","validUntill":null,"limits":{"ratein":1},"tags":["a"]})");
    EXPECT_TRUE(read<AccountSettings>(typed));
    const auto settings = read<AccountSettings>(typed, UnknownMembers::Refused);
    ASSERT_FALSE(settings);
    ASSERT_EQ(settings.error().size(), 2U);
    EXPECT_EQ(settings.error()[0].pointer, QStringLiteral("/limits/ratein"));
    EXPECT_EQ(settings.error()[1].pointer, QStringLiteral("/validUntill"));
    EXPECT_TRUE(read<AccountSettings>(json(R"({"kind":"site"})"), UnknownMembers::Refused));
}

TEST(Json, mistakesNameTheFieldAndTheCure) {
    EXPECT_THAT(mistake<Login>(R"({"login":"a"})"), HasSubstr("/password: It is missing"));
    EXPECT_THAT(mistake<Login>(R"({"login":1,"password":"b"})"), HasSubstr("/login: Text is wanted"));
    EXPECT_THAT(mistake<Login>(R"({"login":"","password":"b"})"), HasSubstr("/login: It is empty"));
    EXPECT_THAT(mistake<Login>(R"({"login":"a\nb","password":"b"})"), HasSubstr("line break"));
    EXPECT_THAT(mistake<Reason>("{\"reason\":\"a\\u0000\"}"), HasSubstr("control character"));
    EXPECT_EQ(mistake<Reason>(R"({"reason":"two\nlines"})"), "none");
    EXPECT_THAT(
        mistake<AccountSettings>(R"({"kind":"Site"})"),
        HasSubstr("/kind: One of these words is wanted: host"));
    EXPECT_THAT(
        mistake<AccountSettings>(R"({"kind":"site","limits":{"rateIn":-1}})"),
        HasSubstr("/limits/rateIn: A whole number from 0 to 9223372036854775807"));
    EXPECT_THAT(
        mistake<AccountSettings>(R"({"kind":"site","tags":["ok",""]})"), HasSubstr("/tags/1: It is empty"));
    EXPECT_THAT(
        mistake<AccountSettings>(R"({"kind":"site","validUntil":"tomorrow"})"), HasSubstr("RFC 3339"));
    EXPECT_THAT(
        mistake<ReservationDraft>(R"({"pool":"P","prefix":"2001:db8::1/48","note":"x"})"),
        HasSubstr("/prefix"));
}

TEST(Json, numbersAreWholeAndInTheirBounds) {
    for (const char* wrong : {"1.5", "\"1\"", "1e300", "9223372036854775808", "-1", "true", "null"})
        EXPECT_NE(mistake<TunnelId>(QByteArray("{\"id\":").append(wrong).append('}')), "none") << wrong;
    const auto large = fromJson<ConfigurationState>(
        json(R"({"revision":9223372036854775807,"applied":"2026-11-24T09:30:00Z","by":"x"})"));
    ASSERT_TRUE(large);
    EXPECT_EQ(large->revision, std::numeric_limits<std::int64_t>::max()) << "no bit of 64 is lost";
    EXPECT_EQ(throughBytes(toJson(*large)), toJson(*large));
}

TEST(Json, tooMuchIsRefused) {
    QJsonArray tags;
    for (int i = 0; i < 33; ++i)
        tags.append(QStringLiteral("x"));
    QJsonObject settings{{QStringLiteral("kind"), QStringLiteral("site")}, {QStringLiteral("tags"), tags}};
    EXPECT_FALSE(fromJson<AccountSettings>(settings));
    tags.removeLast();
    settings.insert(QStringLiteral("tags"), tags);
    EXPECT_TRUE(fromJson<AccountSettings>(settings));
    settings.insert(QStringLiteral("email"), QString(limit::email + 1, u'x'));
    EXPECT_FALSE(fromJson<AccountSettings>(settings));
}

TEST(Json, aHostileBodyDoesNotMakeALargerAnswer) {
    QJsonArray items;
    for (int i = 0; i < 1000; ++i)
        items.append(i);
    const auto page = read<Page<Tunnel>>(QJsonObject{{QStringLiteral("items"), items}});
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().size(), 50U);
}

TEST(Json, halfASurrogatePairIsNoText) {
    const QString broken = QString(QChar(0xd800)) + u'x';
    EXPECT_FALSE(fromJson<Reason>(QJsonObject{{QStringLiteral("reason"), broken}}));
}

TEST(Json, everyEventComesBackUnderItsName) {
    test::Random random(3);
    std::set<std::string> names;
    const auto all = [&]<std::size_t... index>(std::index_sequence<index...>) {
        const auto one = [&]<typename T>(std::type_identity<T>) {
            T value;
            if constexpr (requires { typename T::Payload; })
                value.value = test::randomValue<typename T::Payload>(random);
            else
                value = test::randomValue<T>(random);
            const Event event(value);
            EXPECT_TRUE(names.insert(nameOf(event)).second) << nameOf(event) << " stands for two";
            const auto again = eventFromJson(QString::fromUtf8(nameOf(event)), throughBytes(toJson(event)));
            ASSERT_TRUE(again) << again.error().message;
            EXPECT_TRUE(*again == event) << nameOf(event);
            const bool mark = std::string(nameOf(event)).starts_with("snapshot.");
            EXPECT_EQ(topicOf(event).has_value(), !mark) << nameOf(event);
        };
        (one(std::type_identity<std::variant_alternative_t<index, Event>>{}), ...);
    };
    all(std::make_index_sequence<std::variant_size_v<Event>>());
    EXPECT_EQ(eventFromJson(QStringLiteral("tunnel.sideways"), {}).error().code, Error::Code::NotFound);
    EXPECT_EQ(eventFromJson(QStringLiteral("tunnel.up"), {}).error().code, Error::Code::Invalid);
}

TEST(Problems, aRefusalComesBackAsTheSameErrorForPeople) {
    const Problem sent = problem(
        ProblemKind::Conflict, QStringLiteral("The name is taken."), QStringLiteral("Choose another."));
    EXPECT_EQ(sent.status, 409);
    const auto got = fromJson<Problem>(throughBytes(toJson(sent)));
    ASSERT_TRUE(got);
    EXPECT_EQ(kindOf(*got), ProblemKind::Conflict);
    EXPECT_EQ(errorOf(*got), (Error{Error::Code::Conflict, "The name is taken. Choose another."}));
    EXPECT_EQ(errorOf(problemOf(Error{Error::Code::NotFound, "No."})), (Error{Error::Code::NotFound, "No."}));
    Problem foreign;
    foreign.type = QStringLiteral("about:blank");
    foreign.title = QStringLiteral("Gone");
    foreign.status = 410;
    EXPECT_EQ(errorOf(foreign), (Error{Error::Code::NotFound, "Gone"}));
}

TEST(Problems, eachKindHasAStatusOfItsFamily) {
    for (std::size_t i = 0; i < Words<ProblemKind>::list.size(); ++i) {
        const Problem one = problem(static_cast<ProblemKind>(i), QStringLiteral("Because."));
        EXPECT_GE(one.status, 400);
        EXPECT_LT(one.status, 600);
        EXPECT_EQ(kindOf(one), static_cast<ProblemKind>(i));
    }
}
