// What a training leaves: everything that a recommendation needs, in memory, immutable.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/customer_id.h"
#include "libs/base/huge_pages.h"
#include "libs/recommend/catalogue.h"
#include "libs/recommend/ranker.h"

namespace rung::recommend {

enum class Source : uint8_t { kBuyAgain, kBoughtTogether, kPopular, kNewArrival, kPromotion };
/// Whom a popular list is for.
enum class GroupKind : uint8_t { kEverybody, kRegion, kSegment, kTier };

/// A SKU that may be recommended, and why.
struct Candidate {
  int32_t sku = 0;
  float relevance = 0;  ///< probability that the next basket holds it
  Source source = Source::kPopular;
  // Buy again.
  int32_t days_since = 0;
  float gap_days = 0;  ///< expected
  int8_t weekday = -1;
  int32_t usual_quantity_milli = 0;
  // Bought together.
  int32_t because = -1;
  // Popular.
  GroupKind popular_with = GroupKind::kEverybody;

  /// Days over the expected gap: negative before it is due.
  int32_t OverdueDays() const;
};

struct TrainedCustomer {
  CustomerFingerprint id;
  std::string region;   ///< empty: none known
  std::string segment;
  std::string tier;     ///< at the time of the training
};

struct Training {
  Base base;
  std::vector<TrainedCustomer> customers;  ///< by the number that lines name
  Day as_of = 0;                           ///< lines of this day are known, too
};

class RecommendModel {
 public:
  static constexpr size_t kMostRepeats = 80;   ///< of a customer
  static constexpr size_t kMostNovel = 40;
  static constexpr size_t kMostPopular = 200;  ///< of a list

  /// Deterministic, whatever the threads.
  static RecommendModel Train(const Training& training, const RankerOptions& options);

  std::string Serialise() const;
  /// DATA_LOSS for bytes that Serialise didn't make, whatever they are.
  static absl::StatusOr<RecommendModel> Parse(std::string_view bytes);

  struct Customer {
    int32_t row = -1;  ///< -1: not in the model
    int32_t baskets = 0;
    Day last_day = 0;
    float median_gap_days = 0;
    int32_t region = -1;  ///< numbers of popular lists
    int32_t segment = -1;
  };
  Customer Find(const CustomerFingerprint& id) const;
  /// Of the customer in a row, 0 to before customers().
  CustomerFingerprint IdOf(int64_t row) const {
    return {CustomerNumber{numbers_[static_cast<size_t>(row)]}, checks_[static_cast<size_t>(row)]};
  }

  /// Personal candidates as of `today`, appended: what was bought, then what wasn't.
  void AddPersonal(const Customer& customer, Day today, std::vector<Candidate>& out) const;
  struct PopularRow {
    int32_t sku = 0;
    float share = 0;  ///< of the baskets, which hold the SKU, shrunk: its relevance to whom nothing else is known of
  };
  struct PopularList {
    GroupKind kind = GroupKind::kEverybody;
    std::string name;
    std::vector<PopularRow> rows;  ///< best sold first; none: the group has bought nothing lately
  };
  /// What is popular in the first of these groups of the customer's that has a list, else with everybody; nullptr: nothing is trained.
  /// `tier` is the customer's now.
  const PopularList* Popular(const Customer& customer, const std::string& tier, std::span<const GroupKind> groups) const;
  /// New on sale, best sold first.
  const std::vector<PopularRow>& new_arrivals() const { return arrivals_; }

  int32_t skus() const { return static_cast<int32_t>(codes_.size()); }
  const std::string& code(int32_t sku) const { return codes_[static_cast<size_t>(sku)]; }
  const std::string& category(int32_t sku) const { return categories_[static_cast<size_t>(category_of_[static_cast<size_t>(sku)])]; }
  int32_t category_number(int32_t sku) const { return category_of_[static_cast<size_t>(sku)]; }
  float margin_rate(int32_t sku) const { return margin_rates_[static_cast<size_t>(sku)]; }
  /// -1: not in the model.
  int32_t FindSku(std::string_view code) const;
  /// Whether customers of the group or SKUs of the category are in the model.
  bool KnowsGroup(GroupKind kind, const std::string& name) const { return ListOf(kind, name) >= 0; }
  bool KnowsCategory(const std::string& name) const;
  std::string GroupName(int32_t list) const { return list < 0 ? "" : lists_[static_cast<size_t>(list)].name; }

  /// Median of the usual gaps of those who came back; 0: nobody did.
  float base_gap_days() const { return base_gap_days_; }

  Day as_of() const { return as_of_; }
  int64_t customers() const { return static_cast<int64_t>(numbers_.size()); }
  int64_t lines() const { return lines_; }
  int64_t baskets() const { return baskets_; }

 private:
  struct RepeatRow {
    int32_t sku = 0;
    float still = 0;  ///< logit without the terms of time
    float gap_days = 0;
    Day last_day = 0;
    int32_t usual_quantity_milli = 0;
    int32_t weekday = -1;
  };
  struct NovelRow {
    int32_t sku = 0;
    float relevance = 0;
    int32_t because = -1;
    int32_t new_arrival = 0;
  };
  struct CustomerRow {
    int32_t baskets = 0;
    Day last_day = 0;
    float median_gap_days = 0;
    int32_t region = -1;
    int32_t segment = -1;
  };

  void TakeCatalogue(const std::vector<CatalogueEntry>& catalogue);
  void TakePopular(const Training& training, const Signals& signals, const RankerOptions& options);
  void TakeArrivals(const std::vector<PopularRow>& sold, const Training& training, const Signals& signals, Day today, int32_t days);
  struct Made;
  void Make(CandidateMaker& maker, const RankerWeights& weights, const TrainedCustomer& customer, Made& made) const;
  void Append(const Made& made, const CustomerFingerprint& id);
  void TakeCustomers(const Training& training, const Signals& signals, const RankerWeights& weights, int threads);
  int32_t ListOf(GroupKind kind, const std::string& name) const;
  void TakeBaseGap();
  absl::Status Check() const;

  Day as_of_ = 0;
  int64_t lines_ = 0;
  int64_t baskets_ = 0;
  std::array<double, kTimingTerms> timing_weights_{};
  std::vector<std::string> codes_;       // ascending
  std::vector<std::string> categories_;  // ascending
  std::vector<int32_t> category_of_;
  std::vector<float> margin_rates_;
  std::vector<PopularList> lists_;       // first: everybody
  std::vector<PopularRow> arrivals_;
  // Gigabytes with a million customers, of which each list reads another place.
  template <typename Row>
  using Rows = std::vector<Row, HugePageAllocator<Row>>;
  Rows<int64_t> numbers_;  // of customers, ascending
  Rows<uint64_t> checks_;
  Rows<CustomerRow> rows_;
  Rows<uint32_t> first_repeat_{0};
  Rows<RepeatRow> repeats_;
  Rows<uint32_t> first_novel_{0};
  Rows<NovelRow> novel_;
  float base_gap_days_ = 0;  // from rows_
};

}  // namespace rung::recommend
