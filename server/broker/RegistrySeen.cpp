// SPDX-License-Identifier: GPL-3.0-or-later
// Registry: when and from where accounts logged in. The places are for the throttle against guessing: who is
// known at one is not kept waiting by strangers, after a restart neither.
#include "server/broker/Registry.h"

#include <algorithm>

namespace viaduct::broker {

namespace {
constexpr std::size_t mostSeenAtOnce = 5'000;
/// As the throttle does: these are personal data, and addresses get other owners.
constexpr std::chrono::hours placesKept{90 * 24};

bool hasPlacesBefore(const record::Seen& seen, api::Time before) {
    return std::any_of(
        seen.places.begin(), seen.places.end(), [&](const auto& place) { return place.at < before; });
}

void dropPlacesBefore(record::Seen& seen, api::Time before) {
    std::erase_if(seen.places, [&](const auto& place) { return place.at < before; });
}

void notePlace(record::Seen& seen, const IpAddress& from, api::Time time) {
    const IpAddress place = credentials::addressKey(from);
    std::erase_if(seen.places, [&](const auto& known) { return known.address == place; });
    dropPlacesBefore(seen, time - placesKept);
    if (seen.places.size() >= static_cast<std::size_t>(record::Seen::mostPlaces))
        seen.places.erase(seen.places.begin());
    seen.places.push_back({place, time});
    seen.at = time;
}
} // namespace

/// At start, to the throttle.
void Registry::tellPlaces(const std::string& id, const record::Seen& seen) {
    const Accounts::Entry* entry = m_accounts.find(id);
    if (!entry && !record::Seen::isOfUser(id))
        return;
    const std::string name = entry ? entry->value.account.name.toStdString() : record::Seen::userOf(id);
    for (const record::SeenPlace& place : seen.places)
        m_broker.rememberPlace(name, place.address, place.at);
}

void Registry::noteLogin(const std::string& name, const IpAddress& from) {
    const bool isUser = m_broker.isConfigured(name);
    const std::string id = isUser ? record::Seen::idOfUser(name) : idOf(QString::fromStdString(name));
    const Accounts::Entry* entry = m_accounts.find(id);
    if ((!entry && !isUser) || m_ending.contains(id))
        return;
    const auto* stored = m_seen.find(id);
    record::Seen& seen
        = m_unwrittenSeen.try_emplace(id, stored ? stored->value : record::Seen()).first->second;
    notePlace(seen, from, now());
    const bool first = m_lastLogin.insert_or_assign(id, seen.at).second;
    if (!first || !entry)
        return;
    Q_EMIT m_broker.happened(event::AccountChanged{viewOf(id, *entry), false});
    const std::string voucher = entry->value.account.voucher.toStdString();
    if (const Vouchers::Entry* of = m_vouchers.find(voucher))
        Q_EMIT m_broker.happened(event::VoucherChanged{viewOf(voucher, *of)});
}

/// Later than the log-in itself, many at once: a power cut may lose the last few, which nothing depends on.
void Registry::writeSeen() {
    std::vector<store::Change> changes;
    while (!m_unwrittenSeen.empty() && changes.size() < mostSeenAtOnce) {
        const auto [id, seen] = *m_unwrittenSeen.begin();
        m_unwrittenSeen.erase(m_unwrittenSeen.begin());
        changes.push_back(m_seen.put(id, seen));
        m_seen.stored(id, seen); // in order: nobody else writes these
    }
    if (!changes.empty())
        m_store.commitAtLast(std::move(changes), this, [this](const Result<void>& done) {
            if (!done)
                Q_EMIT m_broker.happened(event::StoreFailed{done.error().message});
        });
}

/// Of whom nothing is left to tell: an account that is gone, or a user of the configuration without a place.
bool Registry::mayBeForgotten(const std::string& id, const record::Seen& seen) const {
    return record::Seen::isOfUser(id) ? seen.places.empty() : m_accounts.find(id) == nullptr;
}

void Registry::forgetOldPlaces() {
    const api::Time before = now() - placesKept;
    std::vector<std::pair<std::string, record::Seen>> changed;
    for (const auto& [id, entry] : m_seen.all()) {
        if (changed.size() >= mostSeenAtOnce)
            break;
        const bool isBusy = m_unwrittenSeen.contains(id) || m_ending.contains(id);
        const bool isDue = hasPlacesBefore(entry.value, before) || mayBeForgotten(id, entry.value);
        if (isDue && !isBusy)
            changed.emplace_back(id, entry.value);
    }
    std::vector<store::Change> changes;
    for (auto& [id, seen] : changed) {
        dropPlacesBefore(seen, before);
        if (mayBeForgotten(id, seen)) {
            changes.push_back(Documents<record::Seen>::drop(id));
            m_seen.dropped(id);
            m_lastLogin.erase(id);
        } else {
            changes.push_back(m_seen.put(id, seen));
            m_seen.stored(id, seen);
        }
    }
    if (!changes.empty())
        m_store.commitAtLast(std::move(changes), this, [this](const Result<void>& done) {
            if (!done)
                Q_EMIT m_broker.happened(event::StoreFailed{done.error().message});
        });
}

} // namespace viaduct::broker
