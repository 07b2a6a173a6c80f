// Features of a customer's state as of a day.
#pragma once

#include <vector>

#include "libs/features/code_book.h"
#include "libs/features/customer_state.h"
#include "libs/features/feature.h"

namespace rung::features {

/// Computes features; keeps scratch memory, so use one per thread.
///
/// Every feature is one rounded division or square root of exact integers: the same facts give the same bits, whether
/// the state was kept up event by event or built from scratch.
class FeatureEvaluator {
 public:
  /// `codes` must outlive the evaluator; `groups` (FeatureGroup bits) limits the work, other features stay missing.
  FeatureEvaluator(const CodeBook& codes, Sources sources, uint32_t groups = kAllGroups);

  /// Features as of the end of `as_of`; needs `as_of >= state.fold_day + kWindowDays` to be exact.
  void Evaluate(const CustomerState& state, Day as_of, FeatureValues& out);

 private:
  struct OrderPass;
  struct CategoryTotals {
    int32_t category;
    Fen amount_365;
    Day last_day;
    int32_t days;      // distinct days, stops counting at 2
    bool in_last_90;
    bool before_90;
  };

  void AddCategories(const LinesSummary& lines, Day day, Day as_of);
  void SetOrderFeatures(const CustomerState& state, const OrderPass& pass, Day as_of, FeatureValues& out) const;
  void SetDispersion(FeatureValues& out);
  void SetCategories(FeatureValues& out) const;
  void SetService(const CustomerState& state, const OrderPass& pass, Day as_of, FeatureValues& out) const;
  void SetCredit(const CustomerState& state, Day as_of, FeatureValues& out) const;

  const CodeBook& codes_;
  const Sources sources_;
  const uint32_t groups_;

  // Scratch of one evaluation.
  std::vector<Fen> nets_;                    // net of each effective order in the window
  std::vector<Day> order_days_;              // distinct days with an effective order in the window
  std::vector<int32_t> gaps_;
  std::vector<CategoryTotals> categories_;
  std::vector<int32_t> category_slots_;      // category code -> index in categories_ + 1
};

}  // namespace rung::features
