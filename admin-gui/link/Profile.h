// SPDX-License-Identifier: GPL-3.0-or-later
// The brokers that somebody works with, kept in the settings of the desktop. Passwords are not: see Keychain.
#pragma once

#include <QSettings>
#include <QUrl>

#include <vector>

namespace viaduct::admin {

struct Profile {
    QString name; ///< as shown; unique
    QUrl url; ///< https://HOST:PORT
    QString login;
    QString pin; ///< fingerprint of its certificate; empty: the authorities of this machine are asked
    bool keepPassword = false; ///< in the keychain

    friend bool operator==(const Profile&, const Profile&) = default;
};

/// In the order of their last use, the latest first.
class Profiles {
public:
    explicit Profiles(QSettings& settings) : m_settings(settings) { }

    std::vector<Profile> all() const;
    /// As the first; replaces the one with its name.
    void use(const Profile& profile);
    void remove(const QString& name);

private:
    void write(const std::vector<Profile>& profiles);

    QSettings& m_settings;
};

} // namespace viaduct::admin
