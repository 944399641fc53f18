// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/tsp/Transcript.h"

#include "tests/unit/source/SourceTree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace viaduct::tsp {

namespace {
const std::filesystem::path folder = sourcePath("tests/unit/tsp/transcripts");
const std::string continuation = "   ";
const std::string carriageReturn = "␍";
const std::string lineFeed = "␊";
const std::string nul = "␀";

void replaceAll(std::string& text, const std::string& what, const std::string& by) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
}

std::string wire(std::string text) {
    replaceAll(text, carriageReturn, "\r");
    replaceAll(text, lineFeed, "\n");
    replaceAll(text, nul, std::string(1, '\0'));
    return text;
}

/// "f00000f0 00000236" as 8 bytes.
std::string header(const std::string& hex) {
    std::string bytes;
    for (const std::string& word : split(hex, ' ')) {
        for (std::size_t i = 0; i < word.size(); i += 2)
            bytes += static_cast<char>(std::stoi(word.substr(i, 2), nullptr, 16));
    }
    return bytes;
}

std::string message(const std::string& text) {
    if (!text.starts_with('['))
        return wire(text);
    const std::size_t end = text.find(']');
    const std::size_t begin = std::min(end + 2, text.size());
    return header(text.substr(1, end - 1)) + wire(text.substr(begin));
}

std::string continued(const std::string& line) {
    const std::string text = line.substr(continuation.size());
    const bool ended = text.ends_with(lineFeed) || text.ends_with(nul);
    return ended ? wire(text) : text + "\r\n";
}

TranscriptStep step(const std::string& line, int number) {
    using Who = TranscriptStep::Who;
    if (line.starts_with("session "))
        return {Who::Session, line.substr(8), number};
    const std::string rest = line.size() < 2 ? std::string() : line.substr(2);
    switch (line.front()) {
    case 'C':
        return {Who::Client, message(rest), number};
    case 'S':
        return {Who::Server, message(rest), number};
    case 'G':
        return {Who::ServerAfterGap, message(rest), number};
    case 'B':
        return {Who::Broker, rest, number};
    default:
        throw std::runtime_error("transcript line " + std::to_string(number) + ": " + line);
    }
}

void readEnds(const std::string& value, IpAddress& outer, IpAddress& inner) {
    const auto ends = split(value, ',');
    outer = IpAddress::fromText(ends.at(0)).value();
    inner = IpAddress::fromText(ends.at(1)).value();
}

void readWord(const std::string& key, const std::string& value, TunnelInfo& info) {
    if (key == "mode")
        info.mode = tunnelModeFromText(value).value();
    else if (key == "server")
        readEnds(value, info.serverOuter, info.serverInner);
    else if (key == "client")
        readEnds(value, info.clientOuter, info.clientInner);
    else if (key == "keepalive")
        info.keepaliveInterval = std::chrono::seconds(std::stoi(value));
    else if (key == "name")
        info.clientName = value;
    else if (key == "resolver")
        info.resolvers.push_back(IpAddress::fromText(value).value());
    else if (key == "prefix")
        info.delegation = Delegation{Prefix::fromText(value).value(), {}};
    else if (key == "dns")
        info.delegation.value().dnsServers = split(value, ',');
    else
        throw std::runtime_error("transcript: unknown key " + key);
}
} // namespace

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text + at) {
        if (c != at) {
            word += c;
        } else if (!word.empty()) {
            words.push_back(word);
            word.clear();
        }
    }
    return words;
}

std::vector<TranscriptStep> readTranscript(const std::string& name) {
    std::ifstream file(folder / name);
    if (!file)
        throw std::runtime_error("cannot read transcript " + name);
    std::vector<TranscriptStep> steps;
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        if (line.empty() || line.front() == '#')
            continue;
        if (line.starts_with(continuation))
            steps.back().bytes += continued(line);
        else
            steps.push_back(step(line, number));
    }
    return steps;
}

std::vector<std::string> transcriptNames() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".txt")
            names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

Refusal refusalFromWords(const std::vector<std::string>& words) {
    return {static_cast<Status>(std::stoi(words.at(0))), {words.begin() + 1, words.end()}};
}

TunnelInfo infoFromWords(const std::vector<std::string>& words) {
    TunnelInfo info;
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        readWord(word.substr(0, equals), word.substr(equals + 1), info);
    }
    return info;
}

} // namespace viaduct::tsp
