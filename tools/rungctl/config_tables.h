// Drafts, versions, schedules, findings and differences as people read them.
#pragma once

#include <string>

#include "rung/config/v1/config.pb.h"
#include "tools/rungctl/language.h"

namespace rung::ctl {

namespace cfg = config::v1;

template <typename Message>
using Rows = google::protobuf::RepeatedPtrField<Message>;

std::string DraftTable(const Rows<cfg::Draft>& drafts, Language language);
/// Current versions of several documents; VersionTable: all of one.
std::string DocumentTable(const Rows<cfg::Version>& versions, Language language);
std::string VersionTable(const Rows<cfg::Version>& versions, Language language);
std::string ScheduleTable(const Rows<cfg::Schedule>& schedules, Language language);
std::string DiffTable(const Rows<cfg::DiffResponse::Change>& changes, Language language);

/// A line for each finding, "  error: FIELD: message (REASON)"; empty when there is none.
std::string FindingLines(const Rows<cfg::Finding>& findings, Language language);

/// "WAITING" in the user's language.
std::string StateName(cfg::ScheduleState state, Language language);

}  // namespace rung::ctl
