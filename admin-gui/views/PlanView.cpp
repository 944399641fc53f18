// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/views/PlanView.h"

#include "admin-gui/parts/BlockColours.h"
#include "admin-gui/parts/Wording.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QPainter>
#include <QSplitter>
#include <QVBoxLayout>

namespace viaduct::admin {

namespace {
constexpr int deepest = api::PoolMap::mostDepth;
constexpr int zoomOutBits = 4;
constexpr std::chrono::milliseconds mapAgain{1000};
constexpr std::chrono::seconds poolsAgain{2};
constexpr int daysBack = 730;

/// What each colour means.
class Legend : public QWidget {
public:
    explicit Legend(QWidget* parent) : QWidget(parent) {
        setMinimumHeight(fontMetrics().height() + 6);
        QStringList words;
        for (const api::BlockState state : all)
            words.append(wording::state(state));
        setAccessibleName(PlanView::tr("Legend: %1").arg(words.join(QStringLiteral(", "))));
    }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        const int side = fontMetrics().height();
        int x = 0;
        for (const api::BlockState state : all) {
            const QRect box(x, 3, side, side);
            painter.fillRect(box, blockColour(api::BlockState::Free, palette()));
            painter.fillRect(box, blockBrush(state, palette()));
            painter.setPen(palette().color(QPalette::Text));
            const QString word = wording::state(state);
            const int width = fontMetrics().horizontalAdvance(word);
            painter.drawText(QRect(x + side + 4, 3, width + 2, side), Qt::AlignVCenter, word);
            x += side + width + 20;
        }
    }

private:
    static constexpr std::array all{api::BlockState::Free,        api::BlockState::Reserved,
                                    api::BlockState::Allocated,   api::BlockState::Active,
                                    api::BlockState::Quarantined, api::BlockState::Static};
};

QString countsText(const api::BlockCounts& counts) {
    QStringList parts;
    const auto add = [&](Uint128 count, api::BlockState state) {
        if (count > 0)
            parts.append(wording::number(count) + u' ' + wording::state(state));
    };
    add(static_cast<Uint128>(counts.active), api::BlockState::Active);
    add(static_cast<Uint128>(counts.fixed), api::BlockState::Static);
    add(static_cast<Uint128>(counts.allocated), api::BlockState::Allocated);
    add(static_cast<Uint128>(counts.quarantined), api::BlockState::Quarantined);
    add(counts.reserved, api::BlockState::Reserved);
    add(counts.free, api::BlockState::Free);
    return parts.join(QStringLiteral(", "));
}
} // namespace

PlanView::PlanView(const Desk& desk, QWidget* parent)
    : View(desk, parent), m_search(new QLineEdit(this)), m_path(new QLabel(this)),
      m_cellFacts(new QLabel(this)), m_canvas(new MapCanvas(this)), m_legend(new Legend(this)),
      m_notice(notice()) {
    m_search->setPlaceholderText(tr("Fly to an address, prefix, login or organisation"));
    m_search->setAccessibleName(tr("Search in the plan"));
    m_search->setClearButtonEnabled(true);
    connect(m_search, &QLineEdit::returnPressed, this, [this] { flyTo(m_search->text().trimmed()); });
    m_path->setTextFormat(Qt::RichText);
    m_path->setAccessibleName(tr("Shown prefix, and those around it"));
    m_path->setTextInteractionFlags(Qt::TextBrowserInteraction);
    connect(m_path, &QLabel::linkActivated, this, [this](const QString& text) {
        if (const auto prefix = Prefix::fromText(text.toStdString()))
            zoomTo(*prefix);
    });
    m_cellFacts->setMinimumHeight(m_cellFacts->fontMetrics().height());
    m_cellFacts->setTextInteractionFlags(Qt::TextSelectableByMouse);

    auto* middle = new QWidget(this);
    auto* column = new QVBoxLayout(middle);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_search);
    column->addWidget(m_path);
    column->addWidget(m_canvas, 1);
    column->addWidget(m_cellFacts);
    column->addWidget(m_legend);
    column->addWidget(timePart());
    column->addWidget(m_notice);
    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->addWidget(side());
    splitter->addWidget(middle);
    splitter->setStretchFactor(1, 1);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(splitter);

    connect(m_canvas, &MapCanvas::zoomAsked, this, &PlanView::zoomTo);
    connect(m_canvas, &MapCanvas::outAsked, this, &PlanView::zoomOut);
    connect(m_canvas, &MapCanvas::hovered, this, &PlanView::showCell);
    connect(m_canvas, &MapCanvas::activated, this, &PlanView::activate);
    connect(m_canvas, &MapCanvas::drawn, this, [this](const Prefix& prefix) {
        m_toReserve = prefix;
        m_drawn->setText(QString::fromStdString(prefix.text()));
        m_reserve->setEnabled(true);
        m_note->setFocus();
    });
    for (QTimer* timer : {&m_soon, &m_poolsSoon, &m_sliding})
        timer->setSingleShot(true);
    m_soon.setInterval(mapAgain);
    m_poolsSoon.setInterval(poolsAgain);
    m_sliding.setInterval(std::chrono::milliseconds(120));
    connect(&m_soon, &QTimer::timeout, this, &PlanView::askMap);
    connect(&m_poolsSoon, &QTimer::timeout, this, &PlanView::askPools);
    connect(&m_sliding, &QTimer::timeout, this, &PlanView::askMap);
    connect(&desk.link, &BrokerLink::happened, this, &PlanView::take);
    connect(&desk.link, &BrokerLink::stateChanged, this, [this](LinkState state) {
        if (state == LinkState::Live)
            askPools();
    });
}

QWidget* PlanView::side() {
    auto* part = new QWidget(this);
    m_poolList = new QListWidget(part);
    m_poolList->setAccessibleName(tr("Pools"));
    connect(m_poolList, &QListWidget::currentItemChanged, this, [this](QListWidgetItem* item) {
        if (item)
            choosePool(item->data(Qt::UserRole).toString());
    });
    m_poolFacts = new QLabel(part);
    m_poolFacts->setWordWrap(true);
    m_poolFacts->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_poolFacts->setMinimumWidth(240);
    auto* layout = new QVBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_poolList, 1);
    layout->addWidget(m_poolFacts);
    layout->addWidget(reservationPart());
    return part;
}

QWidget* PlanView::timePart() {
    auto* part = new QWidget(this);
    m_days = new QSlider(Qt::Horizontal, part);
    m_days->setRange(-daysBack, 0);
    m_days->setValue(0);
    m_days->setPageStep(30);
    m_days->setAccessibleName(tr("Day of the plan"));
    m_day = new QLabel(tr("now"), part);
    m_today = new QPushButton(tr("&Now"), part);
    m_today->setEnabled(false);
    connect(m_today, &QPushButton::clicked, this, [this] { m_days->setValue(0); });
    connect(m_days, &QSlider::valueChanged, this, [this](int days) {
        m_today->setEnabled(days != 0);
        m_day->setText(
            days == 0 ? tr("now")
                      : QLocale().toString(QDate::currentDate().addDays(days), QLocale::ShortFormat));
        m_sliding.start();
    });
    auto* layout = new QHBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(new QLabel(tr("As it was:"), part));
    layout->addWidget(m_days, 1);
    layout->addWidget(m_day);
    layout->addWidget(m_today);
    return part;
}

QWidget* PlanView::reservationPart() {
    auto* part = new QWidget(this);
    m_draw = new QCheckBox(tr("&Draw a reservation"), part);
    m_drawn = new QLabel(tr("Drag over the map."), part);
    m_note = new QLineEdit(part);
    m_note->setPlaceholderText(tr("What for"));
    m_note->setAccessibleName(tr("What the reservation is for"));
    m_reserve = new QPushButton(tr("&Reserve"), part);
    m_reserve->setEnabled(false);
    m_reservations = new QListWidget(part);
    m_reservations->setAccessibleName(tr("Reservations of the pool"));
    m_reservations->setMaximumHeight(110);
    m_remove = new QPushButton(tr("&Give it back to the pool"), part);
    m_remove->setEnabled(false);
    m_question = new Question(part);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_drawn, m_note, m_reserve})
        widget->hide();
    connect(m_draw, &QCheckBox::toggled, this, [this](bool on) {
        m_canvas->setDrawing(on);
        for (QWidget* widget : std::initializer_list<QWidget*>{m_drawn, m_note, m_reserve})
            widget->setVisible(on);
    });
    connect(m_reserve, &QPushButton::clicked, this, &PlanView::reserve);
    connect(m_note, &QLineEdit::returnPressed, this, &PlanView::reserve);
    connect(m_reservations, &QListWidget::currentItemChanged, this, [this](QListWidgetItem* item) {
        m_remove->setEnabled(item != nullptr);
        if (!item)
            return;
        if (const auto prefix = Prefix::fromText(item->data(Qt::UserRole + 1).toString().toStdString()))
            m_canvas->mark(*prefix);
    });
    connect(m_remove, &QPushButton::clicked, this, [this] {
        const QListWidgetItem* item = m_reservations->currentItem();
        if (!item)
            return;
        m_question->ask(
            tr("Give %1 back to the pool?").arg(item->text()), tr("Give back"),
            [this, id = item->data(Qt::UserRole).toString()] {
                m_desk.link.client().call(
                    api::operation::deleteReservation, {{id}}, {}, this,
                    [this](const api::Answered<api::Nothing>& done) {
                        if (!done)
                            tell(m_notice, done.error());
                    });
            });
    });
    auto* layout = new QVBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(new QLabel(tr("Reserved:"), part));
    layout->addWidget(m_reservations);
    layout->addWidget(m_remove);
    layout->addWidget(m_question);
    layout->addWidget(m_draw);
    layout->addWidget(m_drawn);
    layout->addWidget(m_note);
    layout->addWidget(m_reserve);
    return part;
}

// --- pools

const api::Pool* PlanView::pool() const {
    const auto found = std::find_if(
        m_pools.begin(), m_pools.end(), [&](const api::Pool& each) { return each.name == m_pool; });
    return found == m_pools.end() ? nullptr : &*found;
}

void PlanView::askPools() {
    const bool may = m_desk.link.may(api::operation::createReservation);
    m_draw->setVisible(may);
    m_remove->setVisible(may);
    api::Question question;
    question.query = {{QStringLiteral("limit"), QString::number(api::limit::page)}};
    m_desk.link.client().call(
        api::operation::listPools, question, {}, this,
        [this](const api::Answered<api::Page<api::Pool>>& pools) {
            if (!pools)
                return tell(m_notice, pools.error());
            tell(m_notice, QString());
            m_pools = pools->items;
            showPools();
        });
}

void PlanView::showPools() {
    {
        const QSignalBlocker quiet(m_poolList);
        m_poolList->clear();
        for (const api::Pool& each : m_pools) {
            auto* item = new QListWidgetItem(
                QStringLiteral("%1\n%2").arg(each.name, QString::fromStdString(each.prefix.text())),
                m_poolList);
            item->setData(Qt::UserRole, each.name);
            if (each.name == m_pool)
                m_poolList->setCurrentItem(item);
        }
    }
    if (!pool() && !m_pools.empty())
        m_poolList->setCurrentRow(0);
    showPool();
    if (const QString wanted = std::exchange(m_wanted, {}); !wanted.isEmpty())
        flyTo(wanted);
    else
        askMap();
}

void PlanView::choosePool(const QString& name) {
    if (name == m_pool)
        return;
    m_pool = name;
    m_canvas->mark({});
    m_toReserve.reset();
    m_reserve->setEnabled(false);
    if (const api::Pool* chosen = pool())
        m_prefix = chosen->prefix;
    showPool();
    askMap();
    askReservations();
}

void PlanView::showPool() {
    const api::Pool* shown = pool();
    if (!shown)
        return m_poolFacts->clear();
    const Uint128 used = shown->total - shown->counts.free - shown->counts.reserved;
    const double part
        = shown->total == 0 ? 0 : 100 * static_cast<double>(used) / static_cast<double>(shown->total);
    m_poolFacts->setText(tr("%1 blocks of /%2, %3 % in use\n%4\n%5")
                             .arg(wording::number(shown->total))
                             .arg(shown->blockLength)
                             .arg(QLocale().toString(part, 'f', part < 10 ? 2 : 0))
                             .arg(countsText(shown->counts), shown->forecast.sentence));
}

// --- the map

void PlanView::askMap() {
    const api::Pool* shown = pool();
    if (!shown || !m_prefix)
        return;
    api::Question question;
    question.path = {m_pool};
    const int depth = std::min(deepest, shown->blockLength - m_prefix->length());
    question.query
        = {{QStringLiteral("prefix"), QString::fromStdString(m_prefix->text())},
           {QStringLiteral("depth"), QString::number(depth)}};
    if (m_days->value() != 0) {
        const QDateTime end(QDate::currentDate().addDays(m_days->value() + 1), QTime(0, 0));
        question.query.emplace_back(
            QStringLiteral("at"),
            api::text(api::Time(std::chrono::milliseconds(end.toMSecsSinceEpoch() - 1))));
    }
    m_call.cancel();
    m_call = m_desk.link.client().call(
        api::operation::showPoolMap, question, {}, this, [this](const api::Answered<api::PoolMap>& map) {
            if (!map)
                return tell(m_notice, map.error());
            tell(m_notice, QString());
            m_canvas->setMap(*map);
            showPath();
        });
}

void PlanView::showPrefix(const QString& name, const Prefix& prefix) {
    choosePool(name);
    zoomTo(prefix);
}

void PlanView::zoomTo(const Prefix& prefix) {
    const api::Pool* shown = pool();
    if (!shown || !shown->prefix.contains(prefix) || prefix.length() >= shown->blockLength + 1)
        return;
    // A single block has nothing within: what is around it stays.
    const int length = std::min(prefix.length(), std::max(shown->blockLength - 4, shown->prefix.length()));
    m_prefix = Prefix(prefix.address(), std::max(length, shown->prefix.length()));
    askMap();
}

void PlanView::zoomOut() {
    const api::Pool* shown = pool();
    if (!shown || !m_prefix)
        return;
    const int length = std::max(m_prefix->length() - zoomOutBits, shown->prefix.length());
    if (length != m_prefix->length())
        zoomTo(Prefix(m_prefix->address(), length));
}

void PlanView::showPath() {
    const api::Pool* shown = pool();
    if (!shown || !m_prefix)
        return;
    QStringList steps;
    for (int length = shown->prefix.length(); length < m_prefix->length(); length += zoomOutBits) {
        const QString text = QString::fromStdString(Prefix(m_prefix->address(), length).text());
        steps.append(QStringLiteral("<a href='%1'>%1</a>").arg(text));
    }
    steps.append(QStringLiteral("<b>%1</b>").arg(QString::fromStdString(m_prefix->text())));
    m_path->setText(steps.join(QStringLiteral(" › ")));
}

void PlanView::showCell(const api::MapCell* cell) {
    m_cellFacts->setText(cell ? m_canvas->sentenceOf(*cell) : QString());
}

void PlanView::activate(const api::MapCell& cell) {
    const api::Pool* shown = pool();
    const bool isBlock = shown && cell.prefix.length() == shown->blockLength;
    if (!isBlock)
        return;
    if (cell.tunnel)
        m_desk.show(QStringLiteral("tunnels?") + QString::fromStdString(cell.prefix.address().text()));
    else if (cell.holder.startsWith(QLatin1String("account:")))
        m_desk.show(QStringLiteral("accounts?") + cell.holder.mid(8));
}

bool PlanView::touches(const api::Event& event) const {
    const auto* changed = std::get_if<api::event::AllocationChanged>(&event);
    const auto* freed = std::get_if<api::event::AllocationFreed>(&event);
    const auto* reserved = std::get_if<api::event::ReservationCreated>(&event);
    const auto* removed = std::get_if<api::event::ReservationRemoved>(&event);
    return (changed && changed->value.pool == m_pool) || (freed && freed->pool == m_pool)
        || (reserved && reserved->value.draft.pool == m_pool) || (removed && removed->pool == m_pool);
}

void PlanView::take(const api::Event& event) {
    if (std::holds_alternative<api::event::ConfigurationChanged>(event))
        m_poolsSoon.start();
    if (!touches(event))
        return;
    const bool ofReservation = std::holds_alternative<api::event::ReservationCreated>(event)
        || std::holds_alternative<api::event::ReservationRemoved>(event);
    if (ofReservation)
        askReservations();
    if (!m_poolsSoon.isActive())
        m_poolsSoon.start();
    if (m_days->value() == 0 && !m_soon.isActive())
        m_soon.start();
}

// --- search

void PlanView::arrive(const QString& what) {
    if (what.isEmpty())
        return;
    m_search->setText(what);
    if (m_pools.empty())
        m_wanted = what;
    else
        flyTo(what);
}

void PlanView::startSearch() {
    m_search->setFocus();
    m_search->selectAll();
}

void PlanView::flyTo(const QString& text) {
    if (text.isEmpty())
        return;
    tell(m_notice, QString());
    for (const api::Pool& each : m_pools) {
        if (each.name != text)
            continue;
        choosePool(each.name);
        return zoomTo(each.prefix);
    }
    if (const auto prefix = Prefix::fromText(text.toStdString()))
        return flyToPrefix(*prefix);
    if (const auto address = IpAddress::fromText(text.toStdString()))
        return flyToPrefix(Prefix(*address, address->isV4() ? 32 : 128));
    flyToHolder(text);
}

void PlanView::flyToPrefix(const Prefix& prefix) {
    const auto found = std::find_if(
        m_pools.begin(), m_pools.end(), [&](const api::Pool& each) { return each.prefix.overlaps(prefix); });
    if (found == m_pools.end())
        return tell(m_notice, tr("No pool has %1.").arg(QString::fromStdString(prefix.text())));
    choosePool(found->name);
    showPools();
    const int length = std::min(prefix.length(), found->blockLength);
    m_canvas->mark(Prefix(prefix.address(), length));
    zoomTo(Prefix(prefix.address(), std::min(length, std::max(length - 8, found->prefix.length()))));
}

/// A login first; where nobody has it, an organisation.
void PlanView::flyToHolder(const QString& text) {
    const auto ask = [this](const char* field, const QString& value, std::function<void()> none) {
        api::Question question;
        question.query = {{QLatin1String(field), value}, {QStringLiteral("limit"), QStringLiteral("1")}};
        m_desk.link.client().call(
            api::operation::listAllocations, question, {}, this,
            [this, none = std::move(none)](const api::Answered<api::Page<api::Allocation>>& page) {
                if (!page)
                    return tell(m_notice, page.error());
                if (page->items.empty())
                    return none();
                flyToPrefix(page->items.front().block);
            });
    };
    ask("account", text, [this, ask, text] {
        ask("organisation", text, [this, text] {
            tell(
                m_notice,
                tr("Nobody called %1 holds addresses: neither a login nor an organisation.").arg(text));
        });
    });
}

// --- reservations

void PlanView::reserve() {
    if (!m_toReserve)
        return;
    api::ReservationDraft draft;
    draft.pool = m_pool;
    draft.prefix = *m_toReserve;
    draft.note = m_note->text().trimmed();
    m_desk.link.client().call(
        api::operation::createReservation, {}, draft, this,
        [this](const api::Answered<api::Reservation>& made) {
            if (!made)
                return tell(m_notice, made.error());
            m_note->clear();
            m_draw->setChecked(false);
            tell(m_notice, tr("%1 is set aside.").arg(QString::fromStdString(made->draft.prefix.text())));
        });
}

void PlanView::askReservations() {
    api::Question question;
    question.query = {{QStringLiteral("pool"), m_pool}};
    m_desk.link.client().call(
        api::operation::listReservations, question, {}, this,
        [this, asked = m_pool](const api::Answered<api::Page<api::Reservation>>& page) {
            if (asked != m_pool)
                return;
            if (!page)
                return tell(m_notice, page.error());
            m_reservations->clear();
            for (const api::Reservation& each : page->items) {
                const QString prefix = QString::fromStdString(each.draft.prefix.text());
                auto* item
                    = new QListWidgetItem(prefix + QStringLiteral("  ") + each.draft.note, m_reservations);
                item->setData(Qt::UserRole, each.id);
                item->setData(Qt::UserRole + 1, prefix);
                item->setToolTip(tr("by %1, %2").arg(each.by, wording::time(each.created)));
            }
        });
}

} // namespace viaduct::admin
