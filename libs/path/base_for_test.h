// A base of customers to plan for, graded by the real evaluator and scorer against its frozen population.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "libs/features/feature_evaluator.h"
#include "libs/features/state_builder.h"
#include "libs/path/path.h"
#include "libs/scoring/population.h"

namespace rung::path {

class TestBase {
 public:
  TestBase(scoring::Model model, Day today, std::vector<std::vector<features::Event>> customers, features::LocalCodeBook& codes)
      : today_(today), codes_(codes), evaluator_(codes, features::kAllSources), scorer_(std::move(model)), events_(std::move(customers)) {
    std::vector<uint8_t> member;
    std::vector<std::vector<double>> columns(scorer_.features().size());
    for (const auto& events : events_) {
      states_.push_back(features::BuildState(events, -features::kNever, codes_));
      const std::vector<double> values = Evaluate(states_.back(), today);
      for (size_t f = 0; f < values.size(); ++f) columns[f].push_back(values[f]);
      member.push_back(values_[features::Feature::kOrders365d] > 0);
    }
    scoring::BaseColumns base{.rows = states_.size(), .features = {}, .member = member, .benchmarks = {}};
    for (const auto& column : columns) base.features.push_back(column.data());
    base.benchmarks.resize(scorer_.model().benchmarks.size());
    const scoring::GradedBase graded = scoring::GradeBase(scorer_, base);
    population_ = graded.population;
    for (size_t row = 0; row < states_.size(); ++row) {
      scoring::FrozenSelf& self = selves_.emplace_back();
      if (member[row] == 0) continue;
      for (const auto& values : graded.ranked_values) self.ranked.push_back(values[row]);
      for (const auto& maximum : scorer_.maxima()) self.maxima.push_back(columns[maximum.column][row]);
      self.score = graded.outputs.scores[row];
    }
  }

  Grader GraderOf(size_t row) {
    return [this, row](const features::CustomerState& state, Day as_of) {
      const std::vector<double> values = Evaluate(state, as_of);
      std::vector<double> benchmarks;
      for (const auto& benchmark : scorer_.model().benchmarks) benchmarks.push_back(benchmark.default_value);
      const bool member = values_[features::Feature::kOrders365d] > 0;
      const auto graded = GradeOne(scorer_, population_, selves_[row], values, benchmarks, member);
      return Outcome{graded.tier, graded.score};
    };
  }

  Customer CustomerOf(size_t row) const {
    Customer customer{.state = states_[row], .codes = codes_, .unreviewed_orders = {}, .open_invoices = {}, .known_categories = {},
                      .model_features = {scorer_.features().begin(), scorer_.features().end()}};
    for (int32_t code = 0; !codes_.Word(features::CodeKind::kCategory, code).empty(); ++code) {
      customer.known_categories.push_back(codes_.Word(features::CodeKind::kCategory, code));
    }
    return customer;
  }

  size_t size() const { return states_.size(); }
  Day today() const { return today_; }
  const scoring::Model& model() const { return scorer_.model(); }
  const std::vector<features::Event>& events(size_t row) const { return events_[row]; }
  const features::LocalCodeBook& codes() const { return codes_; }

 private:
  std::vector<double> Evaluate(const features::CustomerState& state, Day as_of) {
    evaluator_.Evaluate(state, as_of, values_);
    std::vector<double> out;
    for (const std::string& name : scorer_.features()) {
      if (const auto* definition = features::FindFeature(name)) {
        out.push_back(values_[definition->feature]);
        continue;
      }
      const int32_t code = codes_.Find(features::CodeKind::kOutsideValue, name);
      const auto* value = code < 0 ? nullptr : state.Latest(features::kFirstOutside + code, as_of);
      out.push_back(value == nullptr ? features::kMissing : value->value);
    }
    return out;
  }

  const Day today_;
  features::LocalCodeBook& codes_;
  features::FeatureEvaluator evaluator_;
  features::FeatureValues values_;
  scoring::Scorer scorer_;
  std::vector<std::vector<features::Event>> events_;
  std::vector<features::CustomerState> states_;
  scoring::FrozenPopulation population_;
  std::vector<scoring::FrozenSelf> selves_;
};

/// An order of one line.
inline features::Event OrderOn(const std::string& id, Day day, Fen amount, const std::string& category = "leaf") {
  features::Event event{.event_id = id, .event_time = day * kSecondsPerDay, .day = day};
  event.fact = features::Order{.order_id = id, .lines = {{.category = category, .amount = amount}}};
  return event;
}

}  // namespace rung::path
