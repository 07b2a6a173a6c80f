#include "libs/calibration/share_solver.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "libs/base/status.h"

namespace rung::calibration {
namespace {

using scoring::kOneMicro;
using scoring::Micro;

constexpr size_t kMaxTiers = 32;
constexpr int64_t kMaxCustomers = 1'000'000'000;

// 0 to 4, so that all cuts of a ladder together stay below the smallest difference of gains.
int Roundness(ScoreMilli bound) {
  constexpr ScoreMilli kSteps[] = {1000, 500, 100, 10};
  for (int i = 0; i < 4; ++i) {
    if (bound % kSteps[i] == 0) return 4 - i;
  }
  return 0;
}
static_assert(4 * kMaxTiers < 256);

absl::Status Check(const std::vector<ScoreMilli>& scores, const std::vector<Micro>& shares) {
  if (scores.empty()) return InvalidArgumentError("scores: there are no customers to cut into tiers");
  if (scores.size() > static_cast<size_t>(kMaxCustomers)) return InvalidArgumentError("scores: {}; at most {}", scores.size(), kMaxCustomers);
  const auto [low, high] = std::minmax_element(scores.begin(), scores.end());
  if (*low < 0 || *high > kMaxScoreMilli) {
    return InvalidArgumentError("scores: {} is outside 0 to {}", *low < 0 ? *low : *high, kMaxScoreMilli);
  }
  if (shares.empty() || shares.size() > kMaxTiers) {
    return InvalidArgumentError("target_shares: {} of them; 1 to {}", shares.size(), kMaxTiers);
  }
  for (size_t i = 0; i < shares.size(); ++i) {
    if (shares[i] < 0 || shares[i] > kOneMicro) {
      return InvalidArgumentError("target_shares[{}]: {} is outside 0 to 1", i, static_cast<double>(shares[i]) / kOneMicro);
    }
  }
  const Micro sum = std::accumulate(shares.begin(), shares.end(), Micro{0});
  if (sum != kOneMicro) {
    return InvalidArgumentError("target_shares: they add up to {}; they must add up to 1 ({} one of them by {})",
                                static_cast<double>(sum) / kOneMicro, sum > kOneMicro ? "lower" : "raise",
                                static_cast<double>(std::abs(sum - kOneMicro)) / kOneMicro);
  }
  return absl::OkStatus();
}

// |customers - share × n|, in millionths of a customer.
int64_t Deviation(int64_t customers, Micro share, int64_t n) { return std::abs(customers * kOneMicro - share * n); }

double Percent(int64_t part, int64_t whole) { return 100.0 * static_cast<double>(part) / static_cast<double>(whole); }

void SayWhatIsNear(ShareCut& cut, const ScoreColumn& column) {
  const int64_t n = column.size();
  // The lowest bound that lets at most the wanted number in; below it lie the customers that come all or none.
  ScoreMilli bound = 1;
  while (bound < kMaxScoreMilli && column.AtLeast(bound) * kOneMicro > cut.target_share * n) ++bound;
  cut.customers_below = column.AtLeast(bound);
  const bool at_top = cut.customers_below * kOneMicro > cut.target_share * n;  // even 100 points is too many
  cut.tied_score = at_top ? kMaxScoreMilli : bound - 1;
  cut.tied_customers = column.Exactly(cut.tied_score);
  // The bottom tier takes what has 0 points: no bound above 0 lets them in.
  cut.customers_above = at_top || cut.tied_score == 0 ? cut.customers_below : column.AtLeast(cut.tied_score);
  if (cut.customers_below * kOneMicro == cut.target_share * n) {
    cut.customers_above = cut.customers_below;
    cut.note_zh = fmt::format("累计目标{:.2f}%本可达到，但相邻等级的门槛必须不同", cut.target_share / 1e4);
    cut.note_en = fmt::format("a cumulative share of {:.2f} % could be reached, but the bounds of neighbouring tiers must differ", cut.target_share / 1e4);
    return;
  }
  const double wanted = static_cast<double>(cut.target_share) * static_cast<double>(n) / kOneMicro;
  const double points = cut.tied_score / 1000.0;
  cut.note_zh = fmt::format("累计目标{:.2f}%（{:.1f}个客户）无法达到：{:.3f}分处有{}个客户同分；最接近的是{:.2f}%（{}个）",
                            cut.target_share / 1e4, wanted, points, cut.tied_customers, Percent(cut.customers_below, n), cut.customers_below);
  cut.note_en = fmt::format("a cumulative share of {:.2f} % ({:.1f} customers) is out of reach: {} customers tie at {:.3f} points; nearest are {:.2f} % ({})",
                            cut.target_share / 1e4, wanted, cut.tied_customers, points, Percent(cut.customers_below, n), cut.customers_below);
  if (cut.customers_above == cut.customers_below) return;
  cut.note_zh += fmt::format("和{:.2f}%（{}个）", Percent(cut.customers_above, n), cut.customers_above);
  cut.note_en += fmt::format(" and {:.2f} % ({})", Percent(cut.customers_above, n), cut.customers_above);
}

}  // namespace

absl::StatusOr<ShareSolution> SolveShares(const std::vector<ScoreMilli>& scores, const std::vector<Micro>& target_shares) {
  RUNG_RETURN_IF_ERROR(Check(scores, target_shares));
  const ScoreColumn column(scores);
  const int64_t n = column.size();
  std::vector<Micro> cumulative(target_shares.size() - 1);
  std::partial_sum(target_shares.begin(), target_shares.end() - 1, cumulative.begin());
  const Cuts bounds = BestCuts(cumulative.size(), [&](size_t cut, ScoreMilli bound) {
    return Roundness(bound) - 256 * Deviation(column.AtLeast(bound), cumulative[cut], n);
  });
  ShareSolution solution{.customers = n, .reached = true};
  for (size_t i = 0; i < bounds.size(); ++i) {
    ShareCut cut{.bound = bounds[i], .target_share = cumulative[i], .customers = column.AtLeast(bounds[i])};
    cut.reached = 2 * Deviation(cut.customers, cut.target_share, n) <= kOneMicro;
    cut.customers_below = cut.customers_above = cut.customers;
    if (!cut.reached) SayWhatIsNear(cut, column);
    solution.reached = solution.reached && cut.reached;
    solution.cuts.push_back(std::move(cut));
  }
  return solution;
}

}  // namespace rung::calibration
