// SPDX-License-Identifier: GPL-3.0-or-later
// What is sent again is not done again.
#include "server/api/Idempotency.h"

#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::face;
using namespace std::chrono_literals;

namespace {
constexpr api::Time start{};
const Idempotency::Key key{"ann", "createAccount", "k1"};

struct Heard {
    std::vector<int> statuses;
    Idempotency::Answered hear() {
        return [this](const http::Response& response) { statuses.push_back(response.status); };
    }
};
} // namespace

TEST(Idempotency, theFirstAnswerIsGivenAgain) {
    Idempotency answers;
    Heard heard;
    EXPECT_EQ(answers.begin(key, "x", start, heard.hear()), Idempotency::Verdict::First);
    EXPECT_EQ(answers.begin(key, "x", start, heard.hear()), Idempotency::Verdict::Waits);
    EXPECT_TRUE(heard.statuses.empty());
    answers.finished(key, http::Response::json(201, "{}"));
    EXPECT_EQ(heard.statuses, std::vector<int>{201});
    EXPECT_EQ(answers.begin(key, "x", start + 23h, heard.hear()), Idempotency::Verdict::Known);
    EXPECT_EQ(heard.statuses, (std::vector<int>{201, 201}));
    EXPECT_EQ(answers.begin(key, "x", start + 24h, heard.hear()), Idempotency::Verdict::First);
}

TEST(Idempotency, otherContentOrAnotherPersonIsAnotherMatter) {
    Idempotency answers;
    Heard heard;
    answers.begin(key, "x", start, heard.hear());
    EXPECT_EQ(answers.begin(key, "y", start, heard.hear()), Idempotency::Verdict::Reused);
    EXPECT_EQ(
        answers.begin({"bob", "createAccount", "k1"}, "y", start, heard.hear()), Idempotency::Verdict::First);
}

TEST(Idempotency, whatFailedForNowMayBeTriedAgain) {
    Idempotency answers;
    Heard heard;
    answers.begin(key, "x", start, heard.hear());
    answers.finished(key, http::Response::json(503, "{}"));
    EXPECT_EQ(answers.begin(key, "x", start, heard.hear()), Idempotency::Verdict::First);
    answers.finished(key, http::Response::json(422, "{}"));
    EXPECT_EQ(answers.begin(key, "x", start, heard.hear()), Idempotency::Verdict::Known);
}

TEST(Idempotency, whoCannotWaitIsToldSo) {
    Idempotency answers;
    Heard heard;
    answers.begin(key, "x", start, heard.hear());
    std::size_t waiting = 0;
    while (waiting < 100 && answers.begin(key, "x", start, heard.hear()) == Idempotency::Verdict::Waits)
        ++waiting;
    EXPECT_EQ(waiting, 16U);
    EXPECT_EQ(answers.begin(key, "x", start, heard.hear()), Idempotency::Verdict::Crowded);
    answers.finished(key, http::Response::json(201, "{}"));
    EXPECT_EQ(heard.statuses.size(), waiting) << "each that was let wait is told";
}

TEST(Idempotency, whatIsUnderWayIsNotForgotten) {
    Idempotency answers;
    const auto named = [](std::size_t i) {
        return Idempotency::Key{"ann", "createAccount", std::to_string(i)};
    };
    for (std::size_t i = 0; i < Idempotency::mostKeys; ++i)
        EXPECT_EQ(answers.begin(named(i), "x", start, {}), Idempotency::Verdict::First);
    EXPECT_EQ(answers.begin(named(Idempotency::mostKeys), "x", start, {}), Idempotency::Verdict::Crowded);
    EXPECT_EQ(answers.begin(named(0), "x", start, {}), Idempotency::Verdict::Waits);
}

TEST(Idempotency, nobodyPushesOutTheAnswersOfOthers) {
    Idempotency answers;
    Heard heard;
    answers.begin(key, "x", start, {});
    answers.finished(key, http::Response::json(201, "{}"));
    for (std::size_t i = 0; i < Idempotency::mostKeys * 2; ++i) {
        const Idempotency::Key each{"bob", "createAccount", std::to_string(i)};
        answers.begin(each, "x", start, {});
        answers.finished(each, http::Response::json(201, "{}"));
    }
    EXPECT_EQ(answers.begin(key, "x", start, heard.hear()), Idempotency::Verdict::Known);
    EXPECT_LE(answers.size(), Idempotency::mostKeys);
}

TEST(Idempotency, itsMemoryIsBounded) {
    Idempotency answers;
    for (std::size_t i = 0; i < Idempotency::mostKeys + 100; ++i) {
        const Idempotency::Key each{"ann", "createAccount", std::to_string(i)};
        answers.begin(each, "x", start, {});
        answers.finished(each, http::Response::json(201, "{}"));
    }
    EXPECT_LE(answers.size(), Idempotency::mostKeys);
    for (std::size_t i = 0; i < 40; ++i) {
        const Idempotency::Key each{"bob", "createVoucher", std::to_string(i)};
        answers.begin(each, "x", start, {});
        answers.finished(each, http::Response::json(201, std::string(1 << 20, ' ')));
    }
    EXPECT_EQ(
        answers.begin({"bob", "createVoucher", "39"}, "x", start, Heard().hear()),
        Idempotency::Verdict::Known);
    EXPECT_EQ(answers.begin({"bob", "createVoucher", "0"}, "x", start, {}), Idempotency::Verdict::First);
}
