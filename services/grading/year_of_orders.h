// What the prices of a benefit plan look at of a customer's last 365 days, into the base's columns.
#pragma once

#include "libs/benefits/annual_cost.h"
#include "libs/features/code_book.h"
#include "libs/features/customer_state.h"

namespace rung::grading {

struct LoadedBase;

/// Appends to `base` a row per call. One per thread.
class YearOfOrders {
 public:
  YearOfOrders(const benefits::AnnualCost& prices, const features::CodeBook& codes, LoadedBase& base);

  void Add(const features::CustomerState& state, Day as_of);

 private:
  size_t PathOf(int32_t category);

  const benefits::AnnualCost& prices_;
  const features::CodeBook& codes_;
  LoadedBase& base_;
  std::vector<size_t> path_of_;  // by category code; looked up once each
};

}  // namespace rung::grading
