// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Grammar.h"

#include "server/config/Sections.h"

#include <algorithm>

namespace viaduct::config {

namespace {

/// The keywords of a section as a tree. A leaf is a command; the words that may follow a node stand beside
/// the nodes that they lead to.
struct Node {
    const Command* command = nullptr;
    KeywordList words;
    std::vector<Node> next;
};

bool isKeyword(std::string_view word) {
    return word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

/// The lower-case words that a usage begins with.
KeywordList leadingKeywords(std::string_view usage) {
    KeywordList keywords;
    while (!usage.empty()) {
        const std::string_view word = usage.substr(0, usage.find(' '));
        if (!isKeyword(word))
            break;
        keywords.push_back(word);
        usage.remove_prefix(std::min(word.size() + 1, usage.size()));
    }
    return keywords;
}

Node& nodeAfter(Node& node, std::string_view keyword) {
    const auto word = std::find(node.words.begin(), node.words.end(), keyword);
    const auto index = static_cast<std::size_t>(word - node.words.begin());
    if (word == node.words.end()) {
        node.words.push_back(keyword);
        node.next.emplace_back();
    }
    return node.next[index];
}

Node treeOf(Section section) {
    Node root;
    for (const Command& command : commands(section)) {
        Node* node = &root;
        for (const std::string_view keyword : leadingKeywords(command.usage))
            node = &nodeAfter(*node, keyword);
        node->command = &command;
    }
    return root;
}

const Node& tree(Section section) {
    static const std::vector<Node> trees = [] {
        std::vector<Node> all;
        for (const Section each : allSections)
            all.push_back(treeOf(each));
        return all;
    }();
    return trees[static_cast<std::size_t>(section)];
}

} // namespace

std::span<const Command> commands(Section section) {
    switch (section) {
    case Section::Global:
        break;
    case Section::Tsp:
        return tspLines();
    case Section::TunnelServer:
        return tunnelServerLines();
    case Section::TunnelBroker:
        return tunnelBrokerLines();
    case Section::Tunnel:
        return tunnelLines();
    case Section::WebServer:
        return webServerLines();
    case Section::Registration:
        return registrationLines();
    case Section::MailServer:
        return mailServerLines();
    case Section::RadiusServer:
        return radiusServerLines();
    }
    return globalLines();
}

Match match(std::span<const Word> words, Section section) {
    const Node* node = &tree(section);
    std::size_t depth = 0;
    for (; !node->command; ++depth) {
        if (depth == words.size() || words[depth].quoted)
            return {nullptr, depth, node->words, false};
        const KeywordList found = meant(words[depth].text, node->words);
        if (found.empty())
            return {nullptr, depth, node->words, false};
        if (found.size() > 1)
            return {nullptr, depth, found, true};
        const auto word = std::find(node->words.begin(), node->words.end(), found.front());
        node = &node->next[static_cast<std::size_t>(word - node->words.begin())];
    }
    return {node->command, depth, {}, false};
}

} // namespace viaduct::config
