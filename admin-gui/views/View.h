// SPDX-License-Identifier: GPL-3.0-or-later
// What every view of the main window is: made once for a broker, shown and hidden.
#pragma once

#include "admin-gui/link/BrokerLink.h"
#include "admin-gui/models/TunnelsModel.h"

#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QWidget>

namespace viaduct::admin {

class PageModel;

/// What all views share; outlives them.
struct Desk {
    BrokerLink& link;
    TunnelsModel& tunnels; ///< live, of all views
    /// Shows another view, with what is to be found there: "requests", "tunnels?login", "plan?2001:db8::1".
    std::function<void(const QString& place)> show;
};

class View : public QWidget {
    Q_OBJECT
public:
    explicit View(const Desk& desk, QWidget* parent = nullptr);

    /// Where `show` of the desk leads to it; also the name in the settings.
    virtual QString name() const = 0;
    virtual QString title() const = 0;
    /// The operation without which there is nothing to see here; null: for everybody.
    virtual const api::OperationInfo* needs() const { return nullptr; }
    /// It is shown; `what` is the part behind the question mark.
    virtual void arrive(const QString& what) { Q_UNUSED(what) }
    /// Ctrl+F.
    virtual void startSearch() { }

protected:
    /// A table as all of them are: rows of one height, no grid, its columns kept in the settings.
    QTableView* table(QAbstractItemModel& model, const QString& settings);
    /// A label below a table or a form, hidden while it is empty: errors and hints stand in place.
    QLabel* notice();
    /// With cause and cure.
    static void tell(QLabel* notice, const api::Trouble& trouble);
    static void tell(QLabel* notice, const QString& sentence);
    /// What a list is doing, below its table: "200 shown, scroll for more".
    void watch(PageModel& model, QLabel* notice);

    Desk m_desk;
};

/// Asks in place whether `what` shall be done: a bar with two buttons, which says what follows. For what
/// cannot be undone.
class Question : public QWidget {
    Q_OBJECT
public:
    explicit Question(QWidget* parent = nullptr);
    void ask(const QString& sentence, const QString& yes, std::function<void()> agreed);

private:
    QLabel* m_sentence;
    QPushButton* m_yes;
    std::function<void()> m_agreed;
};

} // namespace viaduct::admin
