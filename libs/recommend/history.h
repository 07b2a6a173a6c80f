// Who bought what on which day, in columns.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libs/base/day.h"

namespace rung::recommend {

/// One bought line; customer and SKU are small numbers that the caller gives, from 0 without gaps.
struct Line {
  int32_t customer = 0;
  Day day = 0;
  int32_t sku = 0;
  int32_t quantity_milli = 0;  ///< see ClampQuantity
};

/// Quantities beyond 2,147,483 pieces count as so many.
int32_t ClampQuantity(int64_t quantity_milli);

/// What one customer bought on one day: distinct SKUs, ascending, with their quantities of that day.
struct Basket {
  Day day = 0;
  std::span<const int32_t> skus;
  std::span<const int32_t> quantities_milli;
};

/// Immutable. Customers' baskets are in the order of their days.
class PurchaseHistory {
 public:
  /// Lines of one customer, day and SKU are one. A quantity of 0 or less in sum is no purchase: goods that went back.
  static PurchaseHistory Build(std::vector<Line> lines, int32_t customers, int32_t skus);

  int32_t customers() const { return static_cast<int32_t>(first_basket_.size()) - 1; }
  int32_t skus() const { return skus_; }
  int64_t lines() const { return static_cast<int64_t>(line_sku_.size()); }
  int64_t baskets() const { return static_cast<int64_t>(basket_day_.size()); }
  /// The latest basket's day; 0 without one.
  Day last_day() const { return last_day_; }

  /// Numbers of a customer's baskets: from first to before end.
  int64_t first_basket(int32_t customer) const { return first_basket_[static_cast<size_t>(customer)]; }
  int64_t end_basket(int32_t customer) const { return first_basket_[static_cast<size_t>(customer) + 1]; }
  int32_t basket_count(int32_t customer) const { return static_cast<int32_t>(end_basket(customer) - first_basket(customer)); }
  Basket basket(int64_t number) const;

  /// The same without the last basket of each customer who has at least `least_baskets`, and those baskets. What customers
  /// with fewer bought is kept, or nobody's history but theirs.
  struct Split;
  enum class Others : uint8_t { kKeep, kLeaveOut };
  Split HoldOutLast(int32_t least_baskets, Others others) const;

 private:
  std::vector<int64_t> first_basket_{0};
  std::vector<Day> basket_day_;
  std::vector<int64_t> first_line_{0};
  std::vector<int32_t> line_sku_;
  std::vector<int32_t> line_quantity_;
  int32_t skus_ = 0;
  Day last_day_ = 0;
};

struct PurchaseHistory::Split {
  PurchaseHistory history;
  struct Target {
    int32_t customer = 0;
    Day day = 0;
    std::vector<int32_t> skus;
  };
  std::vector<Target> targets;  ///< by customer
};

}  // namespace rung::recommend
