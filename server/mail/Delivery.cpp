// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/mail/Delivery.h"

#include <curl/curl.h>

#include <array>
#include <fstream>
#include <utility>

namespace viaduct::mail {

namespace {
constexpr long connectSeconds = 20;
constexpr long answerSeconds = 60;
constexpr long wholeSeconds = 120;
constexpr std::size_t longestPassword = 1024;

struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;
struct FreeMime {
    void operator()(curl_mime* mime) const { curl_mime_free(mime); }
};
using Mime = std::unique_ptr<curl_mime, FreeMime>;

List listOf(const std::vector<std::string>& lines) {
    curl_slist* list = nullptr;
    for (const std::string& line : lines) {
        curl_slist* longer = curl_slist_append(list, line.c_str());
        if (!longer)
            break;
        list = longer;
    }
    return List(list);
}

Result<std::string> readPassword(const std::string& file) {
    std::ifstream stream(file);
    std::string line;
    if (!std::getline(stream, line) || line.empty() || line.size() > longestPassword)
        return failure(
            Error::Code::System,
            "the password file " + file
                + " cannot be read, or its first line is empty: see that the service may read it");
    if (line.back() == '\r')
        line.pop_back();
    return line;
}

std::string urlOf(const config::MailServer& server, const std::string& name) {
    const bool tls = server.encryption == config::MailServer::Encryption::Tls;
    const std::string host
        = server.host.find(':') == std::string::npos ? server.host : '[' + server.host + ']';
    return (tls ? "smtps://" : "smtp://") + host + ':' + std::to_string(server.port) + '/' + name;
}

/// What is heard and said, as far as it is of use.
struct Talk {
    bool mailBegan = false; ///< MAIL FROM was said: from then on an answer is about the message
};

int listen(CURL*, curl_infotype type, char* data, std::size_t size, void* talk) {
    if (type == CURLINFO_HEADER_OUT && std::string_view(data, size).starts_with("MAIL "))
        static_cast<Talk*>(talk)->mailBegan = true;
    return 0;
}

int goOn(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const std::atomic<bool>*>(stop)->load() ? 1 : 0;
}

Outcome outcomeOf(CURLcode code, long answer, bool aboutMessage, const char* detail) {
    if (code == CURLE_OK)
        return {Outcome::What::Sent, {}};
    // Only before the recipient was named can libcurl's sentence not contain it.
    std::string reason = curl_easy_strerror(code);
    if (!aboutMessage && *detail != '\0')
        reason = detail;
    if (answer >= 400)
        reason += " (the server answered " + std::to_string(answer) + ')';
    if (!aboutMessage)
        return {Outcome::What::ServerFails, reason};
    // Without an answer, too: if the server is away, the next message finds out, and a message at which the
    // server breaks does not hold up the others.
    return {answer >= 500 ? Outcome::What::Never : Outcome::What::NotNow, reason};
}
} // namespace

struct Delivery::Curl {
    struct Free {
        void operator()(CURL* owned) const { curl_easy_cleanup(owned); }
    };
    std::unique_ptr<CURL, Free> handle;
    std::array<char, CURL_ERROR_SIZE> detail{};

    template <typename T>
    void set(CURLoption option, T value) {
        curl_easy_setopt(handle.get(), option, value);
    }
    void set(CURLoption option, const std::string& value) { set(option, value.c_str()); }
};

Delivery::Delivery(const std::atomic<bool>& stop, std::string certificates)
    : m_curl(std::make_unique<Curl>()), m_stop(stop), m_certificates(std::move(certificates)) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started == CURLE_OK)
        m_curl->handle.reset(curl_easy_init());
}

Delivery::~Delivery() = default;

Outcome Delivery::deliver(const config::MailServer& server, const std::string& name, const Message& message) {
    if (!m_curl->handle)
        return {Outcome::What::ServerFails, "libcurl cannot be used: there is no memory"};
    curl_easy_reset(m_curl->handle.get()); // keeps the connection
    Curl& curl = *m_curl;
    curl.set(CURLOPT_URL, urlOf(server, name));
    curl.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl.set(CURLOPT_PROXY, ""); // whatever the environment says
    curl.set(CURLOPT_NOSIGNAL, 1L);
    curl.set(CURLOPT_CONNECTTIMEOUT, connectSeconds);
    curl.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, answerSeconds);
    curl.set(CURLOPT_TIMEOUT, wholeSeconds);
    if (server.encryption == config::MailServer::Encryption::StartTls)
        curl.set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    curl.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!m_certificates.empty())
        curl.set(CURLOPT_CAINFO, m_certificates);
    if (server.login) {
        const auto password = readPassword(server.login->passwordFile);
        if (!password)
            return {Outcome::What::ServerFails, password.error().message};
        curl.set(CURLOPT_USERNAME, server.login->user);
        curl.set(CURLOPT_PASSWORD, *password);
    }
    const List recipients = listOf({'<' + message.recipient + '>'});
    const List head = listOf(message.head);
    const Mime mime(curl_mime_init(curl.handle.get()));
    curl_mimepart* part = mime ? curl_mime_addpart(mime.get()) : nullptr;
    if (!recipients || !head || !part)
        return {Outcome::What::ServerFails, "there is no memory for a message"};
    curl_mime_data(part, message.text.data(), message.text.size());
    curl_mime_type(part, "text/plain; charset=utf-8");
    curl_mime_encoder(part, "quoted-printable");
    curl.set(CURLOPT_MAIL_FROM, '<' + server.from + '>');
    curl.set(CURLOPT_MAIL_RCPT, recipients.get());
    curl.set(CURLOPT_HTTPHEADER, head.get());
    curl.set(CURLOPT_MIMEPOST, mime.get());

    Talk talk;
    curl.detail.front() = '\0';
    curl.set(CURLOPT_ERRORBUFFER, curl.detail.data());
    curl.set(CURLOPT_VERBOSE, 1L); // to the function alone
    curl.set(CURLOPT_DEBUGFUNCTION, &listen);
    curl.set(CURLOPT_DEBUGDATA, &talk);
    curl.set(CURLOPT_NOPROGRESS, 0L);
    curl.set(CURLOPT_XFERINFOFUNCTION, &goOn);
    curl.set(CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(&m_stop)); // NOLINT(*-const-cast): a C API
    const CURLcode code = curl_easy_perform(curl.handle.get());
    long answer = 0;
    curl_easy_getinfo(curl.handle.get(), CURLINFO_RESPONSE_CODE, &answer);
    Outcome outcome = outcomeOf(code, answer, talk.mailBegan, curl.detail.data());
    curl_easy_reset(curl.handle.get()); // nothing in it points to what ends here
    return outcome;
}

} // namespace viaduct::mail
