// SPDX-License-Identifier: GPL-3.0-or-later
// A configuration while it is read: what has been understood so far, and where it stood, so that the checks
// of the whole can point at the right word.
#pragma once

#include "server/config/Diagnostics.h"

#include <array>
#include <map>
#include <unordered_map>

namespace viaduct::config {

/// What the next line may belong to besides the global lines.
enum class Section {
    Global,
    Tsp,
    TunnelServer,
    TunnelBroker,
    Tunnel,
    WebServer,
    Registration,
    MailServer,
    RadiusServer
};
constexpr Section allSections[] = {Section::Global,       Section::Tsp,        Section::TunnelServer,
                                   Section::TunnelBroker, Section::Tunnel,     Section::WebServer,
                                   Section::Registration, Section::MailServer, Section::RadiusServer};

/// Things that have a name of their own; two of a kind never share one.
enum class Kind { Pool, TspServer, TunnelServer, TunnelBroker, StaticTunnel, User, WebServer };
constexpr std::size_t kindCount = 7;
/// For sentences: "pool", "TSP server", ...
std::string_view text(Kind kind);

/// Where the parts of one section stand.
struct Outline {
    Place header;
    /// The first line of each sort, good or bad: a check does not complain that something is missing when it
    /// is only misspelt.
    std::map<std::string_view, Place> lines;
    std::vector<Place> addresses; ///< beside `addresses` of the section

    bool has(std::string_view line) const { return lines.find(line) != lines.end(); }
};

/// Beside the outline of the registration.
struct RegistrationPlaces {
    std::vector<std::pair<AccountKind, Place>> offers;
    std::vector<Place> mailDomains; ///< index by index, as those of the configuration
    std::vector<Place> automaticDomains; ///< the same
};

struct PoolOutline {
    Place name;
    Place length;
    bool isGood = false; ///< prefix and length were understood
};

/// A pool is cut into prefixes to delegate or into pairs of inner addresses, never both: the blocks would
/// overlap.
enum class PoolRole { Prefixes, Pairs, Ipv4Pairs };

/// A name at the place where it is used.
struct PoolUse {
    std::string pool;
    Place place;
    PoolRole role = PoolRole::Prefixes;
    std::optional<std::size_t> tunnelServer; ///< its index; otherwise a static tunnel uses it
};

struct BrokerUse {
    std::string name; ///< of a TSP server or a tunnel server
    Place place;
    std::size_t broker = 0; ///< index
};

/// `secret PASSWORD` of a `username` line; or, with no name, what a line that is commented out has there.
struct WrittenPassword {
    std::size_t begin = 0; ///< in the text, in bytes
    std::size_t end = 0;
    std::string user;
    std::string password;
};

class Draft {
public:
    Configuration configuration;
    Diagnostics diagnostics;
    Section section = Section::Global;
    std::size_t lineBegin = 0; ///< of the line that is being read, in the text, in bytes
    std::vector<WrittenPassword> passwords; ///< in the order of the text

    Outline global;
    // Each beside the vector of the configuration that has its name, index by index.
    std::vector<PoolOutline> pools;
    std::vector<Outline> tspServers;
    std::vector<Outline> tunnelServers;
    std::vector<Outline> tunnelBrokers;
    std::vector<Outline> staticTunnels;
    std::vector<Outline> webServers;
    std::vector<Outline> radiusServers;
    Outline registration;
    RegistrationPlaces registrationPlaces;
    Outline mailServer;
    std::vector<PoolUse> poolUses;
    std::vector<BrokerUse> tspUses;
    std::vector<BrokerUse> tunnelServerUses;

    /// Of the section that is being read.
    Outline& outline();

    /// Gives `name` to the entry `index` of its kind; complains when another one has it.
    void claim(Kind kind, const std::string& name, const Place& place, std::size_t index);
    /// The index of what has this name.
    std::optional<std::size_t> find(Kind kind, const std::string& name) const;
    /// Complains unless this is the first line of the sort `what` in the section that is being read.
    bool once(std::string_view what, const Place& place);

private:
    struct Claim {
        Place place;
        std::size_t index = 0;
    };
    std::array<std::unordered_map<std::string, Claim>, kindCount> m_names;
};

} // namespace viaduct::config
