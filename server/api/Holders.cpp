// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/Holders.h"

#include "server/broker/Registry.h"

namespace viaduct::face {

namespace {
constexpr std::string_view accountScheme = "account:";
}

HolderInfo holderInfo(const broker::Registry& registry, const store::Holder& holder) {
    HolderInfo info;
    if (!holder.starts_with(accountScheme))
        return info;
    info.account = QString::fromStdString(holder.substr(accountScheme.size()));
    if (const api::Account* account = registry.kept(info.account)) {
        info.person = account->settings.person;
        info.email = account->settings.email;
        info.organisation = account->settings.organisation;
    }
    return info;
}

std::unordered_set<store::Holder> holdersOf(const broker::Registry& registry, const QString& organisation) {
    std::unordered_set<store::Holder> holders;
    for (const api::Account* account : registry.accountsOf(organisation))
        holders.insert(std::string(accountScheme) + account->name.toStdString());
    return holders;
}

std::optional<Prefix> prefixFrom(const QString& text) {
    const std::string plain = text.toStdString();
    if (plain.find('/') != std::string::npos)
        return Prefix::fromText(plain);
    const auto address = IpAddress::fromText(plain);
    return address ? std::optional(Prefix(*address, address->isV4() ? 32 : 128)) : std::nullopt;
}

QString sortable(const IpAddress& address) {
    static constexpr char digits[] = "0123456789abcdef";
    std::array<char, 32> text{};
    for (std::size_t i = 0; i < address.bytes().size(); ++i) {
        text[2 * i] = digits[address.bytes()[i] >> 4];
        text[2 * i + 1] = digits[address.bytes()[i] & 15];
    }
    return QString::fromLatin1(text.data(), static_cast<qsizetype>(text.size()));
}

} // namespace viaduct::face
