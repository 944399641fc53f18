// SPDX-License-Identifier: GPL-3.0-or-later
// What has been running: the list of revisions in STATE/configurations/revisions.json, and the text of each
// in STATE/configurations/NUMBER.conf.
#pragma once

#include "server/revisions/DraftFile.h"
#include "shared/api/Configuration.h"

namespace viaduct::revisions {

inline constexpr std::size_t mostRevisions = 100; ///< kept

/// A line of the audit that is on its way into the database; here it outlives the process until it is there.
struct OwedAudit {
    static constexpr const char* typeName = "OwedAudit";
    api::Time at{};
    QString actor;
    QString from;
    QString action;
    QJsonObject before;
    QJsonObject after;
    template <typename Table>
    static void members(Table& table) {
        table.needed("at", &OwedAudit::at, "");
        table.needed("actor", &OwedAudit::actor, "");
        table.needed("from", &OwedAudit::from, "");
        table.needed("action", &OwedAudit::action, "");
        table.needed("before", &OwedAudit::before, "");
        table.needed("after", &OwedAudit::after, "");
    }
};

struct RevisionList {
    static constexpr const char* typeName = "RevisionList";
    std::vector<api::ConfigurationState> revisions; ///< their numbers grow; the last one runs
    std::vector<OwedAudit> audit;
    template <typename Table>
    static void members(Table& table) {
        table.needed("revisions", &RevisionList::revisions, "");
        table.needed("audit", &RevisionList::audit, "");
    }
};

class RevisionShelf {
public:
    explicit RevisionShelf(const std::string& stateDirectory)
        : m_directory(stateDirectory + "/configurations") { }

    /// At start; writes nothing. A list that cannot be read is taken for none, and said in the log.
    void load();
    const RevisionList& list() const { return m_list; }
    /// Null when there is none, or it is not kept any more.
    const api::ConfigurationState* find(std::int64_t number) const;
    /// Greater than any that was used.
    std::int64_t nextNumber() const;
    /// NotFound when it is not kept.
    Result<std::string> text(std::int64_t number) const;

    /// The text of a revision that is not in the list yet. Durable.
    Result<void> keepText(std::int64_t number, std::string_view text);
    void dropText(std::int64_t number);
    /// To be placed, and then told by adopt().
    Result<DraftFile> draft(const RevisionList& list) const;
    /// `list` is on the disk. Texts of revisions that are no longer in it go.
    void adopt(RevisionList list);

private:
    std::string listFile() const { return m_directory + "/revisions.json"; }
    std::string textFile(std::int64_t number) const;
    std::int64_t greatestText() const;

    std::string m_directory;
    RevisionList m_list;
    std::int64_t m_firstNumber = 1; ///< when the list is empty
};

} // namespace viaduct::revisions
