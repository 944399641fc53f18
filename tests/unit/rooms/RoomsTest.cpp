// SPDX-License-Identifier: GPL-3.0-or-later
// The rooms of the house have one direction: a file may include what stands below it, never what stands above
// or beside it. This test reads the #include lines; the table is the plan of the house.
#include "tests/unit/source/SourceTree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

using Rooms = std::set<std::string>;

// Each room, and the rooms that it may include besides itself.
const std::map<std::string, Rooms>& plan() {
    static const std::map<std::string, Rooms> table = [] {
        std::map<std::string, Rooms> rooms;
        rooms["shared/net"] = {};
        rooms["shared/tsp"] = {"shared/net"};
        rooms["shared/tunnel"] = {"shared/net"};
        rooms["shared/client"] = {"shared/net", "shared/tsp", "shared/tunnel"};
        rooms["shared/api"] = {"shared/net"};

        const Rooms shared{"shared/net", "shared/tsp", "shared/tunnel", "shared/client", "shared/api"};
        const auto above = [](std::initializer_list<Rooms> parts) {
            Rooms all;
            for (const Rooms& part : parts)
                all.insert(part.begin(), part.end());
            return all;
        };
        rooms["server/config"] = {"shared/net", "shared/tsp"}; // the digests of a running configuration
        rooms["server/credentials"] = {"shared/net", "shared/tsp"}; // the same base64 as SASL
        const Rooms ground = above({shared, {"server/config", "server/credentials"}});
        // These know nothing of each other.
        const Rooms storey{"server/accounts", "server/addressing", "server/dataplane", "server/store"};
        for (const std::string& room : storey)
            rooms[room] = ground;
        rooms["server/http"] = {"shared/net"}; // requests and answers, whatever they are about
        rooms["server/mail"] = {"shared/net", "server/config"}; // letters, whatever they say
        rooms["server/radius"] = {"shared/net", "server/config"};
        rooms["server/broker"] = above({ground, storey});
        rooms["server/revisions"] = above({ground, storey, {"server/broker"}});
        for (const char* face : {"server/tsp", "server/api", "server/web", "server/console", "server/snmp"})
            rooms[face] = above({ground, storey, {"server/broker", "server/http", "server/revisions"}});
        rooms["server"] = above(
            {ground,
             storey,
             {"server/broker", "server/http", "server/mail", "server/radius", "server/revisions",
              "server/tsp", "server/api", "server/web", "server/console", "server/snmp"}});

        for (const char* program : {"client-cli", "client-gui"})
            rooms[program] = shared;
        rooms["admin-gui/link"] = shared; // one broker, and the keychain
        rooms["admin-gui/models"] = above({shared, {"admin-gui/link", "admin-gui/parts"}});
        rooms["admin-gui/parts"] = above({shared, {"admin-gui/link", "admin-gui/models"}});
        const Rooms console{"admin-gui/link", "admin-gui/models", "admin-gui/parts"};
        rooms["admin-gui/views"] = above({shared, console});
        rooms["admin-gui"] = above({shared, console, {"admin-gui/views"}});
        return rooms;
    }();
    return table;
}

// "server/tsp/Face.h" lies in "server/tsp", "server/main.cpp" in "server".
std::string roomOf(const fs::path& file) {
    return file.parent_path().generic_string();
}

std::vector<std::string> includesOf(const fs::path& file) {
    static const std::regex line("^\\s*#\\s*include\\s*\"([^\"]+)\".*");
    std::vector<std::string> found;
    std::ifstream stream(file);
    std::string text;
    std::smatch match;
    while (std::getline(stream, text))
        if (std::regex_match(text, match, line))
            found.push_back(match[1]);
    return found;
}

// Rooms within rooms (server/broker/dns) live by the rules of the outer one.
std::string known(std::string room) {
    while (!plan().contains(room) && std::ranges::count(room, '/') > 1)
        room.resize(room.rfind('/'));
    return room;
}

std::vector<fs::path> sources() {
    const fs::path root = viaduct::sourcePath({});
    std::vector<fs::path> found;
    for (const char* wing : {"shared", "server", "client-cli", "client-gui", "admin-gui"}) {
        if (!fs::exists(root / wing))
            continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / wing))
            if (entry.path().extension() == ".h" || entry.path().extension() == ".cpp")
                found.push_back(fs::relative(entry.path(), root));
    }
    return found;
}

} // namespace

TEST(Rooms, everyFileLivesInARoomOfThePlan) {
    const std::vector<fs::path> files = sources();
    ASSERT_FALSE(files.empty());
    for (const fs::path& file : files)
        EXPECT_TRUE(plan().contains(known(roomOf(file)))) << file << " is in no room of the plan";
}

TEST(Rooms, noIncludeRunsUpward) {
    for (const fs::path& file : sources()) {
        const std::string room = known(roomOf(file));
        if (!plan().contains(room))
            continue; // the test above says so
        const Rooms& allowed = plan().at(room);
        for (const std::string& include : includesOf(viaduct::sourcePath(file.string()))) {
            const std::string target = known(roomOf(include));
            if (!plan().contains(target)) {
                EXPECT_TRUE(include.ends_with(".moc"))
                    << file << " includes \"" << include << "\": paths go from the root of the project";
                continue;
            }
            EXPECT_TRUE(target == room || allowed.contains(target))
                << file << " includes \"" << include << "\", but " << room << " stands beside or below "
                << target;
        }
    }
}
