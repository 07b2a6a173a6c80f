// Likelihood of one history under the Pareto/NBD, with its gradient.
#pragma once

#include "libs/stats/pareto_nbd.h"

namespace rung::stats {

/// The likelihood is (r)_x alpha^r beta^s times the sum of two ways to end up with the history (FH 2014, eq. 3):
///
///   alive   (alpha + T)^-(r + x) (beta + T)^-s
///   left    s * integral from t_x to T of (alpha + t)^-(r + x) (beta + t)^-(s + 1) dt
///
/// The integral is what the papers write as a difference of two hypergeometric functions. Left as an integral it has no
/// cancellation, no case alpha < beta, and its derivatives are integrals over the same nodes.
class ParetoNbdLikelihood {
 public:
  ParetoNbdLikelihood(const ParetoNbdParameters& p, int64_t repeats, double recency, double age,
                      ParetoNbdGradient* gradient = nullptr);

  double log() const { return log_; }
  double p_alive() const { return p_alive_; }

 private:
  double log_ = 0;
  double p_alive_ = 1;
};

}  // namespace rung::stats
