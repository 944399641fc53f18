// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/ClientConfiguration.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <span>

namespace viaduct::client {

namespace {

constexpr std::size_t largestFile
    = 65536; // bytes; the deployed ones have less than 20,000, comments included
constexpr std::size_t longestValue = 255; // bytes; none of the values can be of use beyond

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
}

bool isBlank(char c) {
    return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isBlank(text.back()))
        text.remove_suffix(1);
    return text;
}

// ---- values, one pair of functions a type: false when the text is none; what read() takes, write() gives

bool read(std::string& value, std::string_view text) {
    value = text;
    return true;
}
std::string write(const std::string& value) {
    return value;
}

bool read(bool& value, std::string_view text) {
    const std::string word = lower(text);
    value = word == "yes";
    return value || word == "no";
}
std::string write(bool value) {
    return value ? "yes" : "no";
}

bool readNumber(int& value, std::string_view text, int largest) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value >= 0 && value <= largest;
}

template <typename Value>
struct Word {
    Value value;
    std::string_view text;
};
constexpr Word<AuthenticationMethod> methodWords[]
    = {{AuthenticationMethod::Any, "any"},
       {AuthenticationMethod::Anonymous, "anonymous"},
       {AuthenticationMethod::Plain, "plain"},
       {AuthenticationMethod::DigestMd5, "digest-md5"}};
constexpr Word<HostType> hostTypeWords[] = {{HostType::Host, "host"}, {HostType::Router, "router"}};

template <typename Value>
bool readWord(Value& value, std::string_view text, std::span<const Word<Value>> words) {
    const auto found = std::find_if(
        words.begin(), words.end(), [&](const auto& word) { return word.text == lower(text); });
    if (found != words.end())
        value = found->value;
    return found != words.end();
}
template <typename Value>
std::string writeWord(Value value, std::span<const Word<Value>> words) {
    const auto found
        = std::find_if(words.begin(), words.end(), [&](const auto& word) { return word.value == value; });
    return std::string(found->text);
}

bool read(AuthenticationMethod& value, std::string_view text) {
    return readWord<AuthenticationMethod>(value, text, methodWords);
}
std::string write(AuthenticationMethod value) {
    return writeWord<AuthenticationMethod>(value, methodWords);
}
bool read(HostType& value, std::string_view text) {
    return readWord<HostType>(value, text, hostTypeWords);
}
std::string write(HostType value) {
    return writeWord<HostType>(value, hostTypeWords);
}

bool read(TunnelMode& value, std::string_view word) {
    const auto mode = tunnelModeFromText(word);
    value = mode.value_or(value);
    return mode.has_value();
}
std::string write(TunnelMode value) {
    return std::string(text(value));
}

bool read(ServerName& value, std::string_view word) {
    const auto name = ServerName::fromText(word);
    value = name.value_or(value);
    return name.has_value();
}
std::string write(const ServerName& value) {
    return value.text();
}

bool readAddress(std::optional<IpAddress>& value, std::string_view word, bool v4) {
    value = IpAddress::fromText(word);
    return lower(word) == "auto"
        || (value && value->isV4() == v4 && !value->isUnspecified() && !value->isMulticast());
}
std::string write(const std::optional<IpAddress>& value) {
    return value ? value->text() : "auto";
}

bool read(std::vector<std::string>& value, std::string_view list) {
    value.clear();
    for (std::size_t begin = 0; begin <= list.size();) {
        const std::size_t end = std::min(list.find(':', begin), list.size());
        if (end > begin)
            value.emplace_back(trimmed(list.substr(begin, end - begin)));
        begin = end + 1;
    }
    const auto isName = [](const std::string& name) {
        const auto server = ServerName::fromText(name);
        return server && server->host == name;
    };
    return std::all_of(value.begin(), value.end(), isName);
}
std::string write(const std::vector<std::string>& value) {
    std::string list;
    for (const std::string& name : value)
        list += (list.empty() ? "" : ":") + name;
    return list;
}

bool read(std::chrono::seconds& value, std::string_view text) {
    constexpr int day = 86400;
    int seconds = 0;
    const bool good = readNumber(seconds, text, day);
    value = std::chrono::seconds(seconds);
    return good;
}
std::string write(std::chrono::seconds value) {
    return std::to_string(value.count());
}

// ---- keys

struct Key {
    std::string_view name;
    std::string_view expected; ///< for the sentence about a bad value
    bool (*read)(ClientConfiguration& configuration, std::string_view text);
    std::string (*write)(const ClientConfiguration& configuration);
};

template <auto member>
constexpr Key plainKey(std::string_view name, std::string_view expected) {
    return {
        name, expected,
        [](ClientConfiguration& configuration, std::string_view text) {
            return read(configuration.*member, text);
        },
        [](const ClientConfiguration& configuration) { return write(configuration.*member); }};
}

template <auto member, int largest>
constexpr Key numberKey(std::string_view name, std::string_view expected) {
    return {
        name, expected,
        [](ClientConfiguration& configuration, std::string_view text) {
            return readNumber(configuration.*member, text, largest);
        },
        [](const ClientConfiguration& configuration) { return std::to_string(configuration.*member); }};
}

template <auto member, bool v4>
constexpr Key addressKey(std::string_view name, std::string_view expected) {
    return {
        name, expected,
        [](ClientConfiguration& configuration, std::string_view text) {
            return readAddress(configuration.*member, text, v4);
        },
        [](const ClientConfiguration& configuration) { return write(configuration.*member); }};
}

using C = ClientConfiguration;
constexpr std::string_view yesOrNo = "yes or no";
constexpr std::string_view seconds = "a number of seconds from 0 to 86400";

// In the order in which a file is written.
constexpr Key keys[] = {
    plainKey<&C::user>("userid", "a login"),
    plainKey<&C::password>("passwd", "a password"),
    plainKey<&C::server>("server", "an address or a name, with :PORT where it is not 3653"),
    plainKey<&C::authentication>("auth_method", "any, anonymous, plain or digest-md5"),
    plainKey<&C::mode>("tunnel_mode", "v6anyv4, v6v4, v6udpv4 or v4v6"),
    plainKey<&C::hostType>("host_type", "host or router"),
    numberKey<&C::prefixLength, 128>("prefixlen", "a number from 0 to 128"),
    plainKey<&C::prefixInterface>("if_prefix", "the name or the index of an interface"),
    plainKey<&C::dnsServers>("dns_server", "names with a colon between them"),
    addressKey<&C::clientV4, true>("client_v4", "auto or the IPv4 address of this machine"),
    addressKey<&C::clientV6, false>("client_v6", "auto or the IPv6 address of this machine"),
    plainKey<&C::proxy>("proxy_client", yesOrNo),
    plainKey<&C::tunnelInterfaceV6v4>("if_tunnel_v6v4", "the name of an interface"),
    plainKey<&C::tunnelInterfaceV6udpv4>("if_tunnel_v6udpv4", "the name of an interface"),
    plainKey<&C::tunnelInterfaceV4v6>("if_tunnel_v4v6", "the name of an interface"),
    plainKey<&C::keepalive>("keepalive", yesOrNo),
    numberKey<&C::keepaliveInterval, 86400>("keepalive_interval", seconds),
    plainKey<&C::autoRetry>("auto_retry_connect", yesOrNo),
    plainKey<&C::retryDelay>("retry_delay", seconds),
    plainKey<&C::retryDelayMax>("retry_delay_max", seconds),
    plainKey<&C::templateName>("template", "the name of a template"),
    plainKey<&C::homeDirectory>("gw6_dir", "a directory"),
    plainKey<&C::lastServerFile>("last_server", "a file"),
    plainKey<&C::alwaysSameServer>("always_use_same_server", yesOrNo),
    plainKey<&C::brokerListFile>("broker_list", "a file"),
};

const Key* findKey(std::string_view name) {
    const std::string_view current = name == "gogoc_dir" ? "gw6_dir" : name; // gogoc's word for the same
    const auto found
        = std::find_if(std::begin(keys), std::end(keys), [&](const Key& key) { return key.name == current; });
    return found == std::end(keys) ? nullptr : found;
}

/// Keys of the old clients that mean nothing to this one: it logs to its standard error alone, and has no web
/// pages or proxies (HAP6) about it.
bool isPassedOver(std::string_view name) {
    return name.starts_with("log_") || name == "syslog_facility" || name.starts_with("hap6_");
}

bool isPlainName(std::string_view text) {
    return text.find_first_of("/\\:") == std::string_view::npos && !text.starts_with('.');
}

// ---- reading

class Reader {
public:
    ConfigurationReading read(std::string_view text) {
        if (text.size() > largestFile) {
            error(0, "The file has more than 65536 bytes: it is no client configuration.");
            return std::move(m_reading);
        }
        if (text.starts_with("\xEF\xBB\xBF"))
            text.remove_prefix(3);
        for (int line = 1; !text.empty(); ++line) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            readLine(line, text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        checkLogin();
        checkServer();
        checkRouter();
        checkProxy();
        checkNames();
        std::stable_sort(
            m_reading.problems.begin(), m_reading.problems.end(),
            [](const auto& left, const auto& right) { return left.line < right.line; });
        return std::move(m_reading);
    }

private:
    void error(int line, std::string message) {
        m_reading.problems.push_back({ConfigurationProblem::Severity::Error, line, std::move(message)});
    }
    void warning(int line, std::string message) {
        m_reading.problems.push_back({ConfigurationProblem::Severity::Warning, line, std::move(message)});
    }
    bool given(std::string_view key) const { return m_lines.find(key) != m_lines.end(); }
    int lineOf(std::string_view key) const {
        const auto found = m_lines.find(key);
        return found == m_lines.end() ? 0 : found->second;
    }

    void readLine(int line, std::string_view text) {
        while (!text.empty() && text.back() == '\r')
            text.remove_suffix(1);
        text = trimmed(withoutComment(text));
        if (text.empty())
            return;
        // A control character would end up in the environment of a script or in a log.
        if (std::any_of(text.begin(), text.end(), [](char c) {
                return (c >= 0 && c < 32 && c != '\t') || c == 127;
            })) {
            error(line, "There is a control character in this line: write it anew with a plain text editor.");
            return;
        }
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            error(line, "This line is no KEY=VALUE: complete it, or put # before it.");
            return;
        }
        readKey(line, lower(trimmed(text.substr(0, equals))), trimmed(text.substr(equals + 1)));
    }

    static std::string_view withoutComment(std::string_view text) {
        for (std::size_t i = 0; i < text.size(); ++i)
            if (text[i] == '#' && (i == 0 || isBlank(text[i - 1])))
                return text.substr(0, i);
        return text;
    }

    void readKey(int line, const std::string& name, std::string_view value) {
        const Key* key = findKey(name);
        if (key == nullptr) {
            if (!isPassedOver(name))
                warning(
                    line,
                    "The key " + name.substr(0, longestValue)
                        + " is not known and has no effect: check its spelling.");
            return;
        }
        if (given(key->name))
            warning(
                line,
                std::string(key->name) + " was given in line " + std::to_string(lineOf(key->name))
                    + " already: this line counts. Take one of them away.");
        m_lines[key->name] = line;
        if (value.empty()) // the old clients' sample files leave keys empty for "the default"
            return;
        if (value.size() > longestValue)
            error(line, "The value of " + name + " has more than 255 characters: shorten it.");
        else if (key->name == "auth_method" && lower(value) == "passdss-3des-1")
            error(
                line,
                "PASSDSS-3DES-1 is old and unsafe, and this client does not have it: give "
                "auth_method=digest-md5, or any.");
        else if (!key->read(m_reading.configuration, value))
            error(
                line,
                "\"" + std::string(value) + "\" is no value for " + name + ": give "
                    + std::string(key->expected) + ".");
    }

    void checkLogin() {
        const ClientConfiguration& c = m_reading.configuration;
        if (c.authentication == AuthenticationMethod::Anonymous)
            return;
        if (c.user.empty())
            error(
                lineOf("userid"),
                "There is no login: give userid= and passwd=, or auth_method=anonymous if the broker lets "
                "anybody in.");
        else if (c.password.empty())
            error(lineOf("passwd"), "There is no password for " + c.user + ": give passwd=.");
    }

    void checkServer() {
        const ClientConfiguration& c = m_reading.configuration;
        if (c.server.host.empty()) {
            if (!given("server") || !hasErrorAt(lineOf("server")))
                error(lineOf("server"), "There is no broker to ask: give server=, an address or a name.");
            return;
        }
        const auto address = c.server.address();
        const bool overV4 = c.mode != TunnelMode::V4v6;
        if (address && address->isV4() != overV4)
            error(
                lineOf("server"),
                "tunnel_mode=" + std::string(text(c.mode)) + " needs a broker with an "
                    + (overV4 ? "IPv4" : "IPv6") + " address, and " + c.server.host
                    + " is none: change server= or tunnel_mode=.");
    }

    void checkRouter() {
        const ClientConfiguration& c = m_reading.configuration;
        if (c.hostType == HostType::Router && c.prefixInterface.empty() && !c.proxy)
            error(
                lineOf("host_type"),
                "host_type=router needs if_prefix=, the interface that gets the delegated prefix: give its "
                "name or its index.");
        if (c.mode == TunnelMode::V4v6 && c.prefixLength > 32) {
            if (given("prefixlen"))
                error(lineOf("prefixlen"), "An IPv4 prefix has at most 32 bits: lower prefixlen=.");
            else if (c.hostType == HostType::Router)
                error(
                    lineOf("host_type"),
                    "With tunnel_mode=v4v6 a router asks for an IPv4 prefix, and the usual 48 bits are none: "
                    "give prefixlen=, at most 32.");
        }
        if (c.retryDelayMax < c.retryDelay) {
            if (given("retry_delay_max"))
                error(
                    lineOf("retry_delay_max"),
                    "retry_delay_max= is less than retry_delay= (" + write(c.retryDelay) + "): raise it.");
            else
                m_reading.configuration.retryDelayMax = c.retryDelay;
        }
    }

    void checkProxy() {
        const ClientConfiguration& c = m_reading.configuration;
        if (!c.proxy)
            return;
        const int line = lineOf("proxy_client");
        if (c.mode == TunnelMode::V6udpv4 || c.mode == TunnelMode::V6anyv4)
            error(line, "A tunnel for another box (proxy_client=yes) is v6v4 or v4v6: set tunnel_mode=.");
        if (c.keepalive && given("keepalive"))
            error(
                lineOf("keepalive"),
                "The keepalive of a tunnel for another box cannot be sent from here: set keepalive=no.");
        if (!(c.mode == TunnelMode::V4v6 ? c.clientV6 : c.clientV4))
            error(
                line,
                std::string("proxy_client=yes needs the outer address of the other box: give ")
                    + (c.mode == TunnelMode::V4v6 ? "client_v6=." : "client_v4=."));
        m_reading.configuration.keepalive = false;
    }

    void checkNames() {
        const ClientConfiguration& c = m_reading.configuration;
        if (!isPlainName(c.templateName))
            error(
                lineOf("template"),
                "template= is a name without path or suffix: the script is HOME/template/NAME.sh.");
        if (c.alwaysSameServer && c.lastServerFile.empty())
            error(
                lineOf("always_use_same_server"),
                "always_use_same_server=yes needs last_server=, the file that remembers it.");
    }

    bool hasErrorAt(int line) const {
        return std::any_of(
            m_reading.problems.begin(), m_reading.problems.end(), [&](const ConfigurationProblem& problem) {
                return problem.line == line && problem.severity == ConfigurationProblem::Severity::Error;
            });
    }

    ConfigurationReading m_reading;
    std::map<std::string_view, int> m_lines; ///< where each key stood last
};

bool fitsInLine(std::string_view value) {
    const bool control = std::any_of(
        value.begin(), value.end(), [](char c) { return (c >= 0 && c < 32 && c != '\t') || c == 127; });
    return !control && value.size() <= longestValue && trimmed(value) == value
        && value.find(" #") == std::string_view::npos && value.find("\t#") == std::string_view::npos;
}

} // namespace

bool ConfigurationReading::usable() const {
    return std::none_of(problems.begin(), problems.end(), [](const ConfigurationProblem& problem) {
        return problem.severity == ConfigurationProblem::Severity::Error;
    });
}

ConfigurationReading readConfiguration(std::string_view text) {
    return Reader().read(text);
}

Result<std::string> writeConfiguration(const ClientConfiguration& configuration) {
    const ClientConfiguration defaults;
    std::string result;
    for (const Key& key : keys) {
        const std::string value = key.write(configuration);
        if (value == key.write(defaults))
            continue;
        if (!fitsInLine(value))
            return failure(
                Error::Code::Invalid,
                "The value of " + std::string(key.name)
                    + " cannot stand in the file: it is longer than 255 characters, or has a line end, a # "
                      "after "
                      "white space, or white space around it. Choose another.");
        result += std::string(key.name) + "=" + value + "\n";
    }
    return result;
}

} // namespace viaduct::client
