// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/Letters.h"

#include "server/broker/Registry.h"
#include "server/web/Sentences.h"

namespace viaduct::web {

namespace {
using Kind = broker::Notice::Kind;

struct Words {
    std::string subject;
    std::string text;
};

Words wordsOf(const broker::Notice& notice, const Sender& sender, Language language) {
    const std::string organisation = sender.organisation.toStdString();
    const std::string base = sender.baseUrl.toStdString();
    const std::string text = notice.text.toStdString();
    switch (notice.kind) {
    case Kind::VerifyAddress:
        return {
            say::verifySubject.in(language),
            say::verifyLetter.in(language, {organisation, base + "/verify/" + notice.secret.toStdString()})};
    case Kind::Approved:
        return {say::approvedSubject.in(language), say::approvedLetter.in(language, {organisation, base})};
    case Kind::Refused:
        return {say::refusedSubject.in(language), say::refusedLetter.in(language, {organisation, text})};
    case Kind::Question:
        return {
            say::questionSubject.in(language), say::questionLetter.in(language, {organisation, text, base})};
    case Kind::ExpiresSoon:
        return {
            say::expiresSubject.in(language),
            say::expiresLetter.in(
                language,
                {organisation, notice.when ? timeText(*notice.when) : std::string("?"),
                 sender.contact.toStdString()})};
    }
    return {};
}
} // namespace

Letter letterOf(const broker::Notice& notice, const Sender& sender) {
    const Language language = languageOf(notice.language.toStdString());
    const Words words = wordsOf(notice, sender, language);
    // Control characters in a name were refused when it was asked for; here they would only look odd.
    const bool mayName = notice.kind != Kind::VerifyAddress && !notice.name.isEmpty();
    const std::string greeting = mayName
        ? say::greeting.in(language, {notice.name.simplified().toStdString()})
        : say::greetingNobody.in(language);
    const std::string end = say::letterEnd.in(language, {sender.contact.toStdString()});
    Letter letter;
    letter.to = notice.to;
    letter.subject = QString::fromStdString(words.subject);
    letter.text = QString::fromStdString(
        greeting + "\n\n" + words.text + "\n\n" + end + "\n\n-- \n" + sender.organisation.toStdString()
        + "\n");
    return letter;
}

} // namespace viaduct::web
