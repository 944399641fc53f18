// SPDX-License-Identifier: GPL-3.0-or-later
// Records of one kind as values in memory, each with the version that the store has of it.
#pragma once

#include "server/store/Records.h"
#include "shared/api/Json.h"

#include <QJsonDocument>

#include <unordered_map>

namespace viaduct::broker {

template <typename T>
class Documents {
public:
    struct Entry {
        T value;
        std::int64_t version = 1;
    };
    using ById = std::unordered_map<std::string, Entry>;

    /// At start. Invalid when the body cannot be read.
    Result<void> load(const store::Record& record) {
        const QByteArray body = QByteArray::fromStdString(record.body);
        auto value = api::fromJson<T>(QJsonDocument::fromJson(body).object());
        if (!value)
            return failure(
                Error::Code::Invalid,
                "the record " + record.kind + ' ' + record.id + " of the database cannot be read: "
                    + value.error().message + " Restore it from a backup.");
        m_entries[record.id] = {std::move(*value), record.version};
        return {};
    }

    const Entry* find(const std::string& id) const {
        const auto found = m_entries.find(id);
        return found == m_entries.end() ? nullptr : &found->second;
    }
    const ById& all() const { return m_entries; }

    /// For the store: `value` in the place of what is known of `id`. Refused there when it was changed
    /// meanwhile.
    store::Change put(const std::string& id, const T& value) const {
        const Entry* before = find(id);
        return store::change::PutRecord{
            {T::kind, id, before ? before->version + 1 : 1,
             QJsonDocument(api::toJson(value)).toJson(QJsonDocument::Compact).toStdString()}};
    }
    static store::Change drop(const std::string& id) { return store::change::DropRecord{T::kind, id}; }

    /// What put() gave is durable.
    const Entry& stored(const std::string& id, T value) {
        const Entry* before = find(id);
        const std::int64_t version = before ? before->version + 1 : 1;
        return m_entries[id] = {std::move(value), version};
    }
    void dropped(const std::string& id) { m_entries.erase(id); }

private:
    ById m_entries;
};

} // namespace viaduct::broker
