// SPDX-License-Identifier: GPL-3.0-or-later
// The web servers of the configuration: listens by HTTPS, and passes each request to the API or to the pages.
#pragma once

#include "server/config/Configuration.h"
#include "server/http/Server.h"

#include <map>

namespace viaduct {

/// The origin of a web server's links: https://NAME[:PORT].
std::string originOf(const config::Configuration& configuration, const config::WebServer& server);
/// The first that serves the registration pages; null when none does.
const config::WebServer* pagesServer(const config::Configuration& configuration);

class WebServers {
public:
    struct Faces {
        http::Handler api;
        http::Handler pages;
        http::BodyLimit apiBody;
        http::BodyLimit pagesBody;
    };
    /// The certificate that the broker makes for itself is kept in that directory.
    WebServers(std::string stateDirectory, Faces faces);
    ~WebServers();

    /// Listens as the configuration says; certificates of its files are read anew. On an error everything is
    /// as before. Not from within a request: what serves it may go.
    Result<void> apply(const config::Configuration& configuration);

    struct Listening {
        std::string name;
        std::string origin;
        std::string fingerprint; ///< SHA-256 of the certificate
        bool registration = false;
        bool api = false;
    };
    std::vector<Listening> listening() const;
    /// When the first of the certificates ends; nothing when there is no server.
    std::optional<http::WallTime> certificateEnd() const;

private:
    struct Running {
        http::Options options; ///< as it was opened, but for the certificate
        Listening listening;
        http::WallTime certificateEnd;
        std::unique_ptr<http::Server> server;
    };
    using ByName = std::map<std::string, Running>;

    Result<http::Certificate>
    certificateFor(const config::Configuration& configuration, const config::WebServer& server) const;
    Result<http::Certificate> ownCertificate(const config::Configuration& configuration) const;
    Result<Running> draw(const config::Configuration& configuration, const config::WebServer& server) const;
    static bool serveAlike(const Running& a, const Running& b);
    Result<void> open(Running& running) const;
    void restore();

    std::string m_stateDirectory;
    Faces m_faces;
    ByName m_running;
};

} // namespace viaduct
