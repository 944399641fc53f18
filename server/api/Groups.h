// SPDX-License-Identifier: GPL-3.0-or-later
// The operations of the API by what they are about. Each function gives the router the handlers of its
// group; what it is given outlives the router.
#pragma once

#include "server/api/Router.h"

namespace viaduct::broker {
class Registry;
} // namespace viaduct::broker
namespace viaduct::revisions {
class Keeper;
} // namespace viaduct::revisions

namespace viaduct::face {

void addPeople(Router& router, broker::Staff& staff);
void addRequests(Router& router, broker::Registry& registry);
/// `addSheet` fills in where the sheet of a new voucher is.
void addAccounts(
    Router& router, broker::Registry& registry, const std::function<void(api::VoucherCreated&)>& addSheet);
void addConfigurations(Router& router, revisions::Keeper& keeper);

} // namespace viaduct::face
