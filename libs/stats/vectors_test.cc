// Every row of tests/data/customer_base/btyd_vectors.csv.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <memory>

#include "libs/stats/bg_cnbd.h"
#include "libs/stats/gamma_gamma.h"
#include "libs/stats/pareto_nbd.h"
#include "tests/support/customer_base_data.h"

namespace rung::stats {
namespace {

using testing::CsvRecord;
using testing::Number;

std::vector<double> Parameters(const CsvRecord& row) {
  std::vector<double> values;
  const std::string& text = row.at("params");
  for (const char* at = text.c_str(); *at != '\0';) {
    char* end = nullptr;
    values.push_back(std::strtod(at, &end));
    at = *end == ';' ? end + 1 : end;
  }
  return values;
}

std::unique_ptr<CustomerModel> Model(const CsvRecord& row) {
  const std::vector<double> p = Parameters(row);
  const std::string& name = row.at("model");
  BgCnbdParameters parameters;
  if (name == "bgnbd") {
    parameters = {1, p[0], p[1], p[2], p[3], FirstDropout::kAfterFirstRepeat};
  } else if (name.starts_with("mbgcnbd-")) {
    parameters = {static_cast<int>(p[0]), p[1], p[2], p[3], p[4]};
  } else if (name == "pnbd") {
    return std::make_unique<ParetoNbd>(ParetoNbd::Create({p[0], p[1], p[2], p[3]}).value());
  } else {
    ADD_FAILURE() << "unknown model " << name;
  }
  return std::make_unique<BgCnbd>(BgCnbd::Create(parameters).value());
}

double Computed(const CsvRecord& row, const CustomerModel& model) {
  const std::string& function = row.at("fn");
  if (function == "expected_tx_new_customer") return model.ExpectedTransactions({}, Number(row, "t"));
  if (function == "pmf") return model.ProbabilityOfRepeats(static_cast<int64_t>(Number(row, "x")), Number(row, "t"));
  const PurchaseHistory history{static_cast<int64_t>(Number(row, "x")), Number(row, "t_x"), Number(row, "T")};
  if (function == "log_likelihood") return model.LogLikelihood(history);
  if (function == "p_alive") return model.PAlive(history);
  if (function == "cond_expected_tx") return model.ExpectedTransactions(history, Number(row, "t"));
  if (function == "dert_weekly_0.002") return dynamic_cast<const ParetoNbd&>(model).ResidualTransactions(history, 0.002);
  ADD_FAILURE() << "unknown function " << function;
  return NAN;
}

double ExpectedSpend(const CsvRecord& row) {
  const std::vector<double> p = Parameters(row);
  return GammaGamma::Create({p[0], p[1], p[2]})
      .value()
      .ExpectedSpend({static_cast<int64_t>(Number(row, "x")), Number(row, "mean_spend")});
}

TEST(PublishedVectors, AllComeOut) {
  int compared = 0;
  for (const CsvRecord& row : testing::LoadCsv("tests/data/customer_base/btyd_vectors.csv")) {
    const double expected = Number(row, "value");
    const double computed = row.at("model") == "gamma_gamma" ? ExpectedSpend(row) : Computed(row, *Model(row));
    const double tolerance = row.at("checked") == "R only" ? 1e-5 : 1e-8;
    EXPECT_NEAR(computed, expected, tolerance * std::fabs(expected))
        << row.at("model") << " " << row.at("params") << " " << row.at("fn") << " x " << row.at("x") << " t_x "
        << row.at("t_x") << " T " << row.at("T") << " t " << row.at("t");
    ++compared;
  }
  EXPECT_EQ(compared, 265);
}

}  // namespace
}  // namespace rung::stats
