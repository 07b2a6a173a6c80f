#include "services/grading/path_planner.h"

#include <algorithm>

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/labels/standings.h"
#include "libs/path/habits.h"
#include "libs/path/known_facts.h"
#include "services/grading/customer_grader.h"
#include "services/grading/path_holds.h"
#include "services/grading/path_mapping.h"
#include "services/grading/tier_explainer.h"

namespace rung::grading {
namespace {

constexpr int kDefaultDays = 30;
constexpr int kMostDays = 366;
constexpr int64_t kMostSpend = 100'000'000'000;
constexpr int32_t kMostCategories = 1000;  // that are considered as new ones

bool LooksAt(const std::set<std::string>& features, std::string_view prefix) {
  return std::any_of(features.begin(), features.end(), [&](const std::string& name) { return name.starts_with(prefix); });
}

std::vector<std::string> KnownCategories(const features::CodeBook& codes) {
  std::vector<std::string> words;
  for (int32_t code = 0; code < kMostCategories; ++code) {
    std::string word = codes.Word(features::CodeKind::kCategory, code);
    if (word.empty()) break;
    words.push_back(std::move(word));
  }
  return words;
}

struct Asked {
  Day date = 0;
  path::Limits limits;
  path::Costs costs;
  std::optional<path::Lever> only;
};

absl::StatusOr<Asked> Read(const v1::PlanPathRequest& request, Day today) {
  Asked asked{.date = today + kDefaultDays};
  if (!request.by_date().empty()) {
    const auto day = ParseDay(request.by_date());
    if (!day) return InvalidField("by_date", "BAD_DATE", fmt::format("\"{}\" isn't a date like \"2026-03-31\"", Shorten(request.by_date(), 40)));
    if (*day < today || *day > today + kMostDays) {
      return InvalidField("by_date", "OUT_OF_RANGE", fmt::format("{} lies outside {} to {}", FormatDay(*day), FormatDay(today), FormatDay(today + kMostDays)));
    }
    asked.date = *day;
  }
  if (request.max_spend_minor() < 0 || request.max_spend_minor() > kMostSpend) {
    return InvalidField("max_spend_minor", "OUT_OF_RANGE", fmt::format("{} is outside 1 to {}", request.max_spend_minor(), kMostSpend));
  }
  if (request.min_order_minor() < 0 || request.min_order_minor() > kMostSpend) {
    return InvalidField("min_order_minor", "OUT_OF_RANGE", fmt::format("{} is outside 0 to {}", request.min_order_minor(), kMostSpend));
  }
  asked.limits.least_order = request.min_order_minor();
  if (request.max_spend_minor() > 0) asked.limits.spend = request.max_spend_minor();
  RUNG_ASSIGN_OR_RETURN(asked.costs, CostsOf(request.costs()));
  RUNG_ASSIGN_OR_RETURN(asked.only, LeverOf(request.only_lever()));
  return asked;
}

// The place of the tier that is asked for; nullopt: the top tier is in effect and nothing else was asked for.
absl::StatusOr<std::optional<uint8_t>> TargetOf(const v1::PlanPathRequest& request, const scoring::Model& model,
                                                const scoring::Standing& places) {
  if (request.target_tier_code().empty()) {
    const int effective = places.graded ? places.effective : static_cast<int>(model.tiers.size()) - 1;
    if (effective == 0) return std::nullopt;
    return static_cast<uint8_t>(effective - 1);
  }
  for (size_t place = 0; place < model.tiers.size(); ++place) {
    if (model.tiers[place].code == request.target_tier_code()) return static_cast<uint8_t>(place);
  }
  return InvalidField("target_tier_code", "UNKNOWN_TIER",
                      fmt::format("ladder \"{}\" has no tier \"{}\"; ListTiers shows them", model.model_id, Shorten(request.target_tier_code(), 80)));
}

}  // namespace

absl::Status PathPlanner::Plan(const v1::PlanPathRequest& request, v1::PlanPathResponse& response, Deadline deadline) const {
  const Day today = context_.zone.DayOf(context_.clock.NowSeconds());
  RUNG_ASSIGN_OR_RETURN(const Asked asked, Read(request, today));
  RUNG_ASSIGN_OR_RETURN(const auto ladder, context_.ladders.Find(request.ladder_id()));
  RUNG_RETURN_IF_ERROR(CheckPopulation(*ladder));
  RUNG_ASSIGN_OR_RETURN(const ReadCustomer read, context_.reader.ReadGraded(request.customer_id(), today, deadline));
  labels::Standings standings;
  RUNG_RETURN_IF_ERROR(labels::DecodeStandings(read.row.standings, standings));
  const scoring::Standing* known = labels::Find(standings, ladder->row.ladder_no);
  const scoring::Standing before = known == nullptr ? scoring::Standing{} : *known;
  const scoring::Standing places = InPlaces(*ladder, before);
  const scoring::Model& model = ladder->scorer.model();
  RUNG_ASSIGN_OR_RETURN(const std::optional<uint8_t> target, TargetOf(request, model, places));

  const std::vector<std::string>& names = ladder->scorer.features();
  path::Customer customer{.state = read.state, .codes = context_.codes, .unreviewed_orders = {}, .open_invoices = {},
                          .known_categories = KnownCategories(context_.codes), .model_features = {names.begin(), names.end()}};
  if (LooksAt(customer.model_features, "review_rate_") || LooksAt(customer.model_features, "payment_on_time_rate_") ||
      LooksAt(customer.model_features, "overdue_days_")) {
    RUNG_ASSIGN_OR_RETURN(const auto events, context_.reader.Events(read.row.fingerprint.number, deadline));
    customer.unreviewed_orders = path::UnreviewedOrders(events, today);
    customer.open_invoices = path::OpenInvoices(events, today);
  }

  CustomerGrader grader(context_.codes, context_.reader.calendars(), context_.reader.fits(), context_.reader.sources());
  bool with_margin = false;  // a tier is kept within the hysteresis margin, and reached without it
  const path::Grader grade = [&](const features::CustomerState& state, Day as_of) {
    const scoring::GradedCustomer graded = grader.Grade(*ladder, read.subject, state, before, as_of, as_of).graded;
    return path::Outcome{with_margin ? graded.lenient_tier.value_or(graded.tier) : graded.tier, graded.score};
  };
  const explanation::Style style{context_.currency, model.display_scale};
  path::Question question{.today = today, .date = asked.date, .as_usual = !request.assume_no_other_orders(), .only = asked.only};
  if (target) {
    question.target = *target;
    question.in_effect = places.graded && *target >= places.effective;
    question.held = HeldUpgrades(places, today);
    ToWire(FindPath(customer, question, asked.limits, asked.costs, grade), model, style, *response.mutable_reach());
  }
  const Day review = FirstDowngrade(places, model.stability, today);
  if (!asked.only && places.graded && places.effective < ladder->scorer.bottom_tier() && review - 1 - today <= kMostDays) {
    with_margin = true;
    question.target = places.effective;
    question.date = review - 1;
    question.hold = true;
    question.in_effect = false;
    question.held.reset();
    ToWire(FindPath(customer, question, asked.limits, asked.costs, grade), model, style, *response.mutable_keep());
    response.mutable_keep()->set_review_date(FormatDay(review));
  }

  WriteHolds(places, model.stability, today, response);
  WriteStatus(read.state, today, response);
  const path::Habits habits = path::HabitsOf(customer, today);
  response.set_customer_id(request.customer_id());
  response.set_ladder_id(model.model_id);
  response.set_currency_code(context_.currency);
  response.set_model_version(ladder->row.version);
  if (before.graded) response.set_current_tier_code(ladder->CodeOf(before.effective));
  if (habits.last_order != 0) response.set_usual_order_minor(habits.order_value);
  if (habits.gap_known) response.set_usual_gap_days(habits.gap_days);
  return absl::OkStatus();
}

}  // namespace rung::grading
