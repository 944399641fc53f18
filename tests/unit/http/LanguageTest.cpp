// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Language.h"

#include <gtest/gtest.h>

using viaduct::http::bestLanguage;

namespace {

std::string best(std::string_view header) {
    return bestLanguage(header, {"en", "fr"});
}

} // namespace

TEST(Language, theWantedOneIsChosen) {
    EXPECT_EQ(best("fr"), "fr");
    EXPECT_EQ(best("FR-be"), "fr");
    EXPECT_EQ(best("fr-FR,fr;q=0.8,en-US;q=0.5,en;q=0.3"), "fr");
    EXPECT_EQ(best("en-GB,en;q=0.9,fr;q=0.8"), "en");
    EXPECT_EQ(best("de, fr;q=0.1"), "fr");
    EXPECT_EQ(best("en;q=0.2, fr ; q=0.3"), "fr");
    EXPECT_EQ(best("en;q=0.299, fr;Q=0.3"), "fr");
    EXPECT_EQ(best("fr-FR, en"), "fr") << "of equals the first";
    EXPECT_EQ(best("en;q=0, *"), "fr") << "not English";
    EXPECT_EQ(best("*;q=0.9, en;q=0.1"), "fr") << "the closest range counts";
}

TEST(Language, theFirstIsForAllOthers) {
    for (const char* header :
         {"", "de", "*", "fr;q=0", "fr;q=2", "fr;q=1.001", "fr;q=0.1234", "fr;q=", "fr;q=x", "fr;x=1",
          "french", ",;,;q=1"})
        EXPECT_EQ(best(header), "en") << header;
}

TEST(Language, aLongListCostsLittle) {
    std::string header;
    for (int i = 0; i < 1000; ++i)
        header += "de,";
    EXPECT_EQ(best(header + "fr"), "en") << "only the first fifty are looked at";
}

TEST(Language, aRegionIsTakenWhenOffered) {
    EXPECT_EQ(bestLanguage("fr-CA", {"en", "fr", "fr-ca"}), "fr-ca");
    EXPECT_EQ(bestLanguage("fr", {"en", "fr-ca"}), "fr-ca");
}
