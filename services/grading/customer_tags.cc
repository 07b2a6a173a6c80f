#include "services/grading/customer_tags.h"

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/labels/standings.h"

namespace rung::grading {
namespace {

constexpr int kPerMessage = 1000;
constexpr int64_t kProgressEvery = 50'000;

using TagIds = google::protobuf::RepeatedPtrField<std::string>;

absl::StatusOr<tags::TagBits> BitsOf(const TagIds& ids, const std::string& field, const tags::TagSet& set) {
  tags::TagBits bits = 0;
  for (int i = 0; i < ids.size(); ++i) {
    const auto tag = std::find_if(set.tags.begin(), set.tags.end(), [&](const tags::Tag& one) { return one.tag_id == ids[i]; });
    if (tag == set.tags.end()) {
      return WithReason(WithViolations(NotFoundError("{}[{}]: no tag \"{}\"; `rungctl tags get` shows the tags", field, i, Shorten(ids[i], 80)),
                                       {{fmt::format("{}[{}]", field, i), "TAG_UNKNOWN", "no such tag in the published set"}}), "TAG_UNKNOWN");
    }
    bits |= tags::TagBits{1} << (tag - set.tags.begin());
  }
  return bits;
}

struct Wanted {
  tags::TagBits all = 0;
  tags::TagBits any = 0;
  tags::TagBits none = 0;
  std::vector<uint8_t> tiers;  // numbers; empty: all

  bool Takes(tags::TagBits bits, const scoring::Standing* standing) const {
    if ((bits & all) != all || (any != 0 && (bits & any) == 0) || (bits & none) != 0) return false;
    if (tiers.empty()) return true;
    return standing != nullptr && standing->graded && std::find(tiers.begin(), tiers.end(), standing->effective) != tiers.end();
  }
};

absl::StatusOr<Wanted> WantedOf(const v1::ListAudienceRequest& request, const tags::TagSet& set, const Ladder* ladder) {
  Wanted wanted;
  RUNG_ASSIGN_OR_RETURN(wanted.all, BitsOf(request.all_tag_ids(), "all_tag_ids", set));
  RUNG_ASSIGN_OR_RETURN(wanted.any, BitsOf(request.any_tag_ids(), "any_tag_ids", set));
  RUNG_ASSIGN_OR_RETURN(wanted.none, BitsOf(request.no_tag_ids(), "no_tag_ids", set));
  for (int i = 0; i < request.tier_codes_size(); ++i) {
    const auto& codes = ladder->row.tier_codes;
    const auto it = std::find(codes.begin(), codes.end(), request.tier_codes(i));
    if (it == codes.end()) {
      return InvalidField(fmt::format("tier_codes[{}]", i), "TIER_UNKNOWN",
                          fmt::format("ladder \"{}\" has the tiers {}", ladder->row.ladder_id, fmt::join(codes, ", ")));
    }
    wanted.tiers.push_back(static_cast<uint8_t>(it - codes.begin()));
  }
  return wanted;
}

}  // namespace

absl::Status CustomerTags::Get(const v1::GetCustomerTagsRequest& request, v1::GetCustomerTagsResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const Day as_of, context_.reader.ParseAsOf(request.as_of_date()));
  RUNG_ASSIGN_OR_RETURN(const PublishedTags current, CurrentTags(context_.config, deadline));
  RUNG_ASSIGN_OR_RETURN(const ReadCustomer customer, context_.reader.Read(request.customer_id(), as_of, deadline));
  TagReader reading(current.tagger, context_.reader, context_.codes);
  const std::vector<double> values = reading.Values(customer.state, as_of);
  const tags::TagBits bits = current.tagger.TagsOf(values);
  response.set_customer_id(request.customer_id());
  response.set_as_of_date(FormatDay(as_of));
  response.set_tag_set_version(current.version);
  for (size_t t = 0; t < current.tagger.set().tags.size(); ++t) {
    const tags::Tag& tag = current.tagger.set().tags[t];
    auto& out = *response.add_tags();
    out.set_tag_id(tag.tag_id);
    out.mutable_names()->insert(tag.names.begin(), tag.names.end());
    out.set_has((bits >> t & 1) != 0);
    for (const bool holds : current.tagger.ConditionsHolding(t, values)) out.add_conditions_holding(holds);
  }
  return absl::OkStatus();
}

absl::Status CustomerTags::ListAudience(const v1::ListAudienceRequest& request, const Write& write) const {
  RUNG_ASSIGN_OR_RETURN(const Day as_of, context_.reader.ParseAsOf(request.as_of_date()));
  RUNG_ASSIGN_OR_RETURN(const PublishedTags current, CurrentTags(context_.config, Deadline::After(5000)));
  const auto ladder = context_.ladders.Find(request.ladder_id());
  if (!ladder.ok() && (!request.ladder_id().empty() || !request.tier_codes().empty())) return ladder.status();
  const Ladder* graded_on = ladder.ok() ? ladder->get() : nullptr;
  const tags::TagSet& set = current.tagger.set();
  RUNG_ASSIGN_OR_RETURN(const Wanted wanted, WantedOf(request, set, graded_on));

  TagReader reading(current.tagger, context_.reader, context_.codes);
  std::vector<int64_t> counts(set.tags.size());
  int64_t audience = 0, population = 0, scanned = 0;
  features::CustomerState state;
  labels::Standings standings;
  v1::ListAudienceResponse message;
  const auto send = [&]() -> absl::Status {
    message.set_scanned_count(scanned);
    if (!write(message)) return CancelledError("the caller has gone away");
    message.Clear();
    return absl::OkStatus();
  };
  RUNG_RETURN_IF_ERROR(context_.customers.Scan(1, [&](size_t, const storage::CustomerView& row) -> absl::Status {
    ++scanned;
    RUNG_RETURN_IF_ERROR(features::DecodeState(row.state, state));
    const std::vector<double> values = reading.Values(state, as_of);
    if (reading.is_member()) {
      ++population;
      const tags::TagBits bits = current.tagger.TagsOf(values);
      for (size_t t = 0; t < counts.size(); ++t) counts[t] += static_cast<int64_t>(bits >> t & 1);
      RUNG_RETURN_IF_ERROR(labels::DecodeStandings(row.standings, standings));
      const scoring::Standing* standing = graded_on == nullptr ? nullptr : labels::Find(standings, graded_on->row.ladder_no);
      if (wanted.Takes(bits, standing)) {
        ++audience;
        if (!request.count_only()) {
          auto& member = *message.add_members();
          member.set_customer_id(std::string(row.external_id));
          if (standing != nullptr && standing->graded) member.set_tier_code(graded_on->CodeOf(standing->effective));
          for (size_t t = 0; t < counts.size(); ++t) {
            if ((bits >> t & 1) != 0) member.add_tag_ids(set.tags[t].tag_id);
          }
        }
      }
    }
    return message.members_size() == kPerMessage || scanned % kProgressEvery == 0 ? send() : absl::OkStatus();
  }));
  auto& summary = *message.mutable_summary();
  summary.set_audience_count(audience);
  summary.set_population_count(population);
  summary.set_tag_set_version(current.version);
  summary.set_as_of_date(FormatDay(as_of));
  for (size_t t = 0; t < counts.size(); ++t) {
    auto& tag = *summary.add_tags();
    tag.set_tag_id(set.tags[t].tag_id);
    tag.set_customer_count(counts[t]);
  }
  return send();
}

}  // namespace rung::grading
