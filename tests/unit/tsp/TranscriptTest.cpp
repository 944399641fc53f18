// SPDX-License-Identifier: GPL-3.0-or-later
// Every recorded dialogue, byte for byte.
#include "tests/unit/tsp/BrokerPlayer.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace viaduct::tsp;

class Transcripts : public testing::TestWithParam<std::string> { };

TEST_P(Transcripts, areSpokenByTheBroker) {
    BrokerPlayer(BrokerPlayer::Manner{}).play(readTranscript(GetParam()));
}

TEST_P(Transcripts, areSpokenInPiecesOfAnySize) {
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 100U}) {
        SCOPED_TRACE(piece);
        BrokerPlayer({piece, false}).play(readTranscript(GetParam()));
    }
}

TEST_P(Transcripts, areSpokenToAClientThatRepeatsItself) {
    BrokerPlayer({65536, true}).play(readTranscript(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(, Transcripts, testing::ValuesIn(transcriptNames()), [](const auto& file) {
    std::string name = file.param.substr(0, file.param.rfind('.'));
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
    return name;
});
