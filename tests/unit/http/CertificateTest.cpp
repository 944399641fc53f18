// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/Certificate.h"

#include <QFile>
#include <QProcess>
#include <QSslCertificate>
#include <QSslKey>
#include <QTemporaryDir>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace viaduct;
using namespace viaduct::http;

namespace {

const WallTime now = std::chrono::system_clock::from_time_t(1'790'000'000); // September 2026
constexpr std::chrono::hours year{24 * 365};

Certificate madeFor(const CertificateNames& names) {
    auto made = makeCertificate(names, now);
    EXPECT_TRUE(made) << made.error().message;
    return made.value_or(Certificate{});
}

QSslCertificate asQtSees(const Certificate& certificate) {
    return QSslCertificate::fromData(QByteArray::fromStdString(certificate.chainPem)).value(0);
}

std::string sentence(const Result<void>& result) {
    return result ? "fine" : result.error().message;
}

bool contains(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

class CertificateFiles : public testing::Test {
protected:
    std::string path(const char* name) const {
        return m_directory.filePath(QString::fromLatin1(name)).toStdString();
    }
    QTemporaryDir m_directory;
};

} // namespace

TEST(Certificate, aMadeOneIsForItsNamesAndTenYears) {
    const Certificate made = madeFor(
        {{"broker.example.net", "localhost"},
         {*IpAddress::fromText("192.0.2.1"), *IpAddress::fromText("2001:db8::1")}});
    const QSslCertificate seen = asQtSees(made);
    ASSERT_FALSE(seen.isNull());
    const auto names = seen.subjectAlternativeNames();
    EXPECT_EQ(
        names.values(QSsl::DnsEntry),
        (QStringList{QStringLiteral("localhost"), QStringLiteral("broker.example.net")}));
    EXPECT_EQ(
        names.values(QSsl::IpAddressEntry),
        (QStringList{QStringLiteral("2001:db8::1"), QStringLiteral("192.0.2.1")}));
    EXPECT_EQ(seen.issuerInfo(QSslCertificate::CommonName), seen.subjectInfo(QSslCertificate::CommonName));
    EXPECT_EQ(seen.publicKey().algorithm(), QSsl::Ec);
    EXPECT_EQ(seen.publicKey().length(), 256);
    const auto issued = QDateTime::fromSecsSinceEpoch(1'790'000'000);
    EXPECT_NEAR(static_cast<double>(issued.daysTo(seen.expiryDate())), 3652, 2);
    EXPECT_LT(seen.effectiveDate(), issued) << "clocks differ";
    EXPECT_EQ(sentence(checkCertificate(made, now)), "fine");
}

TEST(Certificate, serialNumbersAndKeysAreRandom) {
    const Certificate one = madeFor({{"a.example"}, {}});
    const Certificate two = madeFor({{"a.example"}, {}});
    EXPECT_NE(asQtSees(one).serialNumber(), asQtSees(two).serialNumber());
    EXPECT_NE(one.keyPem, two.keyPem);
}

TEST(Certificate, theFingerprintIsWhatBrowsersShow) {
    const Certificate made = madeFor({{"a.example"}, {}});
    const QByteArray expected = asQtSees(made).digest(QCryptographicHash::Sha256).toHex(':').toUpper();
    EXPECT_EQ(fingerprint(made).value(), expected.toStdString());
    EXPECT_EQ(fingerprint(made)->size(), 95U);
    EXPECT_FALSE(fingerprint({"nothing", ""}));
}

TEST(Certificate, namesAreHostNames) {
    EXPECT_FALSE(makeCertificate({}, now));
    EXPECT_FALSE(makeCertificate({{"two words"}, {}}, now));
    EXPECT_FALSE(makeCertificate({{""}, {}}, now));
    EXPECT_TRUE(makeCertificate({{}, {*IpAddress::fromText("2001:db8::1")}}, now));
}

TEST(Certificate, whatIsWrongWithAPairIsSaid) {
    const Certificate one = madeFor({{"a.example"}, {}});
    const Certificate two = madeFor({{"a.example"}, {}});
    EXPECT_TRUE(
        contains(sentence(checkPair({one.chainPem, two.keyPem})), "the key is not the certificate's"));
    EXPECT_TRUE(contains(sentence(checkPair({"junk", one.keyPem})), "the certificate is not PEM"));
    EXPECT_TRUE(contains(sentence(checkPair({one.chainPem, "junk"})), "the key is not PEM"));
    EXPECT_TRUE(contains(sentence(checkPair({one.keyPem, one.chainPem})), "the certificate is not PEM"));
    EXPECT_TRUE(contains(sentence(checkPair({one.chainPem, std::string(2'000'000, 'x')})), "larger than"));
    EXPECT_TRUE(contains(sentence(checkCertificate(one, now + 11 * year)), "expired on 2036-09-"));
    EXPECT_TRUE(contains(sentence(checkCertificate(one, now - year)), "not valid before 2026-09-"));
    EXPECT_EQ(sentence(checkPair({one.chainPem + two.chainPem, one.keyPem})), "fine")
        << "the own one stands first";
}

TEST(Certificate, aLockedKeyIsNamedSo) {
    const Certificate made = madeFor({{"a.example"}, {}});
    const QSslKey key(QByteArray::fromStdString(made.keyPem), QSsl::Ec);
    ASSERT_FALSE(key.isNull());
    const std::string locked = key.toPem("secret").toStdString();
    EXPECT_TRUE(contains(sentence(checkPair({made.chainPem, locked})), "locked with a password"))
        << sentence(checkPair({made.chainPem, locked}));
}

TEST_F(CertificateFiles, aPairIsWrittenForItsOwnerAloneAndReadBack) {
    const Certificate made = madeFor({{"a.example"}, {}});
    const std::string file = path("server.pem");
    QFile old(QString::fromStdString(file + ".new")); // of an attempt that was interrupted, open to all
    ASSERT_TRUE(old.open(QIODevice::WriteOnly));
    old.close();
    chmod((file + ".new").c_str(), 0666);
    ASSERT_TRUE(writeCertificate(made, file));
    struct stat status { };
    ASSERT_EQ(stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    EXPECT_NE(access((file + ".new").c_str(), F_OK), 0);
    const auto read = readCertificate(file, file);
    ASSERT_TRUE(read);
    EXPECT_EQ(sentence(checkCertificate(*read, now)), "fine");
    EXPECT_EQ(fingerprint(*read).value(), fingerprint(made).value());

    const Certificate other = madeFor({{"b.example"}, {}});
    ASSERT_TRUE(writeCertificate(other, file)) << "in the place of the old one";
    EXPECT_EQ(fingerprint(readCertificate(file, file).value()), fingerprint(other));
}

TEST_F(CertificateFiles, filesThatCannotBeUsedAreNamed) {
    const auto missing = readCertificate(path("none.pem"), path("none.pem"));
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Error::Code::NotFound);
    EXPECT_TRUE(contains(missing.error().message, "none.pem: No such file"));
    const auto directory = readCertificate(path(""), path(""));
    ASSERT_FALSE(directory);
    EXPECT_TRUE(contains(directory.error().message, "cannot read")) << directory.error().message;
    const auto unwritable = writeCertificate(madeFor({{"a.example"}, {}}), path("no/such/server.pem"));
    ASSERT_FALSE(unwritable);
    EXPECT_TRUE(contains(unwritable.error().message, "no/such/server.pem"));
}
