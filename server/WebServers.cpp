// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/WebServers.h"

#include "server/api/Reply.h"
#include "shared/api/Operations.h"

#include <QLoggingCategory>
#include <QSysInfo>

#include <algorithm>

namespace viaduct {

namespace {
Q_LOGGING_CATEGORY(logWeb, "viaduct.web")

constexpr std::uint16_t httpsPort = 443;

std::string hostNameOf(const config::Configuration& configuration) {
    return configuration.hostname.empty() ? QSysInfo::machineHostName().toStdString()
                                          : configuration.hostname;
}

/// Whether it can be looked up by others: "localhost" and "broker" cannot.
bool isFullName(const std::string& name) {
    return name.find('.') != std::string::npos;
}

bool isApi(const http::Request& request) {
    return !request.segments.empty() && request.segments.front() == "api";
}

http::Response nothingHere() {
    return http::Response::text(404, "There is nothing here.\n");
}

} // namespace

std::string originOf(const config::Configuration& configuration, const config::WebServer& server) {
    std::string host = server.serverName;
    if (host.empty() && isFullName(hostNameOf(configuration)))
        host = hostNameOf(configuration);
    if (host.empty() && !server.addresses.empty()) {
        const IpAddress& address = server.addresses.front();
        host = address.isV4() ? address.text() : '[' + address.text() + ']';
    }
    return "https://" + host + (server.port == httpsPort ? "" : ':' + std::to_string(server.port));
}

const config::WebServer* pagesServer(const config::Configuration& configuration) {
    const auto found = std::find_if(
        configuration.webServers.begin(), configuration.webServers.end(),
        [](const config::WebServer& server) { return server.servesRegistration; });
    return found == configuration.webServers.end() ? nullptr : &*found;
}

WebServers::WebServers(std::string stateDirectory, Faces faces)
    : m_stateDirectory(std::move(stateDirectory)), m_faces(std::move(faces)) { }

WebServers::~WebServers() = default;

Result<http::Certificate> WebServers::ownCertificate(const config::Configuration& configuration) const {
    const std::string file = m_stateDirectory + "/certificate.pem";
    auto kept = http::readCertificate(file, file);
    if (kept) {
        if (auto usable = http::checkPair(*kept); !usable)
            return failure(usable.error().code, file + ": " + usable.error().message + '.');
        return kept;
    }
    if (kept.error().code != Error::Code::NotFound)
        return kept;
    http::CertificateNames names;
    if (isFullName(hostNameOf(configuration)))
        names.dnsNames.push_back(hostNameOf(configuration));
    for (const config::WebServer& server : configuration.webServers) {
        const auto& dns = names.dnsNames;
        if (!server.serverName.empty() && std::find(dns.begin(), dns.end(), server.serverName) == dns.end())
            names.dnsNames.push_back(server.serverName);
        for (const IpAddress& address : server.addresses) {
            const auto& all = names.addresses;
            if (std::find(all.begin(), all.end(), address) == all.end())
                names.addresses.push_back(address);
        }
    }
    auto made = http::makeCertificate(names, std::chrono::system_clock::now());
    if (!made)
        return made;
    if (auto written = http::writeCertificate(*made, file); !written)
        return tl::unexpected(written.error());
    return made;
}

Result<http::Certificate> WebServers::certificateFor(
    const config::Configuration& configuration, const config::WebServer& server) const {
    if (!server.certificate)
        return ownCertificate(configuration);
    auto read = http::readCertificate(server.certificate->file, server.certificate->keyFile);
    if (!read)
        return read;
    if (auto usable = http::checkPair(*read); !usable)
        return failure(
            usable.error().code,
            "The certificate of web server " + server.name + " (" + server.certificate->file
                + ") cannot be used: " + usable.error().message + '.');
    // Browsers will warn of one that has expired; tunnels must not wait until somebody renews it.
    if (auto valid = http::checkCertificate(*read, std::chrono::system_clock::now()); !valid)
        qCWarning(
            logWeb, "event=certificate-not-valid name=\"%s\" file=\"%s\" reason=\"%s\"", server.name.c_str(),
            server.certificate->file.c_str(), valid.error().message.c_str());
    return read;
}

Result<WebServers::Running>
WebServers::draw(const config::Configuration& configuration, const config::WebServer& server) const {
    auto certificate = certificateFor(configuration, server);
    if (!certificate)
        return tl::unexpected(certificate.error());
    const auto fingerprint = http::fingerprint(*certificate);
    const auto end = http::certificateEnd(*certificate);
    if (!fingerprint || !end)
        return tl::unexpected(fingerprint ? end.error() : fingerprint.error());
    Running running;
    for (const IpAddress& address : server.addresses)
        running.options.endpoints.push_back({address, server.port});
    running.options.certificate = std::move(*certificate);
    running.options.limits.connections = server.connections;
    running.options.limits.connectionsPerSite = server.connectionsPerAddress;
    running.options.limits.bodyBytes = 0;
    running.listening
        = {server.name, originOf(configuration, server), *fingerprint, server.servesRegistration,
           server.servesApi};
    running.certificateEnd = *end;
    return running;
}

/// All that is decided when it is opened; the certificate can change later.
bool WebServers::serveAlike(const Running& a, const Running& b) {
    return a.options.endpoints == b.options.endpoints
        && a.options.limits.connections == b.options.limits.connections
        && a.options.limits.connectionsPerSite == b.options.limits.connectionsPerSite
        && a.listening.api == b.listening.api && a.listening.registration == b.listening.registration;
}

Result<void> WebServers::open(Running& running) const {
    http::Options options = running.options;
    const bool servesApi = running.listening.api;
    const bool pages = running.listening.registration;
    const Faces& faces = m_faces;
    options.bodyLimit = [servesApi, pages, apiBody = faces.apiBody,
                         pagesBody = faces.pagesBody](const http::Request& head) {
        if (isApi(head))
            return servesApi ? apiBody(head) : 0;
        return pages ? pagesBody(head) : 0;
    };
    options.refusalPage = [servesApi](const http::Refusal& refusal, std::string_view target) {
        return servesApi && target.starts_with(api::basePath)
            ? face::toResponse(refusal)
            : http::Response::text(refusal.status, refusal.sentence + "\n");
    };
    auto opened = http::Server::open(
        std::move(options),
        [servesApi, pages, toApi = faces.api,
         toPages = faces.pages](const http::Request& request, const http::Responder& responder) {
            if (isApi(request) ? servesApi : pages)
                (isApi(request) ? toApi : toPages)(request, responder);
            else
                responder.respond(nothingHere());
        });
    if (!opened)
        return failure(
            opened.error().code,
            "web server " + running.listening.name + ": " + opened.error().message + '.');
    running.server = std::move(*opened);
    qCInfo(
        logWeb, "event=web-server name=\"%s\" url=%s fingerprint=%s registration=%s api=%s",
        running.listening.name.c_str(), running.listening.origin.c_str(),
        running.listening.fingerprint.c_str(), pages ? "yes" : "no", servesApi ? "yes" : "no");
    return {};
}

Result<void> WebServers::apply(const config::Configuration& configuration) {
    ByName wanted;
    for (const config::WebServer& server : configuration.webServers) {
        auto drawn = draw(configuration, server);
        if (!drawn)
            return tl::unexpected(drawn.error());
        wanted.emplace(server.name, std::move(*drawn));
    }
    // Those that listen as before stay: their visitors notice nothing.
    for (auto& [name, running] : m_running) {
        const auto next = wanted.find(name);
        if (next != wanted.end() && serveAlike(running, next->second))
            next->second.server = std::move(running.server);
        else
            running.server.reset(); // another may be about to have its port
    }
    Result<void> opened;
    for (auto& [name, running] : wanted) {
        if (running.server)
            opened = running.server->setCertificate(running.options.certificate);
        else
            opened = open(running);
        if (!opened)
            break;
    }
    if (opened) {
        m_running = std::move(wanted);
        return {};
    }
    for (auto& [name, running] : wanted) {
        const auto before = m_running.find(name);
        if (before != m_running.end() && running.server && serveAlike(running, before->second))
            before->second.server = std::move(running.server);
    }
    wanted.clear();
    restore();
    return opened;
}

/// What was closed for nothing opens again.
void WebServers::restore() {
    for (auto& [name, running] : m_running) {
        const Result<void> back
            = running.server ? running.server->setCertificate(running.options.certificate) : open(running);
        if (!back)
            qCCritical(logWeb, "event=web-server-lost reason=\"%s\"", back.error().message.c_str());
    }
    std::erase_if(m_running, [](const auto& each) { return !each.second.server; });
}

std::vector<WebServers::Listening> WebServers::listening() const {
    std::vector<Listening> all;
    for (const auto& [name, running] : m_running)
        all.push_back(running.listening);
    return all;
}

std::optional<http::WallTime> WebServers::certificateEnd() const {
    std::optional<http::WallTime> first;
    for (const auto& [name, running] : m_running) {
        if (!first || running.certificateEnd < *first)
            first = running.certificateEnd;
    }
    return first;
}

} // namespace viaduct
