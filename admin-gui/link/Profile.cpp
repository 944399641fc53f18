// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/link/Profile.h"

namespace viaduct::admin {

namespace {
const QString group = QStringLiteral("brokers");
}

std::vector<Profile> Profiles::all() const {
    std::vector<Profile> found;
    const int count = m_settings.beginReadArray(group);
    for (int i = 0; i < count; ++i) {
        m_settings.setArrayIndex(i);
        Profile profile;
        profile.name = m_settings.value(QStringLiteral("name")).toString();
        profile.url = m_settings.value(QStringLiteral("url")).toUrl();
        profile.login = m_settings.value(QStringLiteral("login")).toString();
        profile.pin = m_settings.value(QStringLiteral("fingerprint")).toString();
        profile.keepPassword = m_settings.value(QStringLiteral("keepPassword")).toBool();
        if (!profile.name.isEmpty())
            found.push_back(profile);
    }
    m_settings.endArray();
    return found;
}

void Profiles::use(const Profile& profile) {
    std::vector<Profile> profiles = all();
    std::erase_if(profiles, [&](const Profile& each) { return each.name == profile.name; });
    profiles.insert(profiles.begin(), profile);
    write(profiles);
}

void Profiles::remove(const QString& name) {
    std::vector<Profile> profiles = all();
    std::erase_if(profiles, [&](const Profile& each) { return each.name == name; });
    write(profiles);
}

void Profiles::write(const std::vector<Profile>& profiles) {
    m_settings.remove(group);
    m_settings.beginWriteArray(group, static_cast<int>(profiles.size()));
    for (std::size_t i = 0; i < profiles.size(); ++i) {
        m_settings.setArrayIndex(static_cast<int>(i));
        m_settings.setValue(QStringLiteral("name"), profiles[i].name);
        m_settings.setValue(QStringLiteral("url"), profiles[i].url);
        m_settings.setValue(QStringLiteral("login"), profiles[i].login);
        m_settings.setValue(QStringLiteral("fingerprint"), profiles[i].pin);
        m_settings.setValue(QStringLiteral("keepPassword"), profiles[i].keepPassword);
    }
    m_settings.endArray();
}

} // namespace viaduct::admin
