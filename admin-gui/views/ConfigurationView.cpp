// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/views/ConfigurationView.h"

#include "admin-gui/parts/LineDiff.h"
#include "admin-gui/parts/Wording.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QScrollBar>
#include <QShortcut>
#include <QSplitter>
#include <QTextBlock>
#include <QUuid>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {

constexpr std::chrono::milliseconds typing{500};
/// A text of a megabyte is not sent with each pause of the hands.
constexpr std::chrono::milliseconds typingLong{2000};
constexpr int longText = 1'000'000; ///< characters
constexpr int usualMinutes = 10;
constexpr int mostMinutes = 1440; ///< api::ConfigurationApply
constexpr int context = 3; ///< unchanged lines around a change
constexpr int mostMistakesShown = 2000;

api::Time now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

QWidget* bar(QWidget* parent, QLabel* label, const std::vector<QPushButton*>& buttons) {
    auto* widget = new QWidget(parent);
    widget->setAutoFillBackground(true);
    widget->setBackgroundRole(QPalette::ToolTipBase);
    widget->setForegroundRole(QPalette::ToolTipText);
    label->setParent(widget);
    label->setForegroundRole(QPalette::ToolTipText);
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    auto* layout = new QHBoxLayout(widget);
    layout->addWidget(label, 1);
    for (QPushButton* button : buttons)
        layout->addWidget(button);
    widget->hide();
    return widget;
}

} // namespace

ConfigurationView::ConfigurationView(const Desk& desk, QWidget* parent)
    : View(desk, parent), m_question(new Question(this)), m_tabs(new QTabWidget(this)), m_notice(notice()) {
    auto* splitter = new QSplitter(Qt::Horizontal, this);
    auto* above = bars();
    splitter->addWidget(editPart());
    m_diff = new DiffPane(this);
    m_diff->setAccessibleName(tr("What differs from the running configuration"));
    m_diffTitle = new QLabel(this);
    m_diffTitle->setWordWrap(true);
    m_diffTitle->setTextFormat(Qt::PlainText);
    m_diffTitle->setText(tr("Compare shows here what your text changes."));
    auto* differences = new QWidget(this);
    auto* differencesLayout = new QVBoxLayout(differences);
    differencesLayout->addWidget(m_diffTitle);
    differencesLayout->addWidget(m_diff, 1);
    m_tabs->addTab(differences, tr("&Differences"));
    m_tabs->addTab(revisionsPart(), tr("&Revisions"));
    splitter->addWidget(m_tabs);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);

    auto* layout = new QVBoxLayout(this);
    layout->addWidget(above);
    layout->addWidget(splitter, 1);
    layout->addWidget(m_question);
    layout->addWidget(m_notice);
    layout->addWidget(applyPart());

    m_pause.setSingleShot(true);
    connect(&m_pause, &QTimer::timeout, this, &ConfigurationView::check);
    m_seconds.setInterval(1000);
    connect(&m_seconds, &QTimer::timeout, this, &ConfigurationView::showBars);
    connect(&desk.link, &BrokerLink::happened, this, &ConfigurationView::take);
    connect(&desk.link, &BrokerLink::stateChanged, this, &ConfigurationView::linkChanged);
    m_edit->document()->setModified(false);
    showBars();
    showButtons();
    if (desk.link.state() == LinkState::Live)
        linkChanged(LinkState::Live);
}

QWidget* ConfigurationView::bars() {
    auto* both = new QWidget(this);
    m_countdown = new QLabel(both);
    m_confirm = new QPushButton(tr("&Confirm"), both);
    m_goBack = new QPushButton(tr("&Go back now"), both);
    connect(m_confirm, &QPushButton::clicked, this, &ConfigurationView::confirm);
    connect(m_goBack, &QPushButton::clicked, this, [this] { goBack(std::nullopt, m_state.revision); });
    m_confirmBar = bar(both, m_countdown, {m_confirm, m_goBack});

    m_overtaken = new QLabel(both);
    auto* compareButton = new QPushButton(tr("Com&pare"), both);
    auto* theirs = new QPushButton(tr("Take the running &one"), both);
    theirs->setToolTip(tr("Undo brings your text back."));
    auto* mine = new QPushButton(tr("&Keep mine"), both);
    mine->setToolTip(tr("Your text can then be applied in the place of the one that runs."));
    connect(compareButton, &QPushButton::clicked, this, &ConfigurationView::compare);
    connect(theirs, &QPushButton::clicked, this, &ConfigurationView::discard);
    connect(mine, &QPushButton::clicked, this, [this] {
        m_base = m_state.revision;
        showBars();
        showButtons();
        m_edit->setFocus();
    });
    m_overtakenBar = bar(both, m_overtaken, {compareButton, theirs, mine});
    auto* layout = new QVBoxLayout(both);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_confirmBar);
    layout->addWidget(m_overtakenBar);
    return both;
}

QWidget* ConfigurationView::editPart() {
    auto* part = new QSplitter(Qt::Vertical, this);
    auto* text = new QWidget(part);
    m_edit = new ConfigurationEdit(text);
    m_edit->setAccessibleName(tr("Configuration"));
    m_edit->setWhatsThis(tr("Ctrl+Space completes. F8 leads to the next mistake."));
    connect(m_edit, &QPlainTextEdit::textChanged, this, &ConfigurationView::checkSoon);
    connect(m_edit->document(), &QTextDocument::modificationChanged, this, &ConfigurationView::showButtons);
    auto* textLayout = new QVBoxLayout(text);
    textLayout->setContentsMargins(0, 0, 0, 0);
    textLayout->addWidget(m_edit, 1);
    textLayout->addWidget(searchPart());

    auto* below = new QWidget(part);
    m_verdict = new QLabel(below);
    m_verdict->setTextFormat(Qt::PlainText);
    m_verdict->setWordWrap(true);
    m_mistakes = new QTreeWidget(below);
    m_mistakes->setAccessibleName(tr("Mistakes and effects"));
    m_mistakes->setHeaderLabels({tr("Line"), tr("Column"), tr("What")});
    m_mistakes->setRootIsDecorated(false);
    m_mistakes->setUniformRowHeights(true);
    m_mistakes->setAllColumnsShowFocus(true);
    const auto jump = [this](QTreeWidgetItem* item) {
        const QVariant index = item->data(0, Qt::UserRole);
        if (index.isValid())
            m_edit->goToMistake(static_cast<std::size_t>(index.toInt()));
    };
    connect(m_mistakes, &QTreeWidget::itemClicked, this, jump);
    connect(m_mistakes, &QTreeWidget::itemActivated, this, jump);
    auto* next
        = new QShortcut(QKeySequence(Qt::Key_F8), this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
    connect(next, &QShortcut::activated, this, [this] { nextMistake(1); });
    auto* before = new QShortcut(
        QKeySequence(Qt::SHIFT | Qt::Key_F8), this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
    connect(before, &QShortcut::activated, this, [this] { nextMistake(-1); });
    auto* belowLayout = new QVBoxLayout(below);
    belowLayout->setContentsMargins(0, 0, 0, 0);
    belowLayout->addWidget(m_verdict);
    belowLayout->addWidget(m_mistakes, 1);
    part->addWidget(text);
    part->addWidget(below);
    part->setStretchFactor(0, 4);
    part->setStretchFactor(1, 1);
    return part;
}

QWidget* ConfigurationView::searchPart() {
    m_searchBar = new QWidget(this);
    m_search = new QLineEdit(m_searchBar);
    m_search->setPlaceholderText(tr("Find in the text; Enter: next, Shift+Enter: before, Esc: close"));
    m_search->setAccessibleName(tr("Find in the text"));
    m_found = new QLabel(m_searchBar);
    const auto look = [this](bool backwards) {
        const bool isFound = m_edit->find(m_search->text(), backwards);
        m_found->setText(isFound ? QString() : tr("Not found"));
    };
    connect(m_search, &QLineEdit::returnPressed, this, [look] { look(false); });
    auto* back = new QShortcut(
        QKeySequence(Qt::SHIFT | Qt::Key_Return), m_search, nullptr, nullptr, Qt::WidgetShortcut);
    connect(back, &QShortcut::activated, this, [look] { look(true); });
    auto* close = new QShortcut(
        QKeySequence(Qt::Key_Escape), m_searchBar, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
    connect(close, &QShortcut::activated, this, [this] {
        m_searchBar->hide();
        m_edit->setFocus();
    });
    auto* layout = new QHBoxLayout(m_searchBar);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_search, 1);
    layout->addWidget(m_found);
    m_searchBar->hide();
    return m_searchBar;
}

QWidget* ConfigurationView::applyPart() {
    auto* part = new QWidget(this);
    m_compare = new QPushButton(tr("Co&mpare"), part);
    m_discard = new QPushButton(tr("&Take my changes back"), part);
    m_discard->setToolTip(tr("Shows the running configuration again. Undo brings your text back."));
    m_note = new QLineEdit(part);
    m_note->setMaxLength(api::limit::text);
    m_note->setPlaceholderText(tr("why, for the list of revisions"));
    auto* noteLabel = new QLabel(tr("&Note:"), part);
    noteLabel->setBuddy(m_note);
    m_goesBack = new QCheckBox(tr("Go &back by itself unless confirmed within"), part);
    m_goesBack->setChecked(true);
    m_minutes = new QSpinBox(part);
    m_minutes->setRange(1, mostMinutes);
    m_minutes->setValue(usualMinutes);
    m_minutes->setSuffix(tr(" min"));
    m_minutes->setAccessibleName(tr("Minutes to confirm"));
    m_apply = new QPushButton(tr("&Apply"), part);
    m_apply->setShortcut(QKeySequence(QStringLiteral("Ctrl+Return")));
    m_apply->setToolTip(tr("Ctrl+Return"));
    m_cancel = new QPushButton(tr("Cancel"), part);
    connect(m_compare, &QPushButton::clicked, this, &ConfigurationView::compare);
    connect(m_discard, &QPushButton::clicked, this, &ConfigurationView::discard);
    connect(m_goesBack, &QCheckBox::toggled, m_minutes, &QWidget::setEnabled);
    connect(m_apply, &QPushButton::clicked, this, &ConfigurationView::apply);
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        m_change.cancel();
        m_change = {};
        tell(m_notice, tr("You no longer wait for the answer. What the broker has begun it may still do."));
        showButtons();
        askRunning();
    });
    auto* layout = new QHBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_compare);
    layout->addWidget(m_discard);
    layout->addWidget(noteLabel);
    layout->addWidget(m_note, 1);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_goesBack, m_minutes, m_apply, m_cancel})
        layout->addWidget(widget);
    return part;
}

std::vector<ListModel<api::ConfigurationState>::Column> ConfigurationView::columns() const {
    return {
        {{tr("Revision"), QStringLiteral("revision"), true},
         [this](const State& state) {
             return state.revision == m_state.revision ? tr("%1 (runs)").arg(state.revision)
                                                       : QString::number(state.revision);
         },
         {}},
        {{tr("Applied"), {}}, [](const State& state) { return wording::time(state.applied); }, {}},
        {{tr("By"), {}}, [](const State& state) { return state.by; }, {}},
        {{tr("Note"), {}},
         [](const State& state) { return state.note.simplified(); },
         [](const State& state, int role) {
             return role == Qt::ToolTipRole && !state.note.isEmpty() ? QVariant(state.note) : QVariant();
         }}};
}

QWidget* ConfigurationView::revisionsPart() {
    auto* part = new QSplitter(Qt::Vertical, this);
    auto* list = new QWidget(part);
    m_revisions = new ListModel<State>(m_desk.link, api::operation::listRevisions, columns(), this);
    m_table = table(*m_revisions, QStringLiteral("revisions"));
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setAccessibleName(tr("Revisions"));
    m_table->horizontalHeader()->setSortIndicator(0, Qt::DescendingOrder);
    m_count = notice();
    watch(*m_revisions, m_count);
    m_show = new QPushButton(tr("S&how"), list);
    m_compareOld = new QPushButton(tr("Compare &with my text"), list);
    m_takeOld = new QPushButton(tr("&Edit it"), list);
    m_takeOld->setToolTip(tr("Puts it into the editor. Undo brings your text back."));
    m_rollBack = new QPushButton(tr("Roll back to &it"), list);
    connect(
        m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
        &ConfigurationView::showButtons);
    connect(m_revisions, &QAbstractItemModel::modelReset, this, &ConfigurationView::showButtons);
    const auto show = [this](std::int64_t revision) {
        askRevision(revision, [this, revision](const QString& text) {
            m_old->setPlainText(text);
            m_oldTitle->setText(tr("Revision %1").arg(revision));
            m_shown->setCurrentWidget(m_old);
        });
    };
    connect(m_show, &QPushButton::clicked, this, [this, show] {
        if (const auto state = chosen())
            show(state->revision);
    });
    connect(m_table, &QTableView::activated, this, [this, show] {
        if (const auto state = chosen())
            show(state->revision);
    });
    connect(m_compareOld, &QPushButton::clicked, this, [this] {
        const auto state = chosen();
        if (!state)
            return;
        askRevision(state->revision, [this, revision = state->revision](const QString& text) {
            m_oldDiff->setLines(lineDiff(text, m_edit->toPlainText()), context);
            m_oldTitle->setText(
                tr("From revision %1 to your text.").arg(revision) + u' ' + m_oldDiff->summary());
            m_shown->setCurrentWidget(m_oldDiff);
        });
    });
    connect(m_takeOld, &QPushButton::clicked, this, [this] {
        const auto state = chosen();
        if (!state)
            return;
        askRevision(state->revision, [this](const QString& text) {
            m_edit->replaceText(text);
            m_edit->setFocus();
        });
    });
    connect(m_rollBack, &QPushButton::clicked, this, &ConfigurationView::rollBackChosen);
    auto* buttons = new QHBoxLayout;
    for (QPushButton* button : {m_show, m_compareOld, m_takeOld, m_rollBack})
        buttons->addWidget(button);
    auto* listLayout = new QVBoxLayout(list);
    listLayout->addWidget(m_table, 1);
    listLayout->addWidget(m_count);
    listLayout->addLayout(buttons);

    auto* below = new QWidget(part);
    m_oldTitle = new QLabel(below);
    m_oldTitle->setWordWrap(true);
    m_oldTitle->setTextFormat(Qt::PlainText);
    m_shown = new QStackedWidget(below);
    m_old = new ConfigurationEdit(m_shown);
    m_old->setReadOnly(true);
    m_old->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_old->setAccessibleName(tr("The text of the revision"));
    m_oldDiff = new DiffPane(m_shown);
    m_oldDiff->setAccessibleName(tr("What differs from the revision"));
    m_shown->addWidget(m_old);
    m_shown->addWidget(m_oldDiff);
    auto* belowLayout = new QVBoxLayout(below);
    belowLayout->addWidget(m_oldTitle);
    belowLayout->addWidget(m_shown, 1);
    part->addWidget(list);
    part->addWidget(below);
    return part;
}

void ConfigurationView::arrive(const QString& what) {
    bool isNumber = false;
    const qint64 revision = what.toLongLong(&isNumber);
    if (!isNumber)
        return m_edit->setFocus();
    m_tabs->setCurrentIndex(1);
    askRevision(revision, [this, revision](const QString& text) {
        m_old->setPlainText(text);
        m_oldTitle->setText(tr("Revision %1").arg(revision));
        m_shown->setCurrentWidget(m_old);
    });
}

void ConfigurationView::startSearch() {
    const QString selected = m_edit->textCursor().selectedText();
    if (!selected.isEmpty() && !selected.contains(QChar::ParagraphSeparator))
        m_search->setText(selected);
    m_searchBar->show();
    m_search->setFocus();
    m_search->selectAll();
}

// --- what runs

void ConfigurationView::linkChanged(LinkState state) {
    if (state == LinkState::Live && m_desk.link.may(api::operation::showConfiguration)) {
        askRunning();
        checkSoon();
    }
    showBars();
    showButtons();
}

void ConfigurationView::take(const api::Event& event) {
    if (const auto* begin = std::get_if<api::event::SnapshotBegin>(&event))
        m_ahead = begin->at - now();
    else if (const auto* counters = std::get_if<api::event::Counters>(&event))
        m_ahead = counters->at - now();
    const auto* changed = std::get_if<api::event::ConfigurationChanged>(&event);
    if (!changed)
        return;
    m_revisions->reloadSoon();
    if (changed->value.revision != m_state.revision)
        askRunning();
    else
        learn(changed->value); // confirmed
}

void ConfigurationView::askRunning() {
    if (!m_desk.link.may(api::operation::showConfiguration))
        return;
    m_running.cancel();
    m_running = m_desk.link.client().call(
        api::operation::showConfiguration, {}, {}, this,
        [this](const api::Answered<api::RunningConfiguration>& answer) {
            m_running = {};
            if (answer)
                tookRunning(*answer);
            else
                tell(m_notice, answer.error());
        });
}

void ConfigurationView::tookRunning(const api::RunningConfiguration& running) {
    if (!isTyped()) {
        m_base = running.state.revision;
        showRunning(running.text);
    } else if (m_base == 0) {
        m_base = running.state.revision; // typed before anything was known
    }
    learn(running.state);
}

void ConfigurationView::learn(const State& state) {
    m_state = state;
    showBars();
    showButtons();
    if (const int rows = m_revisions->rowCount(); rows > 0) // which one runs is said there
        Q_EMIT m_revisions->dataChanged(m_revisions->index(0, 0), m_revisions->index(rows - 1, 0));
}

void ConfigurationView::showRunning(const QString& text) {
    if (m_edit->toPlainText() != text) {
        const int line = m_edit->textCursor().blockNumber();
        const int scrolled = m_edit->verticalScrollBar()->value();
        m_edit->setPlainText(text);
        m_edit->setTextCursor(
            QTextCursor(m_edit->document()->findBlockByNumber(std::min(line, m_edit->blockCount() - 1))));
        m_edit->verticalScrollBar()->setValue(scrolled);
    }
    m_edit->document()->setModified(false);
    checkSoon();
}

bool ConfigurationView::isOvertaken() const {
    return isTyped() && m_base != 0 && m_state.revision != 0 && m_base != m_state.revision
        && !m_change.isRunning();
}

void ConfigurationView::showBars() {
    const bool waits = m_state.confirmUntil.has_value();
    m_confirmBar->setVisible(waits);
    waits ? m_seconds.start() : m_seconds.stop();
    if (waits) {
        const auto left = std::chrono::ceil<std::chrono::seconds>(*m_state.confirmUntil - (now() + m_ahead));
        m_countdown->setText(
            left.count() > 0
                ? tr("Revision %1, applied by %2, goes back by itself in %3 min %4 s unless it is confirmed.")
                      .arg(m_state.revision)
                      .arg(m_state.by)
                      .arg(left.count() / 60)
                      .arg(left.count() % 60, 2, 10, QLatin1Char('0'))
                : tr("The time to confirm revision %1 is over: the one before comes back.")
                      .arg(m_state.revision));
    }
    m_confirm->setVisible(m_desk.link.may(api::operation::confirmConfiguration));
    m_goBack->setVisible(m_desk.link.may(api::operation::rollBackConfiguration));
    m_overtakenBar->setVisible(isOvertaken());
    if (isOvertaken())
        m_overtaken->setText(
            tr("%1 has applied revision %2 at %3, while you were writing on revision %4. Your text is kept.")
                .arg(m_state.by)
                .arg(m_state.revision)
                .arg(wording::time(m_state.applied))
                .arg(m_base));
}

void ConfigurationView::showButtons() {
    if (!m_apply || !m_rollBack)
        return; // still being made
    const BrokerLink& link = m_desk.link;
    const bool isLive = link.state() == LinkState::Live;
    const bool isBusy = m_change.isRunning();
    const bool mayApply = link.may(api::operation::applyConfiguration);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_apply, m_goesBack, m_minutes})
        widget->setVisible(mayApply);
    m_apply->setEnabled(
        isLive && isTyped() && !isBusy && m_base != 0 && !isOvertaken() && !m_state.confirmUntil);
    m_apply->setToolTip(
        m_state.confirmUntil ? tr("Confirm the running one first, or go back.")
            : isOvertaken()  ? tr("Another one was applied meanwhile: say first what becomes of it.")
                             : tr("Ctrl+Return"));
    m_cancel->setVisible(isBusy);
    m_compare->setEnabled(isLive);
    m_discard->setEnabled(isLive && isTyped() && !isBusy);
    m_confirm->setEnabled(isLive && !isBusy);
    m_goBack->setEnabled(isLive && !isBusy);
    const auto state = chosen();
    m_show->setEnabled(state.has_value());
    m_compareOld->setEnabled(state.has_value());
    m_takeOld->setEnabled(state.has_value());
    m_rollBack->setVisible(link.may(api::operation::rollBackConfiguration));
    m_rollBack->setEnabled(isLive && !isBusy && state && state->revision != m_state.revision);
    m_overtakenBar->setVisible(isOvertaken());
}

// --- what is typed

void ConfigurationView::checkSoon() {
    m_check.cancel(); // its answer would be about another text
    m_check = {};
    m_pause.start(m_edit->document()->characterCount() > longText ? typingLong : typing);
}

void ConfigurationView::check() {
    if (!m_desk.link.may(api::operation::checkConfiguration) || m_desk.link.state() != LinkState::Live)
        return; // checked when it is there again
    if (!isTyped())
        return showCheck({true, {}, {}});
    m_verdict->setText(tr("Checking…"));
    m_check = m_desk.link.client().call(
        api::operation::checkConfiguration, {}, {m_edit->toPlainText()}, this,
        [this](const api::Answered<api::ConfigurationCheck>& answer) {
            m_check = {};
            if (answer)
                showCheck(*answer);
            else
                tell(m_verdict, answer.error());
        });
}

void ConfigurationView::showCheck(const api::ConfigurationCheck& result) {
    m_edit->setMistakes(result.diagnostics);
    m_mistakes->clear();
    QList<QTreeWidgetItem*> items;
    for (std::size_t i = 0; i < result.diagnostics.size() && items.size() < mostMistakesShown; ++i) {
        const api::Diagnostic& mistake = result.diagnostics[i];
        auto* item = new QTreeWidgetItem(QStringList{
            QString::number(mistake.line), QString::number(mistake.column),
            mistake.cause + u' ' + mistake.cure});
        item->setData(0, Qt::UserRole, static_cast<int>(i));
        item->setToolTip(2, item->text(2));
        items.append(item);
    }
    for (const QString& effect : result.effects) {
        auto* item = new QTreeWidgetItem(QStringList{QString(), QString(), tr("Effect: %1").arg(effect)});
        item->setToolTip(2, effect);
        items.append(item);
    }
    m_mistakes->addTopLevelItems(items);
    const int mistakes = static_cast<int>(result.diagnostics.size());
    const int effects = static_cast<int>(result.effects.size());
    QString verdict = !isTyped() ? tr("This is what runs.")
        : mistakes > 0           ? tr("✗ %n mistake(s). F8 leads to the next one.", nullptr, mistakes)
        : result.good            ? tr("✓ No mistake.")
                                 : tr("✗ It could not be applied.");
    if (mistakes > mostMistakesShown)
        verdict += u' ' + tr("The first %1 are listed.").arg(mostMistakesShown);
    if (effects > 0)
        verdict += u' ' + tr("%n effect(s) if it is applied.", nullptr, effects);
    tell(m_verdict, verdict);
}

void ConfigurationView::nextMistake(int step) {
    const int count = m_mistakes->topLevelItemCount();
    if (count == 0)
        return;
    const int at = m_mistakes->indexOfTopLevelItem(m_mistakes->currentItem());
    const int next = at < 0 ? (step > 0 ? 0 : count - 1) : (at + step + count) % count;
    QTreeWidgetItem* item = m_mistakes->topLevelItem(next);
    m_mistakes->setCurrentItem(item);
    const QVariant index = item->data(0, Qt::UserRole);
    if (index.isValid())
        m_edit->goToMistake(static_cast<std::size_t>(index.toInt()));
}

void ConfigurationView::compare() {
    m_tabs->setCurrentIndex(0);
    m_diffTitle->setText(tr("Comparing…"));
    m_compareCall.cancel();
    m_compareCall = m_desk.link.client().call(
        api::operation::diffConfiguration, {}, {m_edit->toPlainText()}, this,
        [this](const api::Answered<api::ConfigurationDiff>& answer) {
            m_compareCall = {};
            if (!answer)
                return tell(m_diffTitle, answer.error());
            m_diff->setLines(answer->lines, context);
            m_diffTitle->setText(
                tr("From the running configuration to your text. Passwords stand as digests.") + u' '
                + m_diff->summary());
        });
}

void ConfigurationView::discard() {
    m_running.cancel();
    m_running = m_desk.link.client().call(
        api::operation::showConfiguration, {}, {}, this,
        [this](const api::Answered<api::RunningConfiguration>& answer) {
            m_running = {};
            if (!answer)
                return tell(m_notice, answer.error());
            m_edit->replaceText(answer->text); // Undo brings the other one back
            m_edit->document()->setModified(false);
            m_base = answer->state.revision;
            learn(answer->state);
            m_edit->setFocus();
        });
}

// --- apply, confirm, go back

void ConfigurationView::checkFirst(const QString& text, const QString& yes, std::function<void()> act) {
    tell(m_notice, tr("Asking what this would do…"));
    m_change = m_desk.link.client().call(
        api::operation::checkConfiguration, {}, {text}, this,
        [this, text, yes, act = std::move(act)](const api::Answered<api::ConfigurationCheck>& answer) {
            m_change = {};
            tell(m_notice, answer ? QString() : QString::fromStdString(answer.error().error.message));
            showBars();
            showButtons();
            if (!answer)
                return;
            if (text == m_edit->toPlainText())
                showCheck(*answer);
            if (!answer->good) {
                const QString first = answer->diagnostics.empty()
                    ? QString()
                    : u' ' + answer->diagnostics.front().cause + u' ' + answer->diagnostics.front().cure;
                return tell(m_notice, tr("It cannot be applied.") + first);
            }
            if (answer->effects.empty())
                return act();
            // What people lose by it does not always come back with the text.
            QStringList effects(answer->effects.begin(), answer->effects.end());
            constexpr qsizetype most = 5;
            if (const qsizetype more = effects.size() - most; more > 0) {
                effects.resize(most);
                effects.append(tr("And %n more: see the list.", nullptr, static_cast<int>(more)));
            }
            m_question->ask(effects.join(u'\n'), yes, act);
        });
    showButtons();
}

void ConfigurationView::apply() {
    if (!m_apply->isEnabled())
        return;
    // What was checked is what is sent, even if somebody types meanwhile.
    const QString text = m_edit->toPlainText();
    checkFirst(text, tr("Apply all the same"), [this, text, base = m_base] { sendApply(text, base); });
}

void ConfigurationView::sendApply(const QString& text, std::int64_t base) {
    api::ConfigurationApply wish;
    wish.text = text;
    wish.confirmWithin = m_goesBack->isChecked() ? m_minutes->value() : 0;
    wish.note = m_note->text().trimmed();
    // When the answer is lost and one tries again, the broker knows by the key that it is the same.
    const QString tried
        = QStringLiteral("%1 %2 %3\n").arg(base).arg(wish.confirmWithin).arg(wish.note) + wish.text;
    if (tried != m_tried || m_key.isEmpty())
        m_key = QUuid::createUuid().toString(QUuid::WithoutBraces);
    m_tried = tried;
    api::Question question;
    question.revision = base;
    question.idempotencyKey = m_key;
    tell(m_notice, tr("Applying…"));
    m_change = m_desk.link.client().call(
        api::operation::applyConfiguration, question, wish, this,
        [this, sent = wish.text](const api::Answered<State>& answer) { applied(answer, sent); });
    showButtons();
}

void ConfigurationView::applied(const api::Answered<State>& answer, const QString& sent) {
    m_change = {};
    if (!answer) {
        tell(m_notice, answer.error());
        if (answer.error().kind) // a refusal is final; without one it may have been done
            m_key.clear();
        askRunning();
        showButtons();
        return;
    }
    m_key.clear();
    m_tried.clear();
    m_note->clear();
    m_base = answer->revision;
    tell(m_notice, tr("Revision %1 runs.").arg(answer->revision));
    if (m_edit->toPlainText() == sent)
        m_edit->document()->setModified(false); // and what runs is shown, without the passwords
    learn(*answer);
    askRunning();
    m_revisions->reloadSoon();
}

void ConfigurationView::confirm() {
    api::Question question;
    question.revision = m_state.revision;
    m_change = m_desk.link.client().call(
        api::operation::confirmConfiguration, question, {}, this, [this](const api::Answered<State>& answer) {
            m_change = {};
            if (answer) {
                tell(m_notice, tr("Revision %1 stays.").arg(answer->revision));
                learn(*answer);
            } else {
                tell(m_notice, answer.error());
                askRunning();
            }
            showButtons();
        });
    showButtons();
}

void ConfigurationView::goBack(std::optional<std::int64_t> revision, std::int64_t seen) {
    api::Question question;
    question.revision = seen;
    tell(m_notice, tr("Going back…"));
    m_change = m_desk.link.client().call(
        api::operation::rollBackConfiguration, question, {revision}, this,
        [this, seen](const api::Answered<State>& answer) {
            m_change = {};
            if (answer) {
                tell(
                    m_notice,
                    tr("Revision %1 runs. What ran before is in the list of revisions.")
                        .arg(answer->revision));
                if (m_base == seen)
                    m_base = answer->revision; // one's own step: nobody has overtaken
                learn(*answer);
            } else {
                tell(m_notice, answer.error());
            }
            askRunning();
            m_revisions->reloadSoon();
            showButtons();
        });
    showButtons();
}

void ConfigurationView::rollBackChosen() {
    const auto state = chosen();
    if (!state)
        return;
    askRevision(
        state->revision, [this, revision = state->revision, seen = m_state.revision](const QString& text) {
            checkFirst(
                text, tr("Roll back all the same"), [this, revision, seen] { goBack(revision, seen); });
        });
}

// --- revisions

std::optional<api::ConfigurationState> ConfigurationView::chosen() const {
    const State* state = m_revisions->at(m_table->currentIndex());
    return state && m_table->selectionModel()->hasSelection() ? std::optional(*state) : std::nullopt;
}

void ConfigurationView::askRevision(std::int64_t revision, std::function<void(const QString&)> what) {
    m_revisionCall.cancel();
    m_oldTitle->setText(tr("Asking for revision %1…").arg(revision));
    m_revisionCall = m_desk.link.client().call(
        api::operation::showRevision, {{QString::number(revision)}}, {}, this,
        [this, revision, what = std::move(what)](const api::Answered<api::RunningConfiguration>& answer) {
            m_revisionCall = {};
            if (!answer)
                return tell(m_oldTitle, answer.error());
            m_oldTitle->setText(tr("Revision %1").arg(revision));
            what(answer->text);
        });
}

} // namespace viaduct::admin
