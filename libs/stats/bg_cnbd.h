// BG/NBD, MBG/NBD, MBG/CNBD-k and NBD: one family.
//
// While alive, a customer's times between transactions are Erlang-k with rate lambda; after a transaction it leaves with
// probability p. lambda ~ Gamma(r, alpha), p ~ Beta(a, b), independent.
//
//   BG/NBD      k = 1, may leave after repeats only    Fader, Hardie, Lee, "Counting Your Customers the Easy Way: An
//                                                      Alternative to the Pareto/NBD Model", Marketing Science 24 (2005), below
//                                                      FHL 2005; "Computing P(alive) Using the BG/NBD Model" (2008), FHL 2008
//   MBG/NBD     k = 1, also after the first            Batislam, Denizel, Filiztekin, "Empirical validation and comparison
//                                                      of models for customer base analysis", IJRM 24 (2007); Hoppe,
//                                                      Wagner, Marketing JRM 3 (2007)
//   MBG/CNBD-k  k >= 1, also after the first           Reutterer, Platzer, Schröder, "Leveraging purchase regularity for
//                                                      predicting customer behavior the easy way", IJRM 38 (2021);
//                                                      Platzer, "Customer Base Analysis with BTYDplus" (2016)
//   NBD         k = 1, a = 0                           Ehrenberg, Applied Statistics 8 (1959): nobody leaves
#pragma once

#include <cstdint>

#include <absl/status/statusor.h>

#include "libs/stats/customer_model.h"

namespace rung::stats {

/// The largest regularity that is tried or accepted.
inline constexpr int kMaxRegularity = 12;

enum class FirstDropout : uint8_t {
  kAfterFirstTransaction,  ///< MBG: a customer may leave after its first transaction
  kAfterFirstRepeat,       ///< BG: everybody comes back or is alive for ever
};

struct BgCnbdParameters {
  int k = 1;         ///< regularity, 1 to kMaxRegularity
  double r = 1;      ///< shape of the rates, > 0
  double alpha = 1;  ///< rate of the rates, in units of time, > 0
  double a = 0;      ///< dropout: mean a / (a + b); 0: nobody leaves
  double b = 1;      ///< > 0
  FirstDropout first_dropout = FirstDropout::kAfterFirstTransaction;
};

class BgCnbd final : public CustomerModel {
 public:
  /// INVALID_ARGUMENT that names the parameter.
  static absl::StatusOr<BgCnbd> Create(const BgCnbdParameters& parameters);

  const BgCnbdParameters& parameters() const { return p_; }

  /// FHL 2008, eq. 1; for the MBG with one more chance to leave, for k > 1 with k Poisson events to a transaction (Reutterer et al. 2021, as
  /// BTYDplus has it in xbgcnbd.LL).
  double LogLikelihood(const PurchaseHistory& history) const override;
  /// The likelihood's share of who hasn't left after the last transaction: Bayes' theorem on FHL 2008, eq. 1; for the MBG
  /// Batislam et al. 2007, eq. 5; for k > 1 the same step (BTYDplus, xbgcnbd.PAlive).
  double PAlive(const PurchaseHistory& history) const override;

  /// Exact for every k, as a sum over the Poisson events of which each k-th is a transaction; for k = 1 equal to the
  /// closed forms (FHL 2005, eq. 10 and, without a history, eq. 9; Batislam et al. 2007, eq. 6).
  double ExpectedTransactions(const PurchaseHistory& history, double horizon) const override;
  /// Fader, Hardie, "A Step-by-Step Derivation of the BG/NBD Model" (2019), eq. 34 at y = 0: fewer Poisson events than the next
  /// transaction takes, with the shape and scale that the history leaves.
  double ProbabilityOfNone(const PurchaseHistory& history, double horizon) const override;
  /// FHL 2005, eq. 8, with k Poisson events to a transaction.
  double ProbabilityOfRepeats(int64_t repeats, double age) const override;
  /// Integral of exp(-rate t) over the increments of ExpectedTransactions, FHL 2005, eq. 10: the expectation that CLV multiplies by spend
  /// (Fader, Hardie, Lee, JMR 42 (2005), eq. 1).
  double DiscountedTransactions(const PurchaseHistory& history, double horizon, double rate) const override;
  /// Of who hasn't left: where that probability of none has fallen to 1 - probability; for k = 1 the quantile of a Lomax distribution.
  double NextTransactionQuantile(const PurchaseHistory& history, double probability) const override;

 private:
  /// A customer who is alive at the end of the observation, as its history leaves it.
  struct Alive {
    double shape;                    ///< of lambda, r + k x, before the events since the last transaction
    double scale;                    ///< of lambda, alpha + T
    double stay;                     ///< second shape of p: Beta(a, stay)
    double weights[kMaxRegularity];  ///< of j Poisson events since the last transaction, j < k; they add up to 1
  };

  explicit BgCnbd(const BgCnbdParameters& parameters) : p_(parameters) {}
  Alive WhenAlive(const PurchaseHistory& history) const;
  double ExpectedWhenAlive(const Alive& alive, double horizon) const;
  double NoneWhenAlive(const Alive& alive, double horizon) const;

  BgCnbdParameters p_;
};

}  // namespace rung::stats
