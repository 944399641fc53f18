// SPDX-License-Identifier: GPL-3.0-or-later
// Which bars stand for which report. Only numbers of the report; nothing is computed but their order, and a
// count of rows.
#pragma once

#include "admin-gui/parts/BarChart.h"
#include "shared/api/Reports.h"

namespace viaduct::admin {

Bars barsOf(const std::vector<api::UtilisationRow>& rows);
Bars barsOf(const std::vector<api::OrganisationRow>& rows);
Bars barsOf(const std::vector<api::TrafficRow>& rows);
Bars barsOf(const std::vector<api::AvailabilityRow>& rows);
Bars barsOf(const std::vector<api::AbuseRow>& rows);

} // namespace viaduct::admin
