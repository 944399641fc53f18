// SPDX-License-Identifier: GPL-3.0-or-later
// The settings of an account, field by field.
#include "admin-gui/parts/AccountMerge.h"

#include <QCoreApplication>

namespace viaduct::admin {

MergedSettings mergeSettings(
    const api::AccountSettings& base, const api::AccountSettings& mine, const api::AccountSettings& theirs) {
    MergedSettings merged{theirs, {}};
    const auto take = [&](const char* name, auto get) {
        if (get(mine) == get(base))
            return;
        if (get(theirs) != get(base) && get(theirs) != get(mine))
            merged.both.append(QCoreApplication::translate("AccountMerge", name));
        get(merged.settings) = get(mine);
    };
    take(
        QT_TRANSLATE_NOOP("AccountMerge", "kind"), [](auto& of) -> auto& { return of.kind; });
    take(
        QT_TRANSLATE_NOOP("AccountMerge", "for other boxes"), [](auto& of) -> auto& { return of.mayProxy; });
    take(
        QT_TRANSLATE_NOOP("AccountMerge", "person"), [](auto& of) -> auto& { return of.person; });
    take(
        QT_TRANSLATE_NOOP("AccountMerge", "e-mail"), [](auto& of) -> auto& { return of.email; });
    take(
        QT_TRANSLATE_NOOP("AccountMerge", "organisation"), [](auto& of) -> auto& { return of.organisation; });
    take(
        QT_TRANSLATE_NOOP("AccountMerge", "sponsor"), [](auto& of) -> auto& { return of.sponsor; });
    take(
        QT_TRANSLATE_NOOP("AccountMerge", "tags"), [](auto& of) -> auto& { return of.tags; });
    take(
        QT_TRANSLATE_NOOP("AccountMerge", "valid from"), [](auto& of) -> auto& { return of.validFrom; });
    take(
        QT_TRANSLATE_NOOP("AccountMerge", "valid until"), [](auto& of) -> auto& { return of.validUntil; });
    take(
        QT_TRANSLATE_NOOP("AccountMerge", "rate from the client"),
        [](auto& of) -> auto& { return of.limits.rateIn; });
    take(
        QT_TRANSLATE_NOOP("AccountMerge", "rate to the client"),
        [](auto& of) -> auto& { return of.limits.rateOut; });
    take(
        QT_TRANSLATE_NOOP("AccountMerge", "quota"), [](auto& of) -> auto& { return of.limits.quotaBytes; });
    take(
        QT_TRANSLATE_NOOP("AccountMerge", "old clients"), [](auto& of) -> auto& { return of.oldClients; });
    take(
        QT_TRANSLATE_NOOP("AccountMerge", "note"), [](auto& of) -> auto& { return of.note; });
    return merged;
}

} // namespace viaduct::admin
