// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/revisions/RevisionShelf.h"

#include <QJsonDocument>
#include <QLoggingCategory>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace viaduct::revisions {

namespace {
Q_LOGGING_CATEGORY(logRevisions, "viaduct.revisions")

constexpr mode_t ownersAlone = 0700;
constexpr std::size_t largestText = std::size_t{64} << 20U; ///< digests are longer than passwords
constexpr std::size_t largestList = std::size_t{64} << 20U;

/// Whether it is one that adopt() could have been given.
bool isInOrder(const RevisionList& list) {
    std::int64_t before = 0;
    for (const api::ConfigurationState& state : list.revisions) {
        if (state.revision <= before)
            return false;
        before = state.revision;
    }
    return true;
}
} // namespace

void RevisionShelf::load() {
    m_list = {};
    const auto text = readFile(listFile(), largestList);
    if (!text && text.error().code == Error::Code::NotFound)
        return;
    Result<RevisionList> list = tl::unexpected(text ? Error{} : text.error());
    if (text)
        list
            = api::fromJson<RevisionList>(QJsonDocument::fromJson(QByteArray::fromStdString(*text)).object());
    if (list && !isInOrder(*list))
        list = failure(Error::Code::Invalid, "its numbers are not in order");
    if (list) {
        m_list = std::move(*list);
        return;
    }
    m_firstNumber = greatestText() + 1;
    qCCritical(
        logRevisions, "event=revisions-lost file=\"%s\" reason=\"%s\" The list begins anew.",
        listFile().c_str(), list.error().message.c_str());
}

const api::ConfigurationState* RevisionShelf::find(std::int64_t number) const {
    const auto found = std::find_if(m_list.revisions.begin(), m_list.revisions.end(), [&](const auto& state) {
        return state.revision == number;
    });
    return found == m_list.revisions.end() ? nullptr : &*found;
}

std::int64_t RevisionShelf::nextNumber() const {
    return m_list.revisions.empty() ? m_firstNumber : m_list.revisions.back().revision + 1;
}

Result<std::string> RevisionShelf::text(std::int64_t number) const {
    const std::string name = std::to_string(number);
    if (!find(number))
        return failure(
            Error::Code::NotFound,
            "Revision " + name + " is not kept: the last " + std::to_string(mostRevisions)
                + " are. Choose one from the list of revisions.");
    auto text = readFile(textFile(number), largestText);
    if (!text)
        return failure(
            text.error().code, "The text of revision " + name + " cannot be read. " + text.error().message);
    return text;
}

Result<void> RevisionShelf::keepText(std::int64_t number, std::string_view text) {
    mkdir(m_directory.c_str(), ownersAlone); // when that fails, the next line says why
    auto draft = DraftFile::write(textFile(number), text);
    if (!draft)
        return tl::unexpected(draft.error());
    return draft->place();
}

void RevisionShelf::dropText(std::int64_t number) {
    unlink(textFile(number).c_str());
}

Result<DraftFile> RevisionShelf::draft(const RevisionList& list) const {
    return DraftFile::write(
        listFile(), QJsonDocument(api::toJson(list)).toJson(QJsonDocument::Compact).toStdString());
}

void RevisionShelf::adopt(RevisionList list) {
    std::swap(m_list, list);
    for (const api::ConfigurationState& before : list.revisions) {
        if (!find(before.revision))
            dropText(before.revision);
    }
}

std::string RevisionShelf::textFile(std::int64_t number) const {
    return m_directory + '/' + std::to_string(number) + ".conf";
}

std::int64_t RevisionShelf::greatestText() const {
    std::int64_t greatest = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(m_directory, error)) {
        const std::string name = entry.path().stem().string();
        std::int64_t number = 0;
        std::from_chars(name.data(), name.data() + name.size(), number);
        greatest = std::max(greatest, number);
    }
    return greatest;
}

} // namespace viaduct::revisions
