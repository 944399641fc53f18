// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/credentials/Totp.h"
#include "tests/unit/credentials/Sources.h"

#include <gtest/gtest.h>

using namespace viaduct::credentials;
using namespace std::chrono_literals;

namespace {
/// "12345678901234567890", the secret of RFC 4226, appendix D, and RFC 6238, appendix B.
const TotpSecret rfc = TotpSecret::fromBase32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").value();

std::chrono::system_clock::time_point at(std::int64_t seconds) {
    return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
}
} // namespace

TEST(Totp, givesTheCodesOfRfc4226) {
    const char* codes[] = {"755224", "287082", "359152", "969429", "338314",
                           "254676", "287922", "162583", "399871", "520489"};
    for (std::int64_t count = 0; count < 10; ++count)
        EXPECT_EQ(rfc.code(count), codes[count]);
}

TEST(Totp, verifiesTheTimesOfRfc6238) {
    // Appendix B, the last six of its eight digits.
    const std::pair<std::int64_t, const char*> table[] = {
        {59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
        {1234567890, "005924"}, {2000000000, "279037"},
    };
    for (const auto& [seconds, code] : table) {
        EXPECT_EQ(rfc.verify(code, at(seconds)), seconds / 30);
        EXPECT_EQ(rfc.verify(code, at(seconds + 30)), seconds / 30) << "a slow clock";
        EXPECT_EQ(rfc.verify(code, at(seconds - 30)), seconds / 30) << "a fast one";
        EXPECT_EQ(rfc.verify(code, at(seconds + 60)), std::nullopt);
        EXPECT_EQ(rfc.verify(code, at(seconds - 60)), std::nullopt);
    }
}

TEST(Totp, reachesBeyondTheYear2038) {
    EXPECT_EQ(rfc.code(20000000000 / 30), "353130"); // RFC 6238, appendix B: in the year 2603
}

TEST(Totp, takesEachCodeOnce) {
    const std::int64_t step = 1'767'268'800 / 30;
    const auto used = rfc.verify(rfc.code(step), noon);
    EXPECT_EQ(used, step);
    EXPECT_EQ(rfc.verify(rfc.code(step), noon + 5s, used), std::nullopt) << "looked over the shoulder";
    EXPECT_EQ(rfc.verify(rfc.code(step - 1), noon, used), std::nullopt) << "nor an older one";
    EXPECT_EQ(rfc.verify(rfc.code(step + 1), noon + 30s, used), step + 1);
}

TEST(Totp, refusesWhatIsNoCode) {
    for (const char* wrong : {"", "755225", "75522", "7552244", "75522a", "000000", "755224755224", "+55224"})
        EXPECT_EQ(rfc.verify(wrong, at(0)), std::nullopt) << wrong;
    EXPECT_EQ(rfc.verify("755 224", at(0)), 0) << "people type what they read";
    EXPECT_EQ(rfc.verify(std::string(100'000, ' ') + "755224", at(0)), std::nullopt);
}

TEST(Totp, secretTravelsAsBase32AndUri) {
    const TotpSecret made = TotpSecret::make(counting());
    EXPECT_EQ(made.base32(), "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQT");
    EXPECT_EQ(TotpSecret::fromBase32(made.base32())->base32(), made.base32());
    EXPECT_EQ(
        rfc.uri("Viaduct RENATER", "alice@example.org"),
        "otpauth://totp/Viaduct%20RENATER:alice%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=Viaduct%20RENATER&algorithm=SHA1&digits=6&period=30");
    for (const char* wrong :
         {"", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQA",
          "gezdgnbvgy3tqojqgezdgnbvgy3tqojq", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1",
          "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ="})
        EXPECT_FALSE(TotpSecret::fromBase32(wrong)) << wrong;
}
