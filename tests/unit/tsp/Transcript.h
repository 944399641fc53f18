// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the recorded dialogues in tests/unit/tsp/transcripts (their README.md tells the notation).
#pragma once

#include "shared/tsp/Message.h"

namespace viaduct::tsp {

struct TranscriptStep {
    enum class Who { Session, Client, Server, ServerAfterGap, Broker };
    Who who = Who::Broker;
    std::string bytes; ///< what is on the wire, header included; the text itself for Session and Broker
    int line = 0;

    bool operator==(const TranscriptStep&) const = default;
};

/// `name` is that of a file in the folder of transcripts. Throws std::runtime_error when it cannot be read.
std::vector<TranscriptStep> readTranscript(const std::string& name);
/// The names of all of them, sorted.
std::vector<std::string> transcriptNames();

/// `words` of a line, split at single characters `at`; empty ones are left out.
std::vector<std::string> split(const std::string& text, char at);
/// The answers that Broker lines name: "granted" is nobody's refusal.
Refusal refusalFromWords(const std::vector<std::string>& words);
/// KEY=VALUE words of a `B tunnel` line.
TunnelInfo infoFromWords(const std::vector<std::string>& words);

} // namespace viaduct::tsp
