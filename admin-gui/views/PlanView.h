// SPDX-License-Identifier: GPL-3.0-or-later
// The addressing plan: every pool as a map at any zoom, now or on any day before, with search that flies to a
// place, and reservations that are drawn.
#pragma once

#include "admin-gui/parts/MapCanvas.h"
#include "admin-gui/views/View.h"

#include <QCheckBox>
#include <QDateEdit>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSlider>
#include <QTimer>

namespace viaduct::admin {

class PlanView : public View {
    Q_OBJECT
public:
    explicit PlanView(const Desk& desk, QWidget* parent = nullptr);

    QString name() const override { return QStringLiteral("plan"); }
    QString title() const override { return tr("Addressing plan"); }
    void arrive(const QString& what) override;
    void startSearch() override;

    /// For tests: what is shown.
    const MapCanvas& canvas() const { return *m_canvas; }
    void showPrefix(const QString& pool, const Prefix& prefix);

private:
    QWidget* side();
    QWidget* timePart();
    QWidget* reservationPart();
    void take(const api::Event& event);
    void askPools();
    void showPools();
    void choosePool(const QString& pool);
    void askMap();
    void zoomTo(const Prefix& prefix);
    void zoomOut();
    void showPath();
    void showPool();
    void showCell(const api::MapCell* cell);
    void activate(const api::MapCell& cell);
    void flyTo(const QString& text);
    void flyToPrefix(const Prefix& prefix);
    void flyToHolder(const QString& text);
    void reserve();
    void askReservations();
    bool touches(const api::Event& event) const;
    const api::Pool* pool() const;

    QLineEdit* m_search;
    QListWidget* m_poolList;
    QLabel* m_path;
    QLabel* m_poolFacts;
    QLabel* m_cellFacts;
    MapCanvas* m_canvas;
    QWidget* m_legend;
    QSlider* m_days;
    QLabel* m_day;
    QPushButton* m_today;
    QCheckBox* m_draw;
    QLineEdit* m_note;
    QLabel* m_drawn;
    QPushButton* m_reserve;
    QListWidget* m_reservations;
    QPushButton* m_remove;
    Question* m_question;
    QLabel* m_notice;
    std::vector<api::Pool> m_pools;
    QString m_pool;
    std::optional<Prefix> m_prefix; ///< shown
    std::optional<Prefix> m_toReserve;
    QString m_wanted; ///< looked for before the pools were here
    api::Call m_call;
    QTimer m_soon; ///< the map again: something in it has changed
    QTimer m_poolsSoon;
    QTimer m_sliding;
};

} // namespace viaduct::admin
