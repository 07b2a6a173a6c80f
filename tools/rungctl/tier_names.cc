#include "tools/rungctl/tier_names.h"

#include "rung/grading/v1/tier.grpc.pb.h"
#include "tools/rungctl/commands.h"

namespace rung::ctl {

namespace pb = grading::v1;

TierNames TierNames::Load(Session& session) {
  pb::ListTiersResponse response;
  if (!session.connection.Call<pb::TierService>(&pb::TierService::Stub::ListTiers, pb::ListTiersRequest(), &response).ok()) {
    response.Clear();
  }
  return TierNames(std::move(response), session.options.language);
}

const pb::Ladder* TierNames::Find(std::string_view ladder_id) const {
  for (const pb::Ladder& ladder : ladders_.ladders()) {
    if (ladder_id.empty() ? ladder.is_default() : ladder.ladder_id() == ladder_id) return &ladder;
  }
  return nullptr;
}

std::string TierNames::Name(std::string_view ladder_id, std::string_view tier_code) const {
  if (const pb::Ladder* ladder = Find(ladder_id)) {
    for (const pb::TierDefinition& tier : ladder->tiers()) {
      if (tier.code() == tier_code) return NameIn(tier.names(), language_, tier.code());
    }
  }
  return std::string(tier_code);
}

double TierNames::DisplayScale(std::string_view ladder_id) const {
  const pb::Ladder* ladder = Find(ladder_id);
  return ladder == nullptr || ladder->display_scale() <= 0 ? 100 : ladder->display_scale();
}

}  // namespace rung::ctl
