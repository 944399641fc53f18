// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/BrokerMemory.h"

#include <QFile>
#include <QSaveFile>

namespace viaduct::client {

namespace {
constexpr std::size_t mostBrokers = 50; // as many as a redirect may name
constexpr qint64 largestFile = 65536; // bytes; what lies behind is not read
} // namespace

std::vector<ServerName> rememberedBrokers(const std::string& file) {
    std::vector<ServerName> brokers;
    QFile input(QString::fromStdString(file));
    if (file.empty() || !input.open(QIODevice::ReadOnly))
        return brokers;
    const QList<QByteArray> lines = input.read(largestFile).split('\n');
    for (const QByteArray& line : lines)
        if (const auto name = ServerName::fromText(line.trimmed().toStdString());
            name && brokers.size() < mostBrokers)
            brokers.push_back(*name);
    return brokers;
}

Result<void> rememberBrokers(const std::string& file, const std::vector<ServerName>& brokers) {
    if (file.empty())
        return {};
    QSaveFile output(QString::fromStdString(file));
    std::string text;
    for (const ServerName& broker : brokers)
        text += broker.text() + "\n";
    if (!output.open(QIODevice::WriteOnly) || output.write(text.data(), static_cast<qint64>(text.size())) < 0
        || !output.commit())
        return failure(
            Error::Code::System,
            "The broker could not be remembered in " + file + ": " + output.errorString().toStdString()
                + ".");
    return {};
}

} // namespace viaduct::client
