// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Checks.h"
#include "server/config/Grammar.h"
#include "server/config/Output.h"

#include <algorithm>

namespace viaduct::config {

namespace {

/// Room for hundreds of thousands of accounts; it bounds what a text can cost.
constexpr std::size_t largestText = std::size_t{16} << 20U;

constexpr std::pair<Section, std::string_view> sectionHeaders[]
    = {{Section::Tsp, "tsp"},
       {Section::TunnelServer, "tunnel server"},
       {Section::TunnelBroker, "tunnel broker"},
       {Section::Tunnel, "interface tunnel"},
       {Section::WebServer, "web server"},
       {Section::Registration, "registration"},
       {Section::MailServer, "mail server"},
       {Section::RadiusServer, "radius server"}};

class Parser {
public:
    tl::expected<Configuration, std::vector<Diagnostic>> parse(std::string_view text) {
        readLines(text);
        // Checks of a text that was not read to its end would miss what stands there.
        if (!m_draft.diagnostics.isFull())
            checkWhole();
        if (!m_draft.diagnostics.isEmpty())
            return tl::unexpected(m_draft.diagnostics.take());
        return std::move(m_draft.configuration);
    }

    std::string withoutPasswords(std::string_view text) {
        readLines(text);
        std::string result;
        std::size_t copied = 0;
        for (const WrittenPassword& written : m_draft.passwords) {
            result += text.substr(copied, written.begin - copied);
            result += written.user.empty()
                ? "(hidden)"
                : "digest " + digestText(written.user, m_draft.configuration.realm, written.password);
            copied = written.end;
        }
        return result += text.substr(copied);
    }

private:
    void checkWhole() {
        applyImplied(m_draft);
        checkPools(m_draft);
        checkListeners(m_draft);
        checkServers(m_draft);
        checkStaticTunnels(m_draft);
        checkAuthentication(m_draft);
        checkMailServer(m_draft);
        checkWebServers(m_draft);
        checkRegistration(m_draft);
    }

    void readLines(std::string_view text) {
        constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";
        const std::string_view whole = text;
        if (text.substr(0, byteOrderMark.size()) == byteOrderMark)
            text.remove_prefix(byteOrderMark.size());
        while (!text.empty() && !m_draft.diagnostics.isFull()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            std::string_view line = text.substr(0, end);
            m_draft.lineBegin = whole.size() - text.size();
            text.remove_prefix(std::min(end + 1, text.size()));
            if (!line.empty() && line.back() == '\r')
                line.remove_suffix(1);
            ++m_number;
            readLine(line);
        }
    }

    void readLine(std::string_view text) {
        auto split = words(text, m_number);
        if (!split) {
            m_draft.diagnostics.add(
                {m_number, split.error().column}, split.error().cause, split.error().cure);
            return;
        }
        if (split->empty())
            noteCommentedPassword(text);
        if (split->empty() || isShowHeader(*split) || isBehindEnd(*split))
            return;
        splitInterfaceName(*split);
        readCommand(text, *split);
    }

    /// `# username NAME secret PASSWORD`: whoever took the line out did not mean to show its password.
    void noteCommentedPassword(std::string_view text) {
        constexpr std::size_t shortestKeyword = 4; // "use the secret door" is prose
        const std::size_t begin = text.find_first_not_of(" \t#!");
        if (begin == std::string_view::npos)
            return;
        const auto split = words(text.substr(begin), m_number);
        if (!split || split->size() < 4 || (*split)[0].text.size() < shortestKeyword
            || meant((*split)[0].text, {"username"}).empty() || meant((*split)[2].text, {"secret"}).empty())
            return;
        const std::size_t line = m_draft.lineBegin;
        m_draft.passwords.push_back({line + begin + (*split)[3].begin, line + text.size(), {}, {}});
    }

    /// What `show running-config` prints above the configuration: "Building configuration..." and "Current
    /// configuration : 1234 bytes".
    static bool isShowHeader(const std::vector<Word>& line) {
        return line.size() >= 2
            && ((sameWord(line[0].text, "building") && sameWord(line[1].text, "configuration..."))
                || (sameWord(line[0].text, "current") && sameWord(line[1].text, "configuration")));
    }

    /// Text behind `end` is not read; that it stands there is said once.
    bool isBehindEnd(const std::vector<Word>& line) {
        if (m_endLine != 0 && !m_isEndReported) {
            m_isEndReported = true;
            m_draft.diagnostics.add(
                {m_number, line.front().column},
                "The configuration has ended with 'end' in line " + std::to_string(m_endLine) + '.',
                "Move this line and those below it before 'end'.");
        }
        return m_endLine != 0;
    }

    /// `interface Tunnel0` is `interface tunnel 0`, as on a router.
    static void splitInterfaceName(std::vector<Word>& line) {
        if (line.size() < 2 || line[1].quoted || meant(line[0].text, {"interface"}).empty())
            return;
        Word& name = line[1];
        const std::size_t letters = name.text.find_first_of("0123456789");
        if (letters == std::string::npos
            || name.text.find_first_not_of("0123456789", letters) != std::string::npos
            || meant(name.text.substr(0, letters), {"tunnel"}).empty())
            return;
        const Word number{
            name.text.substr(letters), false, name.column + letters, name.begin + letters, name.end};
        name.text.resize(letters);
        name.end = name.begin + letters;
        line.insert(line.begin() + 2, number);
    }

    void readCommand(std::string_view text, const std::vector<Word>& line) {
        const bool isNegated = !line.front().quoted && sameWord(line.front().text, "no");
        const std::span<const Word> form = std::span(line).subspan(isNegated ? 1 : 0);
        Match found = match(form, m_draft.section);
        if (!found.command && m_draft.section != Section::Global) {
            const Match global = match(form, Section::Global);
            if (global.command)
                m_draft.section = Section::Global;
            found = deeper(std::move(found), global);
        }
        if (!found.command) {
            complainUnknown(text, line, isNegated, found);
            return;
        }
        Line values(
            m_number, text, line, found.depth + (isNegated ? 1 : 0), found.command->usage,
            m_draft.diagnostics);
        if (isNegated && !found.command->negate) {
            m_draft.diagnostics.add(
                values.place(), "There is no 'no' form of this line.",
                "Leave the line out: what is not set has its default.");
            return;
        }
        (isNegated ? found.command->negate : found.command->apply)(values, m_draft);
        if (found.command->usage == "end")
            m_endLine = m_number;
    }

    /// The match that understood more; when none did, what both expected.
    static Match deeper(Match inner, const Match& outer) {
        if (outer.command || outer.depth > inner.depth)
            return outer;
        if (outer.depth == inner.depth && outer.isAmbiguous == inner.isAmbiguous)
            inner.expected.insert(inner.expected.end(), outer.expected.begin(), outer.expected.end());
        return inner;
    }

    void complainUnknown(
        std::string_view text, const std::vector<Word>& line, bool isNegated, const Match& found) {
        const std::size_t place = found.depth + (isNegated ? 1 : 0);
        if (place == line.size()) {
            const Word& last = line.back();
            m_draft.diagnostics.add(
                {m_number, last.column + characters(text.substr(last.begin, last.end - last.begin))},
                "The line stops short: a word is missing here.", "Write " + choiceText(found.expected) + '.');
            return;
        }
        const Word& word = line[place];
        const Place where{m_number, word.column};
        const KeywordList homes = otherHomes(std::span(line).subspan(isNegated ? 1 : 0));
        if (word.quoted)
            m_draft.diagnostics.add(
                where, "This word is in quotes, and a keyword stands here.",
                "Write the keyword without quotes.");
        else if (found.isAmbiguous)
            m_draft.diagnostics.add(
                where, quote(word.text) + " can mean more than one word.",
                "Write " + choiceText(found.expected) + '.');
        else if (!homes.empty())
            m_draft.diagnostics.add(
                {m_number, line.front().column},
                "This line has no meaning here: it belongs in a section of " + choiceText(homes) + '.',
                "Move it below the first line of such a section.");
        else
            m_draft.diagnostics.add(
                where, quote(word.text) + " is not known here.", suggestion(word.text, found.expected));
    }

    /// The sections that have such a line.
    static KeywordList otherHomes(std::span<const Word> form) {
        KeywordList homes;
        for (const auto& [section, header] : sectionHeaders) {
            if (match(form, section).command)
                homes.push_back(header);
        }
        return homes;
    }

    Draft m_draft;
    std::size_t m_number = 0;
    std::size_t m_endLine = 0;
    bool m_isEndReported = false;
};

} // namespace

tl::expected<Configuration, std::vector<Diagnostic>> parse(std::string_view text) {
    if (text.size() > largestText)
        return tl::unexpected(std::vector<Diagnostic>{
            {1, 1, "This text is larger than 16 MiB.", "Divide the accounts among several brokers."}});
    return Parser().parse(text);
}

std::string withoutPasswords(std::string_view text) {
    return Parser().withoutPasswords(text);
}

} // namespace viaduct::config
