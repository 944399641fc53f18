// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/Lexer.h"
#include "server/config/Output.h"
#include "server/config/Values.h"

namespace viaduct::config {

namespace {

std::string_view encryptionText(MailServer::Encryption encryption) {
    switch (encryption) {
    case MailServer::Encryption::StartTls:
        return "starttls";
    case MailServer::Encryption::Tls:
        return "tls";
    case MailServer::Encryption::None:
        return "none";
    }
    return {};
}

/// With the port, if it is not the usual one.
std::string hostText(const std::string& host, std::uint16_t port, std::uint16_t usual) {
    if (port == usual)
        return host;
    const bool isV6 = host.find(':') != std::string::npos;
    return (isV6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

/// The port always, as that of a TSP server.
void writeWebServer(Output& output, const WebServer& server) {
    const WebServer usual;
    output.line("web server", wordText(server.name));
    for (const IpAddress& address : server.addresses)
        output.address(address);
    output.line(" port", std::to_string(server.port));
    if (server.certificate)
        output.line(
            " certificate",
            wordText(server.certificate->file) + " key " + wordText(server.certificate->keyFile));
    if (!server.serverName.empty())
        output.line(" server name", server.serverName);
    if (server.servesRegistration)
        output.line(" serve registration");
    if (server.servesApi)
        output.line(" serve api");
    if (server.connections != usual.connections)
        output.line(" limit connections", std::to_string(server.connections));
    if (server.connectionsPerAddress != usual.connectionsPerAddress)
        output.line(" limit connections-per-address", std::to_string(server.connectionsPerAddress));
    output.separate();
}

void writeConditions(Output& output, const Registration& registration) {
    for (const AccountKind kind : registration.offers)
        output.line(" offer", text(kind));
    for (const std::string& domain : registration.mailDomains)
        output.line(" mail domain", domain);
    if (registration.requireMailVerification)
        output.line(" require mail verification");
    for (const std::string& domain : registration.automaticDomains)
        output.line(" approve automatically", domain);
}

void writeLimits(Output& output, const Registration& registration) {
    const Registration usual;
    if (registration.poolUsePercent != usual.poolUsePercent)
        output.line(" limit pool-use", std::to_string(registration.poolUsePercent));
    if (registration.requestsPerAddress != usual.requestsPerAddress)
        output.line(" limit requests-per-address", std::to_string(registration.requestsPerAddress));
    if (!registration.accountLifetime)
        output.line(" no account lifetime");
    else if (registration.accountLifetime != usual.accountLifetime)
        output.line(" account lifetime", text(*registration.accountLifetime));
    if (registration.proofOfWorkBits == 0)
        output.line(" no proof-of-work");
    else if (registration.proofOfWorkBits != usual.proofOfWorkBits)
        output.line(" proof-of-work", std::to_string(registration.proofOfWorkBits));
}

void writeRegistration(Output& output, const Registration& registration) {
    output.line("registration");
    output.line(" organisation", restText(registration.organisation));
    output.line(" contact", wordText(registration.contact));
    if (!registration.charterFile.empty())
        output.line(" charter", wordText(registration.charterFile));
    writeConditions(output, registration);
    writeLimits(output, registration);
    output.separate();
}

void writeMailServer(Output& output, const MailServer& server) {
    output.line("mail server", hostText(server.host, server.port, usualPort(server.encryption)));
    output.line(" from", wordText(server.from));
    if (server.login)
        output.line(
            " login",
            wordText(server.login->user) + " password-file " + wordText(server.login->passwordFile));
    if (server.encryption != MailServer().encryption)
        output.line(" encryption", encryptionText(server.encryption));
    output.separate();
}

void writeRadiusServer(Output& output, const RadiusServer& server) {
    const RadiusServer usual;
    output.line("radius server", hostText(server.host, server.port, usual.port));
    output.line(" secret-file", wordText(server.secretFile));
    if (server.timeout != usual.timeout)
        output.line(" timeout", text(server.timeout));
    if (server.retries != usual.retries)
        output.line(" retries", std::to_string(server.retries));
    output.separate();
}

} // namespace

void writeServices(Output& output, const Configuration& configuration) {
    for (const WebServer& server : configuration.webServers)
        writeWebServer(output, server);
    if (configuration.registration)
        writeRegistration(output, *configuration.registration);
    if (configuration.mailServer)
        writeMailServer(output, *configuration.mailServer);
    if (configuration.radiusKind != Configuration().radiusKind)
        output.line("radius kind", text(configuration.radiusKind));
    for (const RadiusServer& server : configuration.radiusServers)
        writeRadiusServer(output, server);
}

} // namespace viaduct::config
