// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/web/RegistrationForm.h"

#include "server/broker/Registry.h"
#include "server/web/Sentences.h"

#include <algorithm>

namespace viaduct::web {

namespace {
constexpr int mostDomainsTold = 6; ///< more would be a wall of text

std::string valueOr(const http::Pairs& pairs, const char* name) {
    return std::string(http::valueOf(pairs, name).value_or(""));
}

/// As the value of a field with one line, or of several.
std::string tidy(const std::string& text) {
    QString value = QString::fromStdString(text);
    value.replace(QStringLiteral("\r\n"), QStringLiteral("\n")).replace(u'\r', u'\n');
    return value.trimmed().toStdString();
}

qsizetype charactersOf(const std::string& text) {
    return QString::fromStdString(text).size();
}

/// As the registry judges them: of ASCII and of Latin 1.
bool hasControl(const std::string& text, bool mayHaveLines) {
    const QString characters = QString::fromStdString(text);
    return std::any_of(characters.begin(), characters.end(), [&](QChar c) {
        return c.category() == QChar::Other_Control && !(mayHaveLines && (c == u'\n' || c == u'\t'));
    });
}

/// Collects what is wrong in the order of the fields.
class Check {
public:
    Check(const Reader& reader, const RegistrationForm& form, const FormRules& rules)
        : m_reader(reader), m_form(form), m_rules(rules) { }

    Mistakes all() {
        checkName();
        checkEmail();
        checkLength(
            formField::organisation, m_form.organisation, api::limit::line, say::organisationTooLong, false);
        checkLength(formField::purpose, m_form.purpose, api::limit::text, say::purposeTooLong, true);
        checkKind();
        checkSystem();
        checkEnd();
        if (m_rules.wantsConsent && !m_form.consent)
            add(formField::consent, m_reader.say(say::consentMissing));
        return std::move(m_mistakes);
    }

private:
    void add(const char* field, std::string sentence) { m_mistakes.push_back({field, std::move(sentence)}); }

    void checkLength(
        const char* field, const std::string& value, int most, const Sentence& tooLong, bool mayHaveLines) {
        if (charactersOf(value) > most)
            add(field, m_reader.say(tooLong, {std::to_string(most)}));
        else if (hasControl(value, mayHaveLines))
            add(field, m_reader.say(say::badCharacters));
    }
    void checkName() {
        if (m_form.name.empty())
            add(formField::name, m_reader.say(say::nameMissing));
        else
            checkLength(formField::name, m_form.name, api::limit::line, say::nameTooLong, false);
    }
    void checkEmail() {
        const bool isGood = charactersOf(m_form.email) <= api::limit::email
            && !hasControl(m_form.email, false)
            && broker::looksLikeMail(QString::fromStdString(m_form.email));
        if (!isGood)
            add(formField::email, m_reader.say(say::emailWrong));
    }
    void checkKind() {
        const auto kind = config::accountKind(m_form.kind);
        if (!kind
            || std::find(m_rules.offered.begin(), m_rules.offered.end(), *kind) == m_rules.offered.end())
            add(formField::kind, m_reader.say(say::kindMissing));
    }
    void checkSystem() {
        const bool isKnown = m_form.system.empty()
            || std::any_of(systemNames.begin(), systemNames.end(),
                           [&](const auto& system) { return system.first == m_form.system; });
        if (!isKnown)
            add(formField::system, m_reader.say(say::systemWrong));
    }
    void checkEnd() {
        if (m_form.wishedEnd.empty())
            return;
        const auto date = api::dateFromText(QString::fromStdString(m_form.wishedEnd));
        if (!date || !date->ok()) {
            const api::Date example(m_rules.today + std::chrono::days(365));
            add(formField::wishedEnd, m_reader.say(say::dateWrong, {api::text(example).toStdString()}));
        } else if (std::chrono::sys_days(*date) <= m_rules.today) {
            add(formField::wishedEnd, m_reader.say(say::datePast));
        }
    }

    const Reader& m_reader;
    const RegistrationForm& m_form;
    const FormRules& m_rules;
    Mistakes m_mistakes;
};

struct KindSentences {
    const Sentence& name;
    const Sentence& hint;
};
KindSentences sentencesOf(config::AccountKind kind) {
    switch (kind) {
    case config::AccountKind::Soho:
        return {say::kindSoho, say::kindSohoHint};
    case config::AccountKind::Site:
        return {say::kindSite, say::kindSiteHint};
    case config::AccountKind::Host:
        break;
    }
    return {say::kindHost, say::kindHostHint};
}

/// A box to tick or a radio button, with its label and hint.
Markup
choice(const std::string& id, Attributes attributes, const std::string& label, const std::string& hint) {
    attributes.insert(attributes.begin(), {"id", id});
    if (!hint.empty())
        attributes.emplace_back("aria-describedby", id + "-hint");
    Markup content = voidElement("input", attributes) + element("label", {{"for", id}}, label);
    if (!hint.empty())
        content += element("p", {{"class", "hint"}, {"id", id + "-hint"}}, hint);
    return element("div", {{"class", "choice"}}, content);
}

Markup mistakeLine(const std::string& id, const std::string& mistake) {
    return mistake.empty() ? Markup()
                           : element("p", {{"class", "mistake"}, {"id", id + "-mistake"}}, mistake);
}

Markup kindChoice(const Reader& reader, const FormView& view) {
    const std::string mistake = mistakeAt(view.mistakes, formField::kind);
    Markup content = element("legend", {}, reader.say(say::kind)) + mistakeLine(formField::kind, mistake);
    bool isFirst = true;
    for (const config::AccountKind kind : view.rules.offered) {
        const std::string word(config::text(kind));
        Attributes attributes{
            {"type", "radio"}, {"name", formField::kind}, {"value", word}, {"required", ""}};
        if (view.form.kind == word || view.rules.offered.size() == 1)
            attributes.emplace_back("checked", "");
        const KindSentences sentences = sentencesOf(kind);
        // The link of the summary leads to the first of them.
        const std::string id = isFirst ? std::string(formField::kind) : formField::kind + ("-" + word);
        content += choice(id, attributes, reader.say(sentences.name), reader.say(sentences.hint));
        isFirst = false;
    }
    Attributes attributes;
    if (!mistake.empty())
        attributes.emplace_back("aria-describedby", std::string(formField::kind) + "-mistake");
    return element("fieldset", attributes, content);
}

Markup systemChoice(const Reader& reader, const FormView& view) {
    const auto option = [&](const std::string& value, const std::string& label) {
        // An empty value would be an attribute that is only there: its text would count instead.
        Attributes attributes{{"value", value.empty() ? "unknown" : value}};
        if (view.form.system == value)
            attributes.emplace_back("selected", "");
        return element("option", attributes, label);
    };
    Markup options = option("", reader.say(say::systemUnknown));
    for (const auto& [value, label] : systemNames)
        options += option(value, label.empty() ? reader.say(say::systemOther) : label);
    const std::string mistake = mistakeAt(view.mistakes, formField::system);
    Attributes attributes{{"id", formField::system}, {"name", formField::system}};
    if (!mistake.empty()) {
        attributes.emplace_back("aria-invalid", "true");
        attributes.emplace_back("aria-describedby", std::string(formField::system) + "-mistake");
    }
    const std::string label = reader.say(say::system) + " " + reader.say(say::optional);
    return element(
        "div", {{"class", "field"}},
        element("label", {{"for", formField::system}}, label) + mistakeLine(formField::system, mistake)
            + element("select", attributes, options));
}

Markup consentChoice(const Reader& reader, const FormView& view) {
    if (!view.rules.wantsConsent)
        return {};
    const std::string mistake = mistakeAt(view.mistakes, formField::consent);
    Attributes attributes{
        {"type", "checkbox"}, {"name", formField::consent}, {"value", "yes"}, {"required", ""}};
    if (view.form.consent)
        attributes.emplace_back("checked", "");
    if (!mistake.empty()) {
        attributes.emplace_back("aria-invalid", "true");
        attributes.emplace_back("aria-describedby", std::string(formField::consent) + "-mistake");
    }
    // With a tab stop, so that it can be scrolled without a mouse.
    const Attributes region{
        {"class", "charter"},
        {"tabindex", "0"},
        {"role", "region"},
        {"aria-label", reader.say(say::charter)}};
    return element(
        "fieldset", {},
        element("legend", {}, reader.say(say::charter)) + element("div", region, view.charter)
            + mistakeLine(formField::consent, mistake)
            + choice(formField::consent, attributes, reader.say(say::consent), {}));
}

Markup textFields(const Reader& reader, const FormView& view) {
    const RegistrationForm& form = view.form;
    std::string mailHint = reader.say(
        view.rules.provesMail       ? say::emailProofHint
            : view.rules.writesMail ? say::emailHint
                                    : say::emailNoMailHint);
    if (!view.rules.mailDomains.empty() && view.rules.mailDomains.size() <= mostDomainsTold) {
        std::string domains;
        for (const std::string& domain : view.rules.mailDomains) {
            const bool below = domain.starts_with("*.");
            domains += (domains.empty() ? "" : ", ") + (below ? "…" + domain.substr(1) : domain);
        }
        mailHint += " " + reader.say(say::emailDomains, {domains});
    }
    const auto most = [](int characters) {
        return std::pair<std::string, std::string>("maxlength", std::to_string(characters));
    };
    const Mistakes& mistakes = view.mistakes;
    return field(
               reader,
               {formField::name,
                reader.say(say::name),
                {},
                "text",
                form.name,
                {{"autocomplete", "name"}, most(api::limit::line)}},
               mistakes)
        + field(
               reader,
               {formField::email,
                reader.say(say::email),
                mailHint,
                "email",
                form.email,
                {{"autocomplete", "email"}, most(api::limit::email)}},
               mistakes)
        + field(
               reader,
               {formField::organisation,
                reader.say(say::organisation),
                {},
                "text",
                form.organisation,
                {{"autocomplete", "organization"}, most(api::limit::line)},
                false},
               mistakes)
        + field(
               reader,
               {formField::purpose,
                reader.say(say::purpose),
                reader.say(say::purposeHint),
                "textarea",
                form.purpose,
                {{"rows", "5"}, most(api::limit::text)},
                false},
               mistakes);
}

Markup endField(const Reader& reader, const FormView& view) {
    const api::Date tomorrow(view.rules.today + std::chrono::days(1));
    return field(
        reader,
        {formField::wishedEnd,
         reader.say(say::wishedEnd),
         reader.say(say::wishedEndHint),
         "date",
         view.form.wishedEnd,
         {{"min", api::text(tomorrow).toStdString()}},
         false},
        view.mistakes);
}

/// For programs that fill in all that they find.
Markup trapField(const Reader& reader) {
    return element(
        "div", {{"class", "trap"}, {"aria-hidden", "true"}},
        element("label", {{"for", formField::trap}}, reader.say(say::trap))
            + voidElement(
                "input",
                {{"type", "text"},
                 {"id", formField::trap},
                 {"name", formField::trap},
                 {"tabindex", "-1"},
                 {"autocomplete", "off"}}));
}

Markup workField(const Reader& reader) {
    return voidElement("input", {{"type", "hidden"}, {"name", formField::work}})
        + element("noscript", {}, element("p", {{"class", "hint"}}, reader.say(say::withoutScript)))
        + element("p", {{"class", "hint"}, {"id", "work-status"}, {"role", "status"}}, "");
}
} // namespace

const std::vector<std::pair<std::string, std::string>> systemNames{
    {"windows", "Windows"},   {"linux", "Linux"},     {"macos", "macOS"},
    {"freebsd", "FreeBSD"},   {"cisco", "Cisco"},     {"juniper", "Juniper"},
    {"mikrotik", "MikroTik"}, {"openwrt", "OpenWrt"}, {"other", ""}};

RegistrationForm RegistrationForm::fromPairs(const http::Pairs& pairs) {
    RegistrationForm form;
    form.name = tidy(valueOr(pairs, formField::name));
    form.email = tidy(valueOr(pairs, formField::email));
    form.organisation = tidy(valueOr(pairs, formField::organisation));
    form.purpose = tidy(valueOr(pairs, formField::purpose));
    form.kind = valueOr(pairs, formField::kind);
    form.system = valueOr(pairs, formField::system);
    if (form.system == "unknown")
        form.system.clear();
    form.wishedEnd = tidy(valueOr(pairs, formField::wishedEnd));
    form.consent = valueOr(pairs, formField::consent) == "yes";
    return form;
}

Mistakes mistakesOf(const Reader& reader, const RegistrationForm& form, const FormRules& rules) {
    return Check(reader, form, rules).all();
}

broker::Submission submissionOf(const RegistrationForm& form, Language language) {
    broker::Submission submission;
    submission.name = QString::fromStdString(form.name);
    submission.email = QString::fromStdString(form.email);
    submission.organisation = QString::fromStdString(form.organisation);
    submission.purpose = QString::fromStdString(form.purpose);
    submission.system = QString::fromStdString(form.system);
    submission.language = QString::fromUtf8(code(language).data(), qsizetype(code(language).size()));
    submission.kind = broker::toApi(config::accountKind(form.kind).value_or(config::AccountKind::Host));
    if (!form.wishedEnd.empty())
        submission.wishedEnd = api::dateFromText(QString::fromStdString(form.wishedEnd));
    submission.consent = form.consent;
    return submission;
}

Markup registrationPage(const Reader& reader, const FormView& view) {
    Markup content = heading(1, reader.say(say::formTitle)) + summary(reader, view.mistakes)
        + paragraph(reader.say(say::formIntroduction));
    Markup form = trapField(reader) + textFields(reader, view) + kindChoice(reader, view)
        + systemChoice(reader, view) + endField(reader, view) + consentChoice(reader, view);
    form += element("p", {{"class", "hint"}}, reader.say(say::privacy, {reader.organisation}));
    Attributes attributes;
    if (!view.challenge.empty()) {
        form += workField(reader);
        attributes
            = {{"data-challenge", view.challenge},
               {"data-working", reader.say(say::working)},
               {"data-waiting", reader.say(say::waiting)},
               {"data-done", reader.say(say::worked)}};
    }
    form += button(reader.say(say::send));
    return content + postForm(reader, "/", form, attributes);
}

} // namespace viaduct::web
