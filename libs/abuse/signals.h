// Signals of abuse, each with what was seen, from when on it counts, and a sentence that an account manager can say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/abuse/policy.h"

namespace rung::abuse {

/// Numbers are stored and never reused.
enum class SignalKind : uint8_t {
  kOrderSplitting = 1,
  kCouponHarvesting = 2,
  kRefundCycling = 3,
  kReviewBurst = 4,
  kLinkedAccounts = 5,
  kUnusualBehaviour = 6,
};

/// "order_splitting" …; stable.
std::string_view SignalName(SignalKind kind);

struct Signal {
  SignalKind kind = SignalKind::kOrderSplitting;
  double value = 0;
  double bound = 0;
  int strength_permille = 0;  ///< 500 at the bound, 1000 where the policy is certain
  std::string reason_zh;
  std::string reason_en;
};

/// The place of a customer in its base that only the whole base shows.
struct Surroundings {
  int linked_accounts = 0;  ///< of its group, itself included; 0: none
  KindSet linked_by = 0;
  std::optional<double> anomaly;     ///< isolation forest; unset: too few orders
  std::string_view standout_figure;  ///< of kBehaviourFigures, the one farthest from the others; may be empty
};

struct Assessment {
  int score_milli = 0;          ///< 0 to 100,000
  std::vector<Signal> signals;  ///< those that fired, strongest first
  bool listed = false;
  bool frozen = false;  ///< upgrades wait for a review
};

/// The signals that fire, and their combination: 1 - Π(1 - weight · strength), the noisy or of independent causes
/// (Pearl 1988, section 4.3.2). `policy` must be valid.
Assessment Assess(const Behaviour& behaviour, const Surroundings& surroundings, const Policy& policy);

/// An upper bound of P(X >= hits) for X ~ Binomial(trials, share), as a negative logarithm: trials · KL(hits / trials
/// || share) (Hoeffding 1963, theorem 1, first form). 0 when the hits aren't above what is expected.
double LogRarity(int64_t hits, int64_t trials, double share);

}  // namespace rung::abuse
