#include "tools/rungctl/config_kinds.h"

#include <stdexcept>

#include "rung/benefits/v1/benefit_plan.pb.h"
#include "rung/benefits/v1/coupon.pb.h"
#include "rung/grading/v1/abuse.pb.h"
#include "rung/grading/v1/calendar.pb.h"
#include "rung/grading/v1/model.pb.h"
#include "rung/grading/v1/retention_policy.pb.h"
#include "rung/grading/v1/tag.pb.h"
#include "rung/pricing/v1/price_book.pb.h"
#include "rung/pricing/v1/price_policy.pb.h"
#include "rung/recommendations/v1/policy.pb.h"

namespace rung::ctl {
namespace {

struct ConfigKind {
  const char* name;
  const google::protobuf::Message& (*prototype)();
  bool is_single;
};

template <typename M>
const google::protobuf::Message& Prototype() {
  return M::default_instance();
}

// A new kind: its line here, its commands in DefineAdminCommands.
constexpr ConfigKind kKinds[] = {
    {"model", Prototype<grading::v1::Model>, false},
    {"calendar", Prototype<grading::v1::ClosedDayCalendar>, false},
    {"tags", Prototype<grading::v1::TagSet>, true},
    {"benefit-plan", Prototype<benefits::v1::BenefitPlan>, false},
    {"coupon", Prototype<benefits::v1::CouponDefinition>, false},
    {"abuse-policy", Prototype<grading::v1::AbusePolicy>, true},
    {"retention-policy", Prototype<grading::v1::RetentionPolicy>, true},
    {"price-book", Prototype<pricing::v1::PriceBook>, false},
    {"price-policy", Prototype<pricing::v1::PricePolicy>, false},
    {"recommendation-policy", Prototype<recommendations::v1::RecommendationPolicy>, true},
};

const ConfigKind& Find(const std::string& name) {
  for (const ConfigKind& kind : kKinds) {
    if (name == kind.name) return kind;
  }
  throw std::logic_error("rungctl doesn't know documents of kind " + name);
}

}  // namespace

std::unique_ptr<google::protobuf::Message> NewDocument(const std::string& kind) {
  return std::unique_ptr<google::protobuf::Message>(Find(kind).prototype().New());
}

bool IsSingle(const std::string& kind) { return Find(kind).is_single; }

std::string IdOf(const std::string& kind, const google::protobuf::Message& document) {
  if (IsSingle(kind)) return kOnlyDocument;
  return document.GetReflection()->GetString(document, document.GetDescriptor()->FindFieldByNumber(1));
}

}  // namespace rung::ctl
