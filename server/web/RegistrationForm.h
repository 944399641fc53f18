// SPDX-License-Identifier: GPL-3.0-or-later
// The form by which somebody asks for an account: what was typed, and all that is wrong with it. Pure.
#pragma once

#include "server/http/Request.h"
#include "server/web/Page.h"

#include <optional>

namespace viaduct::broker {
struct Submission;
}
namespace viaduct::config {
enum class AccountKind;
struct Registration;
} // namespace viaduct::config

namespace viaduct::web {

/// The ids of the fields, which are their names too.
namespace formField {
inline constexpr const char* name = "name";
inline constexpr const char* email = "email";
inline constexpr const char* organisation = "organisation";
inline constexpr const char* purpose = "purpose";
inline constexpr const char* kind = "kind";
inline constexpr const char* system = "system";
inline constexpr const char* wishedEnd = "end";
inline constexpr const char* consent = "consent";
inline constexpr const char* trap = "website"; ///< a name that programs like to fill in
inline constexpr const char* work = "work"; ///< the solution of the proof of work
} // namespace formField

/// The systems that can be chosen; "other" is the last.
extern const std::vector<std::pair<std::string, std::string>> systemNames;

/// As typed.
struct RegistrationForm {
    std::string name;
    std::string email;
    std::string organisation;
    std::string purpose;
    std::string kind;
    std::string system;
    std::string wishedEnd;
    bool consent = false;

    /// White space around is taken away, line ends become \n.
    static RegistrationForm fromPairs(const http::Pairs& pairs);
};

/// What the form is held against.
struct FormRules {
    std::vector<config::AccountKind> offered;
    std::vector<std::string> mailDomains; ///< told beside the field; the policy judges them
    bool wantsConsent = false;
    bool provesMail = false;
    bool writesMail = false; ///< there is a mail server
    std::chrono::sys_days today;
};

/// All mistakes, in the order of the fields.
Mistakes mistakesOf(const Reader& reader, const RegistrationForm& form, const FormRules& rules);
/// Of a form without mistakes.
broker::Submission submissionOf(const RegistrationForm& form, Language language);

/// The page of the form. `challenge` is that of the proof of work; empty: none is wanted.
struct FormView {
    RegistrationForm form;
    FormRules rules;
    Mistakes mistakes;
    Markup charter;
    std::string challenge;
};
Markup registrationPage(const Reader& reader, const FormView& view);

} // namespace viaduct::web
