#include "libs/features/feature_evaluator.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "libs/features/order_value.h"

namespace rung::features {
namespace {

__extension__ using Int128 = __int128;

constexpr int kWindows[] = {7, 30, 90, 365};
constexpr int kWindowCount = 4;
constexpr int kTenureForGrowth = 180;

double Ratio(Int128 numerator, Int128 denominator) {
  return static_cast<double>(numerator) / static_cast<double>(denominator);
}

/// Population standard deviation / mean of n values: sqrt(n * sum(x^2) - sum(x)^2) / sum(x).
double Cv(int64_t n, Int128 sum, Int128 sum_of_squares) {
  return std::sqrt(static_cast<double>(n * sum_of_squares - sum * sum)) / static_cast<double>(sum);
}

// Index of the smallest window that holds a fact of this age; kWindowCount when none does.
int WindowOf(Day age) {
  for (int w = 0; w < kWindowCount; ++w) {
    if (age < kWindows[w]) return w;
  }
  return kWindowCount;
}

/// x / months(n), with months(n) = clamp(tenure, 365/12, n) / (365/12), as one division.
double PerMonth(Int128 x, Day tenure, Day n) {
  const Day days = std::min(tenure, n);
  if (12 * days < 365) return static_cast<double>(x);
  return Ratio(x * 365, 12 * Int128{days});
}

}  // namespace

// Sums over the orders, by the smallest window that holds them.
struct FeatureEvaluator::OrderPass {
  int64_t orders[kWindowCount + 1] = {};
  int64_t order_days[kWindowCount + 1] = {};
  Fen net[kWindowCount + 1] = {};
  Fen margin[kWindowCount + 1] = {};
  int64_t with_margin[kWindowCount + 1] = {};
  Fen net_with_margin_365 = 0;
  Fen net_before_90 = 0;  // the 90 days before the last 90
  Fen amount_365 = 0, promotional_365 = 0;
  Fen amount_90 = 0, new_product_90 = 0;
  bool listing_known_90 = false;
  int64_t placed_365 = 0, live_365 = 0, returned_365 = 0, reviewed_365 = 0;
  Int128 live_gross_365 = 0, refunded_365 = 0;
  uint32_t active_blocks = 0;
  Day first_placed = kNever;
  Day last_effective = -kNever;

  void AddEffective(const LinesSummary& lines, Day day, Day age, Fen net_amount) {
    const int w = WindowOf(age);
    ++orders[w];
    net[w] += net_amount;
    if (day != last_effective) ++order_days[w];
    last_effective = std::max(last_effective, day);
    if (const auto order_margin = MarginOf(lines, net_amount)) {
      margin[w] += *order_margin;
      ++with_margin[w];
      if (age < 365) net_with_margin_365 += net_amount;
    }
    if (age >= 90 && age < 180) net_before_90 += net_amount;
    if (age < 360) active_blocks |= 1u << (age / 30);
    if (age < 365) {
      amount_365 += lines.gross;
      promotional_365 += lines.promotional;
    }
    if (age < 90) {
      amount_90 += lines.gross;
      new_product_90 += lines.new_product;
      listing_known_90 |= lines.listing_known;
    }
  }

  // From "the smallest window" to "the window": a fact of 7 days lies in all the others, too.
  void Accumulate() {
    for (int w = 1; w <= kWindowCount; ++w) {
      orders[w] += orders[w - 1];
      order_days[w] += order_days[w - 1];
      net[w] += net[w - 1];
      margin[w] += margin[w - 1];
      with_margin[w] += with_margin[w - 1];
    }
  }
};

FeatureEvaluator::FeatureEvaluator(const CodeBook& codes, Sources sources, uint32_t groups)
    : codes_(codes), sources_(sources), groups_(groups) {}

void FeatureEvaluator::Evaluate(const CustomerState& state, Day as_of, FeatureValues& out) {
  out.values.fill(kMissing);
  out.top_category = -1;
  nets_.clear();
  order_days_.clear();
  for (const CategoryTotals& totals : categories_) category_slots_[totals.category] = 0;
  categories_.clear();

  OrderPass pass;
  pass.orders[kWindowCount] = state.folded.effective;
  pass.net[kWindowCount] = state.folded.net;
  pass.first_placed = state.folded.first_placed;
  pass.last_effective = state.folded.last_effective;
  for (const OrderRecord& order : state.orders) {
    if (order.day > as_of) break;  // sorted; those not placed yet come last
    const Day age = as_of - order.day;
    const bool in_window = age < kWindowDays;
    pass.first_placed = std::min(pass.first_placed, order.day);
    pass.placed_365 += in_window ? 1 : 0;
    if (order.cancelled <= as_of) continue;
    const LinesSummary& lines = LinesAsOf(order, as_of);
    Int128 refunded = 0, returned = 0;
    bool has_return = false;
    for (const RefundRecord& refund : order.refunds) {
      if (refund.day > as_of) break;
      refunded += refund.amount;
      if (refund.counts_as_return) {
        returned += refund.amount;
        has_return = true;
      }
    }
    const Fen net = refunded >= lines.gross ? 0 : lines.gross - static_cast<Fen>(refunded);
    if (in_window) {
      ++pass.live_365;
      pass.live_gross_365 += lines.gross;
      pass.refunded_365 += std::min<Int128>(returned, lines.gross);
      pass.returned_365 += has_return ? 1 : 0;
      pass.reviewed_365 += order.reviewed <= as_of ? 1 : 0;
    }
    if (net == 0) continue;
    const bool new_day = order.day != pass.last_effective;
    pass.AddEffective(lines, order.day, age, net);
    if (!in_window) continue;
    if ((groups_ & kDispersionGroup) != 0) {
      nets_.push_back(net);
      if (new_day) order_days_.push_back(order.day);
    }
    if ((groups_ & kCategoryGroup) != 0) AddCategories(lines, order.day, as_of);
  }
  pass.Accumulate();

  SetOrderFeatures(state, pass, as_of, out);
  if ((groups_ & kDispersionGroup) != 0) SetDispersion(out);
  if ((groups_ & kCategoryGroup) != 0) SetCategories(out);
  if ((groups_ & kServiceGroup) != 0) SetService(state, pass, as_of, out);
}

void FeatureEvaluator::AddCategories(const LinesSummary& lines, Day day, Day as_of) {
  for (const CategoryAmount& item : lines.categories) {
    if (static_cast<size_t>(item.category) >= category_slots_.size()) category_slots_.resize(item.category + 64);
    int32_t& slot = category_slots_[item.category];
    if (slot == 0) {
      categories_.push_back({item.category, 0, -kNever, 0, false, false});
      slot = static_cast<int32_t>(categories_.size());
    }
    CategoryTotals& totals = categories_[slot - 1];
    totals.amount_365 += item.amount;
    if (day != totals.last_day) totals.days = std::min(totals.days + 1, 2);
    totals.last_day = day;
    (as_of - day < 90 ? totals.in_last_90 : totals.before_90) = true;
  }
}

void FeatureEvaluator::SetOrderFeatures(const CustomerState& state, const OrderPass& pass, Day as_of,
                                        FeatureValues& out) const {
  using enum Feature;
  Day first_day = pass.first_placed;
  if (const AttributeValue* registered = state.Latest(kRegisteredDay, as_of)) {
    first_day = std::min(first_day, static_cast<Day>(registered->value));
  }
  const Day tenure = first_day == kNever ? 0 : std::max(0, as_of - first_day + 1);
  out[kTenureDays] = tenure;
  if (pass.orders[kWindowCount] > 0) out[kRecencyDays] = as_of - pass.last_effective;
  constexpr Feature kOrders[] = {kOrders7d, kOrders30d, kOrders90d, kOrders365d, kOrdersTotal};
  constexpr Feature kNet[] = {kNetSpend7d, kNetSpend30d, kNetSpend90d, kNetSpend365d, kNetSpendTotal};
  constexpr Feature kDays[] = {kOrderDays7d, kOrderDays30d, kOrderDays90d, kOrderDays365d};
  for (int w = 0; w <= kWindowCount; ++w) {
    out[kOrders[w]] = static_cast<double>(pass.orders[w]);
    out[kNet[w]] = static_cast<double>(pass.net[w]);
    if (w < kWindowCount) out[kDays[w]] = static_cast<double>(pass.order_days[w]);
  }
  constexpr int k90 = 2, k365 = 3;
  out[kOrdersPerMonth90d] = PerMonth(pass.orders[k90], tenure, 90);
  out[kOrdersPerMonth365d] = PerMonth(pass.orders[k365], tenure, 365);
  out[kNetSpendPerMonth365d] = PerMonth(pass.net[k365], tenure, 365);
  out[kOrderDaysPerMonth90d] = PerMonth(pass.order_days[k90], tenure, 90);
  out[kOrderDaysPerMonth365d] = PerMonth(pass.order_days[k365], tenure, 365);
  if (pass.with_margin[k90] > 0) out[kGrossMargin90d] = static_cast<double>(pass.margin[k90]);
  if (pass.with_margin[k365] > 0) {
    out[kGrossMargin365d] = static_cast<double>(pass.margin[k365]);
    out[kGrossMarginRate365d] = Ratio(pass.margin[k365], pass.net_with_margin_365);
  }
  if (pass.orders[k90] > 0) out[kAov90d] = Ratio(pass.net[k90], pass.orders[k90]);
  if (pass.orders[k365] > 0) {
    out[kAov365d] = Ratio(pass.net[k365], pass.orders[k365]);
    out[kDiscountSpendShare365d] = Ratio(pass.promotional_365, pass.amount_365);
    out[kRepeatPurchaseRate365d] = Ratio(pass.order_days[k365] - 1, pass.order_days[k365]);
  }
  if (pass.orders[k90] > 0 && pass.listing_known_90) {
    out[kNewProductShare90d] = Ratio(pass.new_product_90, pass.amount_90);
  }
  if (pass.live_365 > 0) out[kReturnRate365d] = Ratio(pass.returned_365, pass.live_365);
  if (pass.live_gross_365 > 0) out[kRefundRate365d] = Ratio(pass.refunded_365, pass.live_gross_365);
  if (pass.live_365 > 0 && (sources_ & kReviews) != 0) {
    out[kReviewRate365d] = Ratio(pass.reviewed_365, pass.live_365);
  }
  const Fen recent = pass.net[k90], before = pass.net_before_90;
  if (tenure >= kTenureForGrowth && (recent != 0 || before != 0)) {
    out[kSpendGrowth90d] = Ratio(Int128{recent} - before, Int128{recent} + before);
  }
  out[kLoyalty12] = std::popcount(pass.active_blocks) / 12.0;
}

void FeatureEvaluator::SetDispersion(FeatureValues& out) {
  using enum Feature;
  if (nets_.size() >= 2) {
    Int128 sum = 0, squares = 0;
    for (const Fen net : nets_) {
      sum += net;
      squares += Int128{net} * net;
    }
    const double cv = Cv(static_cast<int64_t>(nets_.size()), sum, squares);
    out[kAovCv365d] = cv;
    out[kAovStability365d] = std::max(0.0, 1.0 - cv);
  }
  if (order_days_.size() < 2) return;
  gaps_.clear();
  Int128 squares = 0;
  for (size_t i = 1; i < order_days_.size(); ++i) {
    const int32_t gap = order_days_[i] - order_days_[i - 1];
    gaps_.push_back(gap);
    squares += Int128{gap} * gap;
  }
  const auto n = static_cast<int64_t>(gaps_.size());
  const Int128 sum = order_days_.back() - order_days_.front();
  out[kIntervalDaysMean365d] = Ratio(sum, n);
  if (n >= 2) out[kIntervalDaysCv365d] = Cv(n, sum, squares);
  const auto middle = gaps_.begin() + n / 2;
  std::nth_element(gaps_.begin(), middle, gaps_.end());
  const int32_t upper = *middle;
  const int32_t lower = n % 2 == 1 ? upper : *std::max_element(gaps_.begin(), middle);
  out[kIntervalDaysMedian365d] = (lower + upper) / 2.0;
}

void FeatureEvaluator::SetCategories(FeatureValues& out) const {
  using enum Feature;
  int64_t in_last_90 = 0, new_ones = 0, repeated = 0;
  Int128 sum = 0, squares = 0;
  const CategoryTotals* top = nullptr;
  for (const CategoryTotals& totals : categories_) {
    in_last_90 += totals.in_last_90 ? 1 : 0;
    new_ones += totals.in_last_90 && !totals.before_90 ? 1 : 0;
    repeated += totals.days >= 2 ? 1 : 0;
    sum += totals.amount_365;
    squares += Int128{totals.amount_365} * totals.amount_365;
    const bool better =
        top == nullptr || totals.amount_365 > top->amount_365 ||
        (totals.amount_365 == top->amount_365 && codes_.Word(CodeKind::kCategory, totals.category) <
                                                     codes_.Word(CodeKind::kCategory, top->category));
    if (better) top = &totals;
  }
  out[kCategoryCount90d] = static_cast<double>(in_last_90);
  out[kCategoryCount365d] = static_cast<double>(categories_.size());
  out[kNewCategories90d] = static_cast<double>(new_ones);
  if (top == nullptr) return;
  out.top_category = top->category;
  out[kRepeatCategoryRate365d] = Ratio(repeated, categories_.size());
  if (squares > 0) {
    out[kCategoryDiversity365d] = Ratio(sum * sum, squares);
    out[kTopCategoryShare365d] = Ratio(top->amount_365, sum);
  }
}

void FeatureEvaluator::SetService(const CustomerState& state, const OrderPass& pass, Day as_of,
                                  FeatureValues& out) const {
  using enum Feature;
  const auto in_window = [&](Day day, Day window) { return day <= as_of && as_of - day < window; };
  if ((sources_ & kDeliveries) != 0) {
    int64_t promised = 0, on_time = 0;
    for (const DeliveryDay& item : state.deliveries) {
      if (!in_window(item.day, kWindowDays)) continue;
      promised += item.promised;
      on_time += item.on_time;
    }
    if (promised > 0) out[kOnTimeRate365d] = Ratio(on_time, promised);
  }
  if ((sources_ & kComplaints) != 0 && pass.placed_365 > 0) {
    int64_t complaints = 0;
    for (const DayCount& item : state.complaints) {
      if (in_window(item.day, kWindowDays)) complaints += item.count;
    }
    out[kComplaintRate365d] = Ratio(complaints, pass.placed_365);
  }
  if ((sources_ & kSessions) != 0) {
    int64_t sessions = 0;
    for (const DayCount& item : state.sessions) {
      if (in_window(item.day, 30)) sessions += item.count;
    }
    out[kAppSessions30d] = static_cast<double>(sessions);
  }
  if ((sources_ & kInvoices) != 0) SetCredit(state, as_of, out);
}

void FeatureEvaluator::SetCredit(const CustomerState& state, Day as_of, FeatureValues& out) const {
  const AttributeValue* terms = state.Latest(kCreditTerms, as_of);
  if (terms == nullptr || terms->value == 0) return;
  int64_t due = 0, in_time = 0;
  Int128 days_late = 0;
  for (const InvoiceRecord& invoice : state.invoices) {
    if (invoice.day > as_of || invoice.due > as_of || as_of - invoice.due >= kWindowDays) continue;
    ++due;
    const bool paid = invoice.paid <= as_of;
    in_time += paid && invoice.paid <= invoice.due ? 1 : 0;
    days_late += std::max(0, (paid ? invoice.paid : as_of) - invoice.due);
  }
  if (due == 0) return;
  out[Feature::kPaymentOnTimeRate365d] = Ratio(in_time, due);
  out[Feature::kOverdueDaysMean365d] = Ratio(days_late, due);
}

}  // namespace rung::features
