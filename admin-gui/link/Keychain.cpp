// SPDX-License-Identifier: GPL-3.0-or-later
#include "admin-gui/link/Keychain.h"

#include <QCoreApplication>
#include <QPointer>

#include <qt6keychain/keychain.h>

namespace viaduct::admin::keychain {

namespace {
const QString service = QStringLiteral("viaduct-admin");

/// Of the login at the broker: a profile may be renamed.
QString keyOf(const Profile& profile) {
    return profile.login + u'@' + profile.url.host() + u':' + QString::number(profile.url.port(443));
}

QString sentenceOf(const QKeychain::Job& job) {
    if (job.error() == QKeychain::NoBackendAvailable || job.error() == QKeychain::NotImplemented)
        return QCoreApplication::translate(
            "Keychain",
            "This desktop has no keychain, so the password was not kept: install one, such as GNOME Keyring "
            "or KWallet.");
    return QCoreApplication::translate("Keychain", "The keychain did not keep the password: %1")
        .arg(job.errorString());
}
} // namespace

void read(const Profile& profile, QObject* context, std::function<void(const QString&)> found) {
    auto* job = new QKeychain::ReadPasswordJob(service); // deletes itself
    job->setKey(keyOf(profile));
    QObject::connect(
        job, &QKeychain::Job::finished, context, [job, found = std::move(found)](QKeychain::Job*) {
            found(job->error() == QKeychain::NoError ? job->textData() : QString());
        });
    job->start();
}

void write(
    const Profile& profile, const QString& password, QObject* context,
    std::function<void(const QString&)> failed) {
    QKeychain::Job* job = nullptr;
    if (password.isEmpty()) {
        job = new QKeychain::DeletePasswordJob(service);
    } else {
        auto* writing = new QKeychain::WritePasswordJob(service);
        writing->setTextData(password);
        job = writing;
    }
    job->setKey(keyOf(profile));
    QObject::connect(
        job, &QKeychain::Job::finished, context,
        [failed = std::move(failed), wanted = !password.isEmpty()](QKeychain::Job* done) {
            if (wanted && done->error() != QKeychain::NoError)
                failed(sentenceOf(*done));
        });
    job->start();
}

void probe(QObject* context, std::function<void(bool)> answered) {
    auto* job = new QKeychain::ReadPasswordJob(service);
    job->setKey(QStringLiteral("is anybody there"));
    QObject::connect(
        job, &QKeychain::Job::finished, context,
        [answered = std::move(answered)](const QKeychain::Job* done) {
            answered(done->error() == QKeychain::NoError || done->error() == QKeychain::EntryNotFound);
        });
    job->start();
}

} // namespace viaduct::admin::keychain
