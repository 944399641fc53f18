// SPDX-License-Identifier: GPL-3.0-or-later
// Every operation times every role: who may not is refused before anything else is looked at.
#include "ApiFixture.h"

#include <QNetworkReply>

namespace viaduct::face {

namespace {

/// The path with something in the place of each name, which is nobody's.
QByteArray pathOf(const api::OperationInfo& operation) {
    QByteArray path;
    for (const QByteArray& segment : QByteArray(operation.path).split('/'))
        path += (path.isEmpty() && segment.isEmpty() ? "" : "/")
            + (segment.startsWith('{') ? QByteArray("4711") : segment);
    return path.startsWith('/') ? path : '/' + path;
}

bool isRefused(int status) {
    return status == 401 || status == 403;
}

} // namespace

class RolesTest : public ApiFixture { };

TEST_F(RolesTest, everyRouteTimesEveryRole) {
    for (const api::OperationInfo& operation : api::operations()) {
        if (operation.answer == api::Media::EventStream)
            continue; // goes on: see the tests of events
        const std::array<std::optional<api::Role>, 5> roles{
            std::nullopt, api::Role::Requester, api::Role::Viewer, api::Role::Operator,
            api::Role::Administrator};
        for (const auto& role : roles) {
            const Answer answer = ask(
                {api::word(operation.method), pathOf(operation), {}, role ? token(*role) : QByteArray(), {}});
            // A log-in without a password is refused for another reason; a token has no session to change.
            const bool isOwn = QByteArray(operation.path).startsWith("/session");
            const std::string what = std::string(operation.id) + " by " + (role ? api::word(*role) : "nobody")
                + ": " + answer.body.toStdString();
            if (!api::may(operation, role)) {
                EXPECT_EQ(answer.status, role ? 403 : 401) << what;
                EXPECT_EQ(answer.type, "application/problem+json") << what;
            } else if (!isOwn) {
                EXPECT_FALSE(isRefused(answer.status)) << what;
            }
            EXPECT_NE(answer.status, 0) << what;
            EXPECT_LT(answer.status, 500) << what;
        }
    }
}

TEST_F(RolesTest, everyOperationHasItsHandler) {
    EXPECT_EQ(m_face->missing(), std::vector<std::string>{});
}

} // namespace viaduct::face
