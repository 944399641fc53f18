// SPDX-License-Identifier: GPL-3.0-or-later
// The registration pages: people ask for an account, follow their request, take login and password, look
// after the account. A face of the registry; it keeps nothing but the limits against floods.
#pragma once

#include "server/broker/PasswordWork.h"
#include "server/credentials/CsrfTokens.h"
#include "server/credentials/ProofOfWork.h"
#include "server/credentials/RateLimit.h"
#include "server/http/Responder.h"
#include "server/web/Language.h"
#include "server/web/SheetShelf.h"

#include <QObject>

#include <functional>
#include <map>

namespace viaduct::broker {
class Broker;
class Registry;
struct StatusPage;
} // namespace viaduct::broker

namespace viaduct::web {

struct FormRules;
struct FormView;
struct Reader;
struct RegistrationForm;
struct StatusView;
struct Visit;
class Sentence;

class WebFace : public QObject {
    Q_OBJECT
public:
    /// All outlive it. What is offered is read from the broker's configuration at each request.
    WebFace(
        broker::Broker& broker, broker::Registry& registry, const credentials::ServerKey& key,
        QObject* parent = nullptr);

    /// Every request whose path does not belong to somebody else. Answered once, now or later.
    void handle(const http::Request& request, http::Responder responder);

    /// As handle(), for whoever has no connection: the tests, and a program that draws the pages.
    using Answer = std::function<void(http::Response)>;
    void answer(const http::Request& request, const Answer& answered);

    /// The sheet of a new voucher lies here, to be printed: its path, and until when.
    std::pair<QString, api::Time> keepSheet(const api::VoucherCreated& created);
    /// Forgets sheets whose time is over, and their passwords. To be called every few minutes.
    void maintain();

    /// Bytes of the body that a request of this head may have. Pure, and from any thread.
    static std::size_t bodyLimit(const http::Request& head);

private:
    using SheetKey = std::pair<credentials::Hash, Language>;
    struct DrawnSheet {
        SheetKey key;
        std::shared_ptr<const std::string> html;
    };

    void route(const Visit& visit);
    void routePost(const Visit& visit);
    void routeLink(const Visit& visit);
    bool isOurForm(const Visit& visit) const;
    Reader readerFor(const Visit& visit) const;
    void say(const Visit& visit, int status, const Sentence& title, const Sentence& text) const;
    static void sendFile(const Visit& visit, std::string_view type, std::string_view file);

    // the form
    void showForm(const Visit& visit, int status, FormView view) const;
    void emptyForm(const Visit& visit) const;
    FormRules rules() const;
    void submit(const Visit& visit);
    /// Empty when the request may come in; else the sentence why not.
    std::string admit(const Visit& visit);
    void showCharter(const Visit& visit) const;

    // the proof of an address
    void showProof(const Visit& visit) const;
    void prove(const Visit& visit);

    void showSheet(const Visit& visit);
    void takeDrawn(DrawnSheet drawn);

    // behind a link
    StatusView viewOf(const std::string& link, broker::StatusPage page) const;
    void showStatus(const Visit& visit, int status, const std::function<void(StatusView&)>& change) const;
    void notFound(const Visit& visit) const;
    void giveFile(const Visit& visit) const;
    void askGiveBack(const Visit& visit) const;
    void takeAnswer(const Visit& visit);
    void withdraw(const Visit& visit);
    void showCredentials(const Visit& visit);
    void changePassword(const Visit& visit);
    void giveBack(const Visit& visit);

    broker::Broker& m_broker;
    broker::Registry& m_registry;
    credentials::CsrfTokens m_csrf;
    credentials::ProofOfWork m_work;
    SheetShelf m_sheets;
    credentials::RateLimit m_withoutScript; ///< requests that come without the proof of work

    /// A thousand codes take a second and make ten megabytes: they are drawn in a thread. Whoever comes
    /// meanwhile waits for the same sheet, and whoever comes again within a minute gets it at once.
    std::optional<DrawnSheet> m_drawn;
    std::map<SheetKey, std::vector<Answer>> m_drawing;
    broker::PasswordWork m_drawer{1};
};

} // namespace viaduct::web
