// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/parts/ConfigurationLanguage.h"

#include <QRegularExpression>

#include <algorithm>

namespace viaduct::admin::language {

namespace {

// --- the table, from docs/configuration.md. Small letters: keywords, with | between those that exclude each
// other; capitals: a value; [] may be left out, and with ... stand several times.

struct Form {
    Section where;
    Section next; ///< where the line after it stands
    const char* text;
    bool hasNo = false; ///< may stand behind `no`, without its values
};

constexpr Form forms[] = {
    {Section::Global, Section::Global, "hostname NAME"},
    {Section::Global, Section::Global, "authentication realm NAME"},
    {Section::Global, Section::Global, "authentication old-clients", true},
    {Section::Global, Section::Global, "tunnel device NAME"},
    {Section::Global, Section::Global, "ipv6 local pool NAME PREFIX LENGTH"},
    {Section::Global, Section::Global, "ip local pool NAME PREFIX LENGTH"},
    {Section::Global, Section::Global,
     "username NAME secret|digest SECRET [host|soho|site] [proxy ADDRESS]..."},
    {Section::Global, Section::Tsp, "tsp NAME"},
    {Section::Global, Section::TunnelServer, "tunnel server NAME"},
    {Section::Global, Section::TunnelBroker, "tunnel broker NAME"},
    {Section::Global, Section::InterfaceTunnel, "interface tunnel NAME"},
    {Section::Global, Section::WebServer, "web server NAME"},
    {Section::Global, Section::Registration, "registration"},
    {Section::Global, Section::MailServer, "mail server HOST"},
    {Section::Global, Section::RadiusServer, "radius server HOST"},
    {Section::Global, Section::Global, "radius kind host|soho|site"},
    {Section::Global, Section::Global, "retention history TIME"},
    {Section::Global, Section::Global, "retention audit TIME"},
    {Section::Global, Section::Global, "retention requests TIME"},
    {Section::Global, Section::Global, "exit"},
    {Section::Global, Section::End, "end"},

    {Section::Tsp, Section::Tsp, "ip address ADDRESS"},
    {Section::Tsp, Section::Tsp, "ipv6 address ADDRESS"},
    {Section::Tsp, Section::Tsp, "transport udp PORT", true},
    {Section::Tsp, Section::Tsp, "transport tcp PORT", true},
    {Section::Tsp, Section::Tsp, "authentication plain", true},
    {Section::Tsp, Section::Tsp, "authentication digest-md5 [truncated]", true},
    {Section::Tsp, Section::Tsp, "authentication radius", true},
    {Section::Tsp, Section::Tsp, "limit sessions-per-address NUMBER"},
    {Section::Tsp, Section::Tsp, "redirect broker HOST"},
    {Section::Tsp, Section::Tsp, "redirect above NUMBER"},
    {Section::Tsp, Section::Tsp, "redirect stage capability|authentication|create"},

    {Section::TunnelServer, Section::TunnelServer, "ip address ADDRESS"},
    {Section::TunnelServer, Section::TunnelServer, "ipv6 address ADDRESS"},
    {Section::TunnelServer, Section::TunnelServer, "ipv6 pool prefix POOL"},
    {Section::TunnelServer, Section::TunnelServer, "ipv6 pool endpoints POOL"},
    {Section::TunnelServer, Section::TunnelServer, "ipv6 pool anonymous POOL"},
    {Section::TunnelServer, Section::TunnelServer, "ip pool endpoints POOL"},
    {Section::TunnelServer, Section::TunnelServer, "lifetime TIME"},
    {Section::TunnelServer, Section::TunnelServer, "keepalive NUMBER NUMBER [NUMBER]"},
    {Section::TunnelServer, Section::TunnelServer, "idle-timeout TIME"},
    {Section::TunnelServer, Section::TunnelServer, "quarantine TIME"},
    {Section::TunnelServer, Section::TunnelServer, "mtu NUMBER"},
    {Section::TunnelServer, Section::TunnelServer, "limit anonymous-per-address NUMBER"},
    {Section::TunnelServer, Section::TunnelServer, "ipv6 resolver ADDRESS"},
    {Section::TunnelServer, Section::TunnelServer, "prefer udp", true},
    {Section::TunnelServer, Section::TunnelServer, "trust source", true},

    {Section::TunnelBroker, Section::TunnelBroker, "set tsp TSP"},
    {Section::TunnelBroker, Section::TunnelBroker, "set tunnel server SERVER"},

    {Section::InterfaceTunnel, Section::InterfaceTunnel, "description TEXT"},
    {Section::InterfaceTunnel, Section::InterfaceTunnel, "tunnel source ADDRESS"},
    {Section::InterfaceTunnel, Section::InterfaceTunnel, "tunnel destination ADDRESS"},
    {Section::InterfaceTunnel, Section::InterfaceTunnel, "tunnel mode ipv6ip"},
    {Section::InterfaceTunnel, Section::InterfaceTunnel, "ipv6 address PREFIX"},
    {Section::InterfaceTunnel, Section::InterfaceTunnel, "ipv6 pool endpoints POOL"},
    {Section::InterfaceTunnel, Section::InterfaceTunnel, "ipv6 prefix PREFIX"},
    {Section::InterfaceTunnel, Section::InterfaceTunnel, "ipv6 pool prefix POOL"},
    {Section::InterfaceTunnel, Section::InterfaceTunnel, "shutdown", true},

    {Section::WebServer, Section::WebServer, "ip address ADDRESS"},
    {Section::WebServer, Section::WebServer, "ipv6 address ADDRESS"},
    {Section::WebServer, Section::WebServer, "port PORT"},
    {Section::WebServer, Section::WebServer, "certificate FILE key FILE"},
    {Section::WebServer, Section::WebServer, "server name HOST"},
    {Section::WebServer, Section::WebServer, "serve registration", true},
    {Section::WebServer, Section::WebServer, "serve api", true},
    {Section::WebServer, Section::WebServer, "limit connections NUMBER"},
    {Section::WebServer, Section::WebServer, "limit connections-per-address NUMBER"},

    {Section::Registration, Section::Registration, "organisation TEXT"},
    {Section::Registration, Section::Registration, "contact MAIL"},
    {Section::Registration, Section::Registration, "charter FILE"},
    {Section::Registration, Section::Registration, "offer host|soho|site"},
    {Section::Registration, Section::Registration, "mail domain DOMAIN"},
    {Section::Registration, Section::Registration, "require mail verification", true},
    {Section::Registration, Section::Registration, "approve automatically DOMAIN"},
    {Section::Registration, Section::Registration, "limit pool-use NUMBER"},
    {Section::Registration, Section::Registration, "limit requests-per-address NUMBER"},
    {Section::Registration, Section::Registration, "account lifetime TIME", true},
    {Section::Registration, Section::Registration, "proof-of-work NUMBER", true},

    {Section::MailServer, Section::MailServer, "from MAIL"},
    {Section::MailServer, Section::MailServer, "login USER password-file FILE"},
    {Section::MailServer, Section::MailServer, "encryption starttls|tls|none"},

    {Section::RadiusServer, Section::RadiusServer, "secret-file FILE"},
    {Section::RadiusServer, Section::RadiusServer, "timeout TIME"},
    {Section::RadiusServer, Section::RadiusServer, "retries NUMBER"},
};

// --- the table as patterns

struct Token {
    QStringList keywords; ///< one of these; empty: a value
    QString value; ///< which one
    std::size_t skip = 0; ///< so many tokens from here on may be left out
    bool isRest = false; ///< to the end of the line
};

struct Pattern {
    const Form* form;
    std::vector<Token> tokens;
    std::size_t again = 0; ///< where it goes on behind its last token; 0: it does not
};

Pattern patternOf(const Form& form) {
    Pattern pattern{&form, {}, 0};
    std::size_t group = 0; // where the bracket opened
    for (QString part : QString::fromLatin1(form.text).split(u' ')) {
        if (part.startsWith(u'[')) {
            group = pattern.tokens.size();
            part.remove(0, 1);
        }
        const bool repeats = part.endsWith(QLatin1String("..."));
        const bool closes = part.contains(u']');
        part.remove(QLatin1String("...")).remove(u']');
        if (part.front().isLower())
            pattern.tokens.push_back({part.split(u'|'), {}, 0, false});
        else
            pattern.tokens.push_back({{}, part, 0, part == QLatin1String("TEXT")});
        if (part == QLatin1String("TIME"))
            pattern.tokens.push_back(
                {{QStringLiteral("seconds"), QStringLiteral("minutes"), QStringLiteral("hours"),
                  QStringLiteral("days")},
                 {},
                 1,
                 false});
        if (closes)
            pattern.tokens[group].skip = pattern.tokens.size() - group;
        if (repeats)
            pattern.again = group;
    }
    return pattern;
}

const std::vector<Pattern>& patterns() {
    static const std::vector<Pattern> all = [] {
        std::vector<Pattern> made;
        for (const Form& form : forms)
            made.push_back(patternOf(form));
        return made;
    }();
    return all;
}

/// A pattern, and the token that is next; its size: nothing need follow.
struct Place {
    const Pattern* pattern;
    std::size_t at;
};
using Places = std::vector<Place>;

Places beginning(Section section, bool behindNo) {
    Places places;
    for (const Pattern& pattern : patterns()) {
        if (pattern.form->where == section && (!behindNo || pattern.form->hasNo))
            places.push_back({&pattern, 0});
    }
    return places;
}

/// With the places that are reached by leaving out what may be left out.
Places withSkips(const Places& places) {
    Places all;
    for (Place place : places) {
        if (place.at == place.pattern->tokens.size() && place.pattern->again > 0)
            place.at = place.pattern->again;
        all.push_back(place);
        while (place.at < place.pattern->tokens.size() && place.pattern->tokens[place.at].skip > 0) {
            place.at += place.pattern->tokens[place.at].skip;
            all.push_back(place);
        }
    }
    return all;
}

bool begins(const QString& keyword, const QString& word) {
    return keyword.startsWith(word, Qt::CaseInsensitive);
}

/// Moves behind a word. Keywords may be cut short; the one that is spelled out wins.
Role step(Places& places, const QString& word, bool isQuoted) {
    Places exact;
    Places cut;
    Places values;
    for (const Place& place : withSkips(places)) {
        if (place.at == place.pattern->tokens.size())
            continue;
        const Token& token = place.pattern->tokens[place.at];
        const Place behind{place.pattern, token.isRest ? place.at : place.at + 1};
        if (token.keywords.isEmpty())
            values.push_back(behind);
        else if (!isQuoted && token.keywords.contains(word, Qt::CaseInsensitive))
            exact.push_back(behind);
        else if (
            !isQuoted
            && std::any_of(token.keywords.begin(), token.keywords.end(), [&](const QString& keyword) {
                   return begins(keyword, word);
               }))
            cut.push_back(behind);
    }
    const bool isKeyword = !exact.empty() || !cut.empty();
    places = !exact.empty() ? exact : !cut.empty() ? cut : values;
    return isKeyword ? Role::Keyword : places.empty() ? Role::Unknown : Role::Value;
}

/// Whether the keywords that say which line it is are all there.
bool isTold(const Places& places) {
    return std::any_of(places.begin(), places.end(), [](const Place& place) {
        return place.at == place.pattern->tokens.size() || place.pattern->tokens[place.at].keywords.isEmpty()
            || place.pattern->tokens[place.at].skip > 0;
    });
}

// --- lines

bool isBlank(QChar c) {
    return c == u' ' || c == u'\t';
}

Line split(const QString& text) {
    Line line;
    qsizetype at = 0;
    while (at < text.size()) {
        if (isBlank(text[at])) {
            ++at;
            continue;
        }
        if (text[at] == u'#' || text[at] == u'!') {
            line.comment = at;
            break;
        }
        Word word{at, 0, text[at] == u'"', Role::Unknown};
        if (word.isQuoted) {
            for (++at; at < text.size() && text[at] != u'"'; ++at) {
                if (text[at] == u'\\')
                    ++at;
            }
            at = std::min(at + 1, text.size());
        } else {
            while (at < text.size() && !isBlank(text[at]))
                ++at;
        }
        word.length = at - word.begin;
        line.words.push_back(word);
    }
    return line;
}

QString textOf(const QString& line, const Word& word) {
    return line.mid(word.begin, word.length);
}

bool isNo(const QString& word) {
    return word.compare(QLatin1String("no"), Qt::CaseInsensitive) == 0;
}

/// `interface Tunnel0` stands for `interface tunnel 0`.
bool isJoined(const QString& first, const QString& second) {
    static const QRegularExpression form(
        QStringLiteral("^([a-z]+)[0-9]+$"), QRegularExpression::CaseInsensitiveOption);
    const auto match = form.match(second);
    return begins(QStringLiteral("interface"), first) && match.hasMatch()
        && begins(QStringLiteral("tunnel"), match.captured(1));
}

/// Gives the words their roles, as lines of `section` have them. The place where the line ends up; null: it
/// is none of this section.
const Form* readAs(Section section, const QString& text, std::vector<Word>& words) {
    const bool behindNo = !words.empty() && isNo(textOf(text, words.front()));
    Places places = beginning(section, behindNo);
    const Form* form = nullptr;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i == 0 && behindNo) {
            words[i].role = Role::Keyword;
            continue;
        }
        const QString word = textOf(text, words[i]);
        if (section == Section::Global && i == 1 && isJoined(textOf(text, words[0]), word)) {
            step(places, QStringLiteral("tunnel"), false);
            words[i].role = Role::Keyword;
        } else {
            words[i].role = step(places, word, words[i].isQuoted);
        }
        if (places.empty())
            break;
        if (!form && isTold(places))
            form = places.front().pattern->form;
    }
    return form;
}

} // namespace

Line read(const QString& text, Section section) {
    Line line = split(text);
    line.next = section;
    if (line.words.empty() || section == Section::End)
        return line;
    std::vector<Word> here = line.words;
    std::vector<Word> global = line.words;
    const Form* form = readAs(section, text, here);
    const Form* outside
        = form || section == Section::Global ? nullptr : readAs(Section::Global, text, global);
    line.words = outside ? global : here;
    if (form || outside)
        line.next = (form ? form : outside)->next;
    return line;
}

void collect(const QString& text, Names& names) {
    const Line line = split(text);
    const auto is = [&](std::size_t place, const char* keyword) {
        return place < line.words.size() && begins(QLatin1String(keyword), textOf(text, line.words[place]));
    };
    if (line.words.size() >= 4 && (is(0, "ipv6") || is(0, "ip")) && is(1, "local") && is(2, "pool"))
        names.pools.append(textOf(text, line.words[3]));
    else if (line.words.size() == 2 && is(0, "tsp"))
        names.tsps.append(textOf(text, line.words[1]));
    else if (line.words.size() == 3 && is(0, "tunnel") && is(1, "server"))
        names.servers.append(textOf(text, line.words[2]));
}

Completions completions(const QString& before, Section section, const Names& names) {
    Line line = split(before);
    Completions found;
    found.begin = before.size();
    if (line.comment >= 0 || section == Section::End)
        return found;
    if (!line.words.empty() && line.words.back().begin + line.words.back().length == before.size()) {
        if (line.words.back().isQuoted)
            return found;
        found.begin = line.words.back().begin;
        line.words.pop_back();
    }
    const QString part = before.mid(found.begin);
    const auto offer = [&](const QStringList& words) {
        for (const QString& word : words) {
            if (begins(word, part) && !found.words.contains(word))
                found.words.append(word);
        }
    };
    const bool behindNo = !line.words.empty() && isNo(textOf(before, line.words.front()));
    const std::vector<Section> sections = section == Section::Global
        ? std::vector<Section>{Section::Global}
        : std::vector<Section>{section, Section::Global}; // a global line ends the section
    for (const Section each : sections) {
        Places places = beginning(each, behindNo);
        if (line.words.empty() && !beginning(each, true).empty())
            offer({QStringLiteral("no")});
        for (std::size_t i = behindNo ? 1 : 0; i < line.words.size(); ++i)
            step(places, textOf(before, line.words[i]), line.words[i].isQuoted);
        for (const Place& place : withSkips(places)) {
            if (place.at == place.pattern->tokens.size())
                continue;
            const Token& token = place.pattern->tokens[place.at];
            if (!token.keywords.isEmpty())
                offer(token.keywords);
            else if (behindNo)
                continue;
            else if (token.value == QLatin1String("POOL"))
                offer(names.pools);
            else if (token.value == QLatin1String("TSP"))
                offer(names.tsps);
            else if (token.value == QLatin1String("SERVER"))
                offer(names.servers);
        }
    }
    if (found.words.size() == 1 && found.words.front().compare(part, Qt::CaseInsensitive) == 0)
        found.words.clear(); // it is there already
    return found;
}

} // namespace viaduct::admin::language
