// SPDX-License-Identifier: GPL-3.0-or-later
// Passwords in the keychain of the desktop (Secret Service, KWallet), by QtKeychain. Where there is none
// nothing is kept, and the caller says so: a password is never written to a file.
#pragma once

#include "admin-gui/link/Profile.h"

#include <QObject>

#include <functional>

namespace viaduct::admin::keychain {

/// Empty: there is none, or no keychain.
void read(const Profile& profile, QObject* context, std::function<void(const QString& password)> found);
/// `failed` gets a sentence; an empty password is removed.
void write(
    const Profile& profile, const QString& password, QObject* context,
    std::function<void(const QString& sentence)> failed);
/// Whether this desktop has one at all; answered later.
void probe(QObject* context, std::function<void(bool isThere)> answered);

} // namespace viaduct::admin::keychain
