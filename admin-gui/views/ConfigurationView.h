// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration of the broker: written with the broker's mistakes in place, compared, applied so that it
// comes back by itself if nobody confirms, and every revision that ran. What is typed is never lost.
#pragma once

#include "admin-gui/models/PageModel.h"
#include "admin-gui/parts/ConfigurationEdit.h"
#include "admin-gui/parts/DiffPane.h"
#include "admin-gui/views/View.h"

#include <QCheckBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTimer>
#include <QTreeWidget>

namespace viaduct::admin {

class ConfigurationView : public View {
    Q_OBJECT
public:
    explicit ConfigurationView(const Desk& desk, QWidget* parent = nullptr);

    QString name() const override { return QStringLiteral("configuration"); }
    QString title() const override { return tr("Configuration"); }
    const api::OperationInfo* needs() const override { return &api::operation::showConfiguration; }
    /// A number shows this revision.
    void arrive(const QString& what) override;
    void startSearch() override;

private:
    using State = api::ConfigurationState;

    QWidget* bars();
    QWidget* editPart();
    QWidget* searchPart();
    QWidget* applyPart();
    QWidget* revisionsPart();
    std::vector<ListModel<State>::Column> columns() const;

    void linkChanged(LinkState state);
    void take(const api::Event& event);
    void askRunning();
    void tookRunning(const api::RunningConfiguration& running);
    void learn(const State& state);
    void showRunning(const QString& text);
    void showBars();
    void showButtons();
    bool isTyped() const { return m_edit->document()->isModified(); }
    bool isOvertaken() const;

    void checkSoon();
    void check();
    void showCheck(const api::ConfigurationCheck& result);
    void nextMistake(int step);
    void compare();
    void discard();

    void checkFirst(const QString& text, const QString& yes, std::function<void()> act);
    void apply();
    void sendApply(const QString& text, std::int64_t base);
    void applied(const api::Answered<State>& answer, const QString& sent);
    void confirm();
    /// `seen`: the revision that ran when it was decided.
    void goBack(std::optional<std::int64_t> revision, std::int64_t seen);
    void rollBackChosen();

    std::optional<State> chosen() const;
    /// `what` gets the text of the revision.
    void askRevision(std::int64_t revision, std::function<void(const QString&)> what);

    QWidget* m_confirmBar = nullptr;
    QLabel* m_countdown = nullptr;
    QPushButton* m_confirm = nullptr;
    QPushButton* m_goBack = nullptr;
    QWidget* m_overtakenBar = nullptr;
    QLabel* m_overtaken = nullptr;
    Question* m_question;
    ConfigurationEdit* m_edit = nullptr;
    QWidget* m_searchBar = nullptr;
    QLineEdit* m_search = nullptr;
    QLabel* m_found = nullptr;
    QLabel* m_verdict = nullptr;
    QTreeWidget* m_mistakes = nullptr;
    QTabWidget* m_tabs;
    DiffPane* m_diff = nullptr;
    QLabel* m_diffTitle = nullptr;
    QPushButton* m_compare = nullptr;
    QPushButton* m_discard = nullptr;
    QLineEdit* m_note = nullptr;
    QCheckBox* m_goesBack = nullptr;
    QSpinBox* m_minutes = nullptr;
    QPushButton* m_apply = nullptr;
    QLabel* m_notice;
    QPushButton* m_cancel = nullptr;

    ListModel<State>* m_revisions = nullptr;
    QTableView* m_table = nullptr;
    QStackedWidget* m_shown = nullptr;
    ConfigurationEdit* m_old = nullptr;
    DiffPane* m_oldDiff = nullptr;
    QLabel* m_oldTitle = nullptr;
    QPushButton* m_show = nullptr;
    QPushButton* m_compareOld = nullptr;
    QPushButton* m_takeOld = nullptr;
    QPushButton* m_rollBack = nullptr;
    QLabel* m_count = nullptr;

    State m_state; ///< of what runs; revision 0: not known yet
    std::int64_t m_base = 0; ///< the revision that the typed text started from
    std::chrono::milliseconds m_ahead{0}; ///< the broker's clock, of the one here
    QString m_key; ///< of the last try to apply: the same again is not done twice
    QString m_tried;
    QTimer m_pause;
    QTimer m_seconds;
    api::Call m_running;
    api::Call m_check;
    api::Call m_compareCall;
    api::Call m_change; ///< apply, confirm or roll back, with the check before it
    api::Call m_revisionCall;
};

} // namespace viaduct::admin
