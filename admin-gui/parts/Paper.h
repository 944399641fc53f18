// SPDX-License-Identifier: GPL-3.0-or-later
// Texts that leave the console: asked where to, printed, or written whole to a file or not at all.
#pragma once

#include <QTextDocument>
#include <QWidget>

#include <functional>
#include <memory>

class QPagedPaintDevice;

namespace viaduct::admin::paper {

/// Asks for the name of a file, without stopping anything else. `suffix` as "pdf". `chosen` is called while
/// `parent` lives.
void askFile(
    QWidget* parent, const QString& title, const QString& name, const QString& suffix,
    std::function<void(const QString& path)> chosen);

/// Asks which printer, and has `paint` draw on it.
void print(QWidget* parent, const QString& title, std::function<void(QPagedPaintDevice& printer)> paint);

/// A4. `paint` says whether it is to be kept. Empty, or a sentence why not. May be called from any thread.
QString
savePdf(const QString& path, const QString& title, const std::function<bool(QPagedPaintDevice&)>& paint);

/// Empty, or a sentence why not.
QString saveBytes(const QString& path, const QByteArray& bytes);

} // namespace viaduct::admin::paper
