#include "libs/abuse/behaviour.h"

#include <algorithm>

namespace rung::abuse {
namespace {

constexpr Day kShortWindow = 90;
constexpr Day kLongWindow = features::kWindowDays;

const features::LinesSummary& LinesAsOf(const features::OrderRecord& order, Day as_of) {
  const features::LinesSummary* lines = &order.lines;
  for (const features::Amendment& amendment : order.amendments) {
    if (amendment.day <= as_of) lines = &amendment.lines;
  }
  return *lines;
}

// What came back for the customer's own reasons, at most the order's gross.
Fen ReturnedBy(const features::OrderRecord& order, Fen gross, Day as_of, bool& any) {
  __extension__ __int128 sum = 0;
  for (const features::RefundRecord& refund : order.refunds) {
    if (refund.day > as_of) break;  // sorted by day
    if (!refund.counts_as_return) continue;
    any = true;
    sum += refund.amount;
  }
  return sum >= gross ? gross : static_cast<Fen>(sum);
}

// Index of the first review at or after the day, and whether the day lies in its window.
struct ReviewPlace {
  size_t review;
  bool in_window;
};
ReviewPlace PlaceOf(const ReviewWindows& reviews, Day day) {
  const auto next = std::lower_bound(reviews.review_days.begin(), reviews.review_days.end(), day);
  const auto review = static_cast<size_t>(next - reviews.review_days.begin());
  return {review, next != reviews.review_days.end() && *next - day < reviews.window_days};
}

class Pass {
 public:
  Pass(Day as_of, const ReviewWindows& reviews, Behaviour& out) : as_of_(as_of), reviews_(reviews), out_(out) {}

  void Add(const features::OrderRecord& order) {
    const Day age = as_of_ - order.day;
    if (age >= kLongWindow) return;
    ++out_.placed_365;
    if (order.cancelled <= as_of_) return;
    const bool new_day = order.day != last_day_;
    last_day_ = order.day;
    ++out_.orders_365;
    out_.order_days_365 += new_day ? 1 : 0;
    if (age < kShortWindow) {
      ++out_.orders_90;
      out_.order_days_90 += new_day ? 1 : 0;
    }
    AddValue(order);
  }

 private:
  void AddValue(const features::OrderRecord& order) {
    const features::LinesSummary& lines = LinesAsOf(order, as_of_);
    bool returned = false;
    out_.returned_365 += ReturnedBy(order, lines.gross, as_of_, returned);
    out_.returned_orders_365 += returned ? 1 : 0;
    out_.gross_365 += lines.gross;
    out_.promotional_365 += lines.promotional;
    // promotional / gross >= 4/5 without overflow
    if (lines.gross > 0 && lines.promotional >= lines.gross - lines.gross / 5) ++out_.promoted_orders_365;
    const ReviewPlace place = PlaceOf(reviews_, order.day);
    if (!place.in_window) return;
    ++out_.burst_orders_365;
    out_.burst_returned_365 += returned ? 1 : 0;
    out_.burst_reviews_365 += place.review + 1 != last_review_ ? 1 : 0;
    last_review_ = place.review + 1;
  }

  const Day as_of_;
  const ReviewWindows& reviews_;
  Behaviour& out_;
  Day last_day_ = features::kNever;
  size_t last_review_ = 0;  // 1-based
};

void CountReviewDays(const ReviewWindows& reviews, Day from, Day to, Behaviour& out) {
  Day counted_to = from - 1;  // windows may overlap
  for (const Day review : reviews.review_days) {
    const Day start = std::max(review - reviews.window_days + 1, counted_to + 1);
    const Day end = std::min(review, to);
    if (start > end) continue;
    out.review_window_days_365 += end - start + 1;
    ++out.reviews_365;
    counted_to = end;
  }
}

}  // namespace

std::vector<Day> ReviewDays(ReviewCycle cycle, Day from, Day to) {
  std::vector<Day> days;
  const int step = cycle == ReviewCycle::kMonthly ? 1 : 3;
  // The first of the months after the reviewed ones, counted from 1970-01-01: a quarter starts there.
  for (int month = step;; month += step) {
    const Day review = AddMonths(0, month) - 1;
    if (review > to) return days;
    if (review >= from) days.push_back(review);
  }
}

Behaviour BehaviourOf(const features::CustomerState& state, Day as_of, const ReviewWindows& reviews) {
  Behaviour out;
  Pass pass(as_of, reviews, out);
  Day first = state.folded.first_placed;
  for (const features::OrderRecord& order : state.orders) {
    if (order.day > as_of) break;  // sorted; those not placed yet come last
    first = std::min(first, order.day);
    pass.Add(order);
  }
  if (first > as_of) return out;
  const Day known = as_of - first + 1;
  out.known_days_90 = std::min(known, kShortWindow);
  out.known_days_365 = std::min(known, kLongWindow);
  CountReviewDays(reviews, as_of - out.known_days_365 + 1, as_of, out);
  return out;
}

BehaviourFigures FiguresOf(const Behaviour& behaviour) {
  return {behaviour.OrdersPerOrderDay90(), behaviour.OrdersPerMonth90(),   behaviour.PromotionalShare(),
          behaviour.ReturnedOrderShare(),  behaviour.ReturnedValueShare(), behaviour.BurstShare(),
          behaviour.CancelledShare()};
}

}  // namespace rung::abuse
