// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/client/BrokerMemory.h"

#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

using namespace viaduct;
using namespace viaduct::client;

namespace {

class BrokerMemory : public testing::Test {
protected:
    void write(const std::string& text) const {
        QFile output(QString::fromStdString(file));
        ASSERT_TRUE(output.open(QIODevice::WriteOnly));
        output.write(text.data(), static_cast<qint64>(text.size()));
    }
    std::string read() const {
        QFile input(QString::fromStdString(file));
        return input.open(QIODevice::ReadOnly) ? input.readAll().toStdString() : "";
    }

    QTemporaryDir m_folder;
    std::string file = m_folder.filePath(QStringLiteral("brokers")).toStdString();
};

} // namespace

TEST_F(BrokerMemory, keepsTheOrderAndReplacesTheFile) {
    write("old.example\n");
    const std::vector<ServerName> brokers{{"b.example", 3653}, {"192.0.2.1", 4000}, {"2001:db8::1", 4000}};
    ASSERT_TRUE(rememberBrokers(file, brokers));
    EXPECT_EQ(read(), "b.example\n192.0.2.1:4000\n[2001:db8::1]:4000\n");
    EXPECT_EQ(rememberedBrokers(file), brokers);
}

TEST_F(BrokerMemory, readsTheFilesOfOldClients) {
    write("192.0.2.11\r\n\r\n  192.0.2.12  \nnot a name\n1.2.3\nb.example");
    EXPECT_EQ(
        rememberedBrokers(file),
        (std::vector<ServerName>{{"192.0.2.11", 3653}, {"192.0.2.12", 3653}, {"b.example", 3653}}));
}

TEST_F(BrokerMemory, takesNoPartOfALineForAName) {
    write(std::string(600, 'a') + "\nb.example\n");
    EXPECT_EQ(rememberedBrokers(file), (std::vector<ServerName>{{"b.example", 3653}}));
}

TEST_F(BrokerMemory, hasAnEnd) {
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += "192.0.2.1\n";
    write(text);
    EXPECT_EQ(rememberedBrokers(file).size(), 50U);
}

TEST_F(BrokerMemory, isEmptyWithoutAFile) {
    EXPECT_TRUE(rememberedBrokers(file).empty());
    EXPECT_TRUE(rememberedBrokers("").empty());
    EXPECT_TRUE(rememberBrokers("", {{"b.example", 3653}}));
}

TEST_F(BrokerMemory, saysWhichFileCannotBeWritten) {
    const std::string nowhere = file + "/brokers";
    const auto done = rememberBrokers(nowhere, {{"b.example", 3653}});
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().message.find(nowhere), std::string::npos);
}
