// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration of the broker through the API: the same language and the same path as the file's.
#pragma once

#include "shared/api/Common.h"

namespace viaduct::api {

struct ConfigurationText {
    static constexpr const char* typeName = "ConfigurationText";
    QString text;
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "text", &ConfigurationText::text, "The whole configuration (docs/configuration.md).",
            {.most = limit::configuration, .lines = true, .example = "hostname broker\n"});
    }
    friend bool operator==(const ConfigurationText&, const ConfigurationText&) = default;
};

/// Which configuration runs.
struct ConfigurationState {
    static constexpr const char* typeName = "ConfigurationState";
    std::int64_t revision = 0;
    Time applied{};
    QString by;
    QString note;
    std::optional<Time> confirmUntil;
    template <typename Table>
    static void members(Table& table) {
        table.needed("revision", &ConfigurationState::revision, "The ETag, without its quotes.");
        table.needed("applied", &ConfigurationState::applied, "");
        table.needed(
            "by", &ConfigurationState::by, "A login; \"file\" for a start or a reload.",
            {.most = limit::name, .example = "mdurand"});
        table.maybe("note", &ConfigurationState::note, "", {.most = limit::text, .lines = true});
        table.maybe(
            "confirmUntil", &ConfigurationState::confirmUntil,
            "Unless confirmed by then, the one before comes back.");
    }
    friend bool operator==(const ConfigurationState&, const ConfigurationState&) = default;
};

struct RunningConfiguration {
    static constexpr const char* typeName = "RunningConfiguration";
    ConfigurationState state;
    QString text;
    template <typename Table>
    static void members(Table& table) {
        table.needed("state", &RunningConfiguration::state, "");
        table.needed(
            "text", &RunningConfiguration::text, "Passwords stand in it as digests.",
            {.most = limit::configuration, .lines = true, .example = "hostname broker\n"});
    }
    friend bool operator==(const RunningConfiguration&, const RunningConfiguration&) = default;
};

/// One mistake in a text.
struct Diagnostic {
    static constexpr const char* typeName = "Diagnostic";
    int line = 1;
    int column = 1;
    QString cause;
    QString cure;
    template <typename Table>
    static void members(Table& table) {
        table.needed("line", &Diagnostic::line, "From 1.", {.least = 1, .example = "3"});
        table.needed("column", &Diagnostic::column, "From 1, in characters.", {.least = 1, .example = "17"});
        table.needed(
            "cause", &Diagnostic::cause, "", {.most = limit::text, .example = "There is no pool P_Sites."});
        table.needed("cure", &Diagnostic::cure, "", {.most = limit::text, .example = "Write P_Sites48."});
    }
    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

enum class DiffKind { Same, Added, Removed };
template <>
struct Words<DiffKind> {
    static constexpr std::array list{"same", "added", "removed"};
};

struct DiffLine {
    static constexpr const char* typeName = "DiffLine";
    DiffKind kind = DiffKind::Same;
    QString text;
    template <typename Table>
    static void members(Table& table) {
        table.needed("kind", &DiffLine::kind, "");
        table.needed(
            "text", &DiffLine::text, "", {.most = limit::text, .lines = true, .example = "hostname broker"});
    }
    friend bool operator==(const DiffLine&, const DiffLine&) = default;
};

/// What a text would do if it were applied. Nothing is done.
struct ConfigurationCheck {
    static constexpr const char* typeName = "ConfigurationCheck";
    bool good = false;
    std::vector<Diagnostic> diagnostics;
    std::vector<QString> effects;
    template <typename Table>
    static void members(Table& table) {
        table.needed("good", &ConfigurationCheck::good, "It could be applied.");
        table.maybe("diagnostics", &ConfigurationCheck::diagnostics, "", {.items = 10'001});
        table.maybe(
            "effects", &ConfigurationCheck::effects, "Sentences for the person who applies it.",
            {.example = "3 tunnels lose their prefix, because P_Old is gone."});
    }
    friend bool operator==(const ConfigurationCheck&, const ConfigurationCheck&) = default;
};

/// Of the running configuration's text to the text sent; passwords of both stand in it as digests.
struct ConfigurationDiff {
    static constexpr const char* typeName = "ConfigurationDiff";
    std::vector<DiffLine> lines;
    template <typename Table>
    static void members(Table& table) {
        table.needed("lines", &ConfigurationDiff::lines, "All lines of both.", {.items = 2'000'000});
    }
    friend bool operator==(const ConfigurationDiff&, const ConfigurationDiff&) = default;
};

struct ConfigurationApply {
    static constexpr const char* typeName = "ConfigurationApply";
    QString text;
    int confirmWithin = 0;
    QString note;
    template <typename Table>
    static void members(Table& table) {
        table.needed(
            "text", &ConfigurationApply::text, "",
            {.most = limit::configuration, .lines = true, .example = "hostname broker\n"});
        table.maybe(
            "confirmWithin", &ConfigurationApply::confirmWithin,
            "Minutes. Unless confirmed by then, the running one comes back. 0: for good at once.",
            {.most = 1440, .example = "10"});
        table.maybe(
            "note", &ConfigurationApply::note, "For the list of revisions.",
            {.most = limit::text, .lines = true});
    }
    friend bool operator==(const ConfigurationApply&, const ConfigurationApply&) = default;
};

struct Rollback {
    static constexpr const char* typeName = "Rollback";
    std::optional<std::int64_t> revision;
    template <typename Table>
    static void members(Table& table) {
        table.maybe(
            "revision", &Rollback::revision, "Left out: the one before the running one.", {.example = "41"});
    }
    friend bool operator==(const Rollback&, const Rollback&) = default;
};

} // namespace viaduct::api
