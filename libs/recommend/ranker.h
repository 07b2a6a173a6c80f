// The personalised ranking: for each candidate, the probability that the customer's next basket holds it.
//
// Two regressions, of SKUs that the customer has bought (buy-again) and of SKUs that it hasn't, so that their probabilities
// stand on one scale and one list can hold both. What is added up over a list is the number of its items that will be bought.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "libs/recommend/item_facts.h"
#include "libs/recommend/neighbours.h"
#include "libs/recommend/personal_items.h"

namespace rung::recommend {

inline constexpr size_t kRepeatTerms = 17;
inline constexpr size_t kNovelTerms = 16;

/// Terms of a repeat that move with the day that is asked about; the others stand still until the next training.
struct RepeatTiming {
  double days_since = 0;         ///< since the customer last bought it
  double expected_gap_days = 0;  ///< its personal cadence
};
inline constexpr size_t kTimingTerms = 4;
std::array<double, kTimingTerms> TimingTerms(const RepeatTiming& timing);

struct RankerOptions {
  size_t neighbours = 50;
  double basket_shrinkage = 10;
  size_t most_group_items = 1000;
  size_t novel_candidates = 150;  ///< by neighbourhood, and as many by popularity
  int32_t popular_days = 60;
  int32_t new_arrival_days = 30;
  int32_t most_fit_customers = 5'000;
  double ridge = 1;
  int threads = 1;
};

/// What is known of the whole base when a list is made. Immutable.
struct Signals {
  Signals(const PurchaseHistory& history, const RankerOptions& options);

  RankerOptions options;
  ItemFacts items;
  Neighbours with_customer;
  Neighbours in_basket;
  double median_gap_days = 0;  ///< between baskets, of customers with any
};

struct RepeatCandidate {
  const PersonalItem* item = nullptr;
  RepeatTiming timing;
  std::array<double, kRepeatTerms> terms{};
};

struct NovelCandidate {
  int32_t sku = 0;
  int32_t because = -1;  ///< the SKU of the customer's that speaks most for it; -1: only its popularity does
  bool new_arrival = false;
  std::array<double, kNovelTerms> terms{};
};

/// Makes a customer's candidates and their terms. Not thread-safe: keeps dense scratch.
class CandidateMaker {
 public:
  CandidateMaker(const PurchaseHistory& history, const Signals& signals);

  const PersonalHistory& personal() const { return personal_; }
  const std::vector<RepeatCandidate>& repeats() const { return repeats_; }
  const std::vector<NovelCandidate>& novel() const { return novel_; }

  /// The customer as of the morning of `today`: a basket of that day isn't known yet. Replaces what was made before.
  void Make(int32_t customer, Day today);

 private:
  struct Support {
    double with_customer = 0, recent_with_customer = 0, in_basket = 0, last_basket = 0;
    float best = 0;
    int32_t because = -1;
  };
  void MakeRepeats(Day today);
  void AddSupport();
  void MakeNovel(Day today);
  const std::vector<int32_t>& Popular(Day today);

  // What sells, of one SKU; kept while the same day is asked about.
  struct Sales {
    Day day = 0;
    bool known = false;
    int32_t age = 0;
    double log_age = 0, recent = 0, month = 0, log_baskets = 0;  // logarithms of what they count + 1
    double log_repeat_odds = 0;
  };
  const Sales& SalesOf(int32_t sku, Day today);

  const PurchaseHistory& history_;
  const Signals& signals_;
  PersonalHistory personal_;
  std::vector<RepeatCandidate> repeats_;
  std::vector<NovelCandidate> novel_;
  std::vector<Support> support_;
  std::vector<int32_t> supported_;
  std::vector<Sales> sales_;
  std::vector<uint8_t> bought_;  // by SKU: by this customer
  Day popular_day_ = 0;
  std::vector<int32_t> popular_;
};

/// Weights of the two regressions.
struct RankerWeights {
  std::vector<double> repeat = std::vector<double>(kRepeatTerms, 0);
  std::vector<double> novel = std::vector<double>(kNovelTerms, 0);

  double Repeat(const RepeatCandidate& candidate) const;  ///< a probability
  double Novel(const NovelCandidate& candidate) const;
};

/// Fits to the last basket of each customer with at least 3 (of more than options.most_fit_customers, evenly spread ones),
/// from the history without those baskets.
RankerWeights FitRanker(const PurchaseHistory& history, const RankerOptions& options);

std::span<const std::string_view> RepeatTermNames();
std::span<const std::string_view> NovelTermNames();

}  // namespace rung::recommend
