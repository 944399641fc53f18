// SPDX-License-Identifier: GPL-3.0-or-later
// The document that people read is the one that the operations and the types give. After a change to them,
// write it anew: VIADUCT_WRITE_OPENAPI=1 build/bin/api-test
#include "shared/api/Operations.h"

#include <gtest/gtest.h>

#include <QFile>
#include <QJsonDocument>

using namespace viaduct::api;

TEST(OpenApi, theFileIsWhatTheTypesSay) {
    const QByteArray document = QJsonDocument(openApi()).toJson();
    QFile file(QStringLiteral(VIADUCT_SOURCE_DIR "/shared/api/openapi.json"));
    if (qEnvironmentVariableIsSet("VIADUCT_WRITE_OPENAPI")) {
        ASSERT_TRUE(file.open(QFile::WriteOnly));
        ASSERT_EQ(file.write(document), document.size());
        return;
    }
    ASSERT_TRUE(file.open(QFile::ReadOnly));
    EXPECT_TRUE(file.readAll() == document)
        << "shared/api/openapi.json is not up to date: VIADUCT_WRITE_OPENAPI=1 api-test";
}
