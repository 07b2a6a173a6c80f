// Quantiles, scores by quantile, and slopes within groups, on published data.
#include "libs/stats/quantile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "libs/stats/fixed_effects.h"
#include "tests/support/customer_base_data.h"

namespace rung::stats {
namespace {

using testing::CsvRecord;
using testing::LoadCsv;
using testing::Number;
using ::testing::DoubleNear;
using ::testing::ElementsAre;

struct Rfm {
  std::vector<double> recency, orders, revenue;
};

// Scores of 1 to 5 from the cuts of a column; `reversed`: small values are best.
std::vector<int> Scores(const std::vector<double>& values, const std::vector<double>& cuts, BinEdge edge, bool reversed) {
  std::vector<int> scores;
  for (const double value : values) {
    const int bin = BinOf(value, cuts, edge);
    scores.push_back(reversed ? 6 - bin : bin);
  }
  return scores;
}

TEST(RfmDemo, HasThePublishedScores) {
  const auto expected = LoadCsv("tests/data/customer_base/rfm_demo/expected.csv.gz");
  Rfm rfm;
  std::map<std::string, std::array<double, 3>> facts;  // last day, orders, revenue
  for (const CsvRecord& order : LoadCsv("tests/data/customer_base/rfm_demo/orders.csv.gz")) {
    auto& fact = facts[order.at("customer_id")];
    fact[0] = std::max(fact[0], static_cast<double>(*ParseDay(order.at("order_date"))));
    fact[1] += 1;
    fact[2] += Number(order, "revenue");
  }
  ASSERT_EQ(facts.size(), expected.size());
  for (const CsvRecord& row : expected) {
    const auto& fact = facts.at(row.at("customer_id"));
    rfm.recency.push_back(*ParseDay("2006-12-31") - fact[0]);
    rfm.orders.push_back(fact[1]);
    rfm.revenue.push_back(fact[2]);
    EXPECT_EQ(rfm.recency.back(), Number(row, "recency_days"));
    EXPECT_EQ(rfm.orders.back(), Number(row, "orders"));
    EXPECT_EQ(rfm.revenue.back(), Number(row, "revenue"));
  }
  // This package's cuts are the quantiles plus 1.
  const auto cuts = [](const std::vector<double>& values) {
    std::vector<double> raised = QuantileCuts(values, 5);
    for (double& cut : raised) cut += 1;
    return raised;
  };
  const auto r = Scores(rfm.recency, cuts(rfm.recency), BinEdge::kLower, true);
  const auto f = Scores(rfm.orders, cuts(rfm.orders), BinEdge::kLower, false);
  const auto m = Scores(rfm.revenue, cuts(rfm.revenue), BinEdge::kLower, false);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(r[i], Number(expected[i], "r_score")) << expected[i].at("customer_id");
    EXPECT_EQ(f[i], Number(expected[i], "f_score")) << expected[i].at("customer_id");
    EXPECT_EQ(m[i], Number(expected[i], "m_score")) << expected[i].at("customer_id");
  }
}

class OnlineRetailLines : public ::testing::Test {
 protected:
  std::vector<testing::RetailLine> lines_ = testing::LoadOnlineRetail();
};

TEST_F(OnlineRetailLines, HaveThePublishedRawTotals) {
  std::set<int64_t> customers;
  std::set<std::string> invoices, skus;
  double revenue = 0;
  for (const testing::RetailLine& line : lines_) {
    if (line.customer != 0) customers.insert(line.customer);
    invoices.insert(line.invoice);
    skus.insert(line.sku);
    revenue += line.quantity * line.unit_price;
  }
  EXPECT_EQ(lines_.size(), 541'909u);
  EXPECT_NEAR(revenue, 9'747'747.93, 0.01);
  EXPECT_EQ(customers.size(), 4'372u);
  EXPECT_EQ(invoices.size(), 25'900u);
  EXPECT_EQ(skus.size(), 4'070u);
}

TEST_F(OnlineRetailLines, HaveThePublishedShareOfTheBestCustomers) {
  std::map<int64_t, double> revenue;
  double all = 0;
  for (const testing::RetailLine& line : lines_) {
    if (!line.clean) continue;
    revenue[line.customer] += line.quantity * line.unit_price;
    all += line.quantity * line.unit_price;
  }
  std::vector<double> best;
  for (const auto& [customer, value] : revenue) best.push_back(value);
  std::sort(best.rbegin(), best.rend());
  const auto share_of = [&](size_t percent) { return std::accumulate(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(best.size() * percent / 100), 0.0) / all; };
  EXPECT_NEAR(share_of(5), 0.503, 5e-4);
  EXPECT_NEAR(share_of(20), 0.746, 5e-4);
}

TEST_F(OnlineRetailLines, HaveThePublishedRfmScores) {
  std::map<int64_t, std::array<double, 2>> facts;  // last day, revenue
  std::map<int64_t, std::set<std::string>> orders;
  for (const auto& line : lines_) {
    if (!line.clean) continue;
    auto& fact = facts[line.customer];
    fact[0] = std::max(fact[0], static_cast<double>(line.day));
    fact[1] += line.quantity * line.unit_price;
    orders[line.customer].insert(line.invoice);
  }
  const auto expected = LoadCsv("tests/data/customer_base/online_retail/rfm_expected.csv.gz");
  ASSERT_EQ(facts.size(), expected.size());
  Rfm rfm;
  for (const CsvRecord& row : expected) {
    const auto customer = static_cast<int64_t>(Number(row, "customer_id"));
    rfm.recency.push_back(*ParseDay("2011-12-10") - facts.at(customer)[0]);
    rfm.orders.push_back(static_cast<double>(orders.at(customer).size()));
    rfm.revenue.push_back(std::round(facts.at(customer)[1] * 1000) / 1000);
  }
  EXPECT_THAT(QuantileCuts(rfm.recency, 5),
              ElementsAre(DoubleNear(13.8, 1e-9), DoubleNear(33, 1e-9), DoubleNear(72, 1e-9), DoubleNear(180, 1e-9)));
  EXPECT_THAT(QuantileCuts(rfm.orders, 5), ElementsAre(1, 2, 3, 6));
  EXPECT_THAT(QuantileCuts(rfm.revenue, 5), ElementsAre(DoubleNear(250.194, 1e-6), DoubleNear(490.096, 1e-6),
                                                        DoubleNear(942.276, 1e-6), DoubleNear(2058.426, 1e-6)));
  const auto r = Scores(rfm.recency, QuantileCuts(rfm.recency, 5), BinEdge::kUpper, true);
  const auto f = Scores(rfm.orders, QuantileCuts(rfm.orders, 5), BinEdge::kUpper, false);
  const auto m = Scores(rfm.revenue, QuantileCuts(rfm.revenue, 5), BinEdge::kUpper, false);
  int best = 0, worst = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(r[i], Number(expected[i], "r_score"));
    EXPECT_EQ(f[i], Number(expected[i], "f_score"));
    EXPECT_EQ(m[i], Number(expected[i], "m_score"));
    best += r[i] == 5 && f[i] == 5 && m[i] == 5;
    worst += r[i] == 1 && f[i] == 1 && m[i] == 1;
  }
  EXPECT_EQ(best, 324);
  EXPECT_EQ(worst, 330);
}

// Articles: codes that start with five digits.
bool IsArticle(const std::string& sku) {
  return sku.size() >= 5 && std::all_of(sku.begin(), sku.begin() + 5, [](char c) { return c >= '0' && c <= '9'; });
}

TEST_F(OnlineRetailLines, HaveThePublishedPriceSlope) {
  std::map<std::string, std::vector<const testing::RetailLine*>> by_sku;
  for (const auto& line : lines_) {
    if (line.clean && IsArticle(line.sku)) by_sku[line.sku].push_back(&line);
  }
  std::vector<uint32_t> group;
  std::vector<double> x, y;
  uint32_t groups = 0;
  for (const auto& [sku, lines] : by_sku) {
    std::set<double> prices;
    for (const auto* line : lines) prices.insert(line->unit_price);
    if (lines.size() < 50 || prices.size() < 2) continue;
    for (const auto* line : lines) {
      group.push_back(groups);
      x.push_back(std::log(line->unit_price));
      y.push_back(std::log(line->quantity));
    }
    ++groups;
  }
  const WithinSlope fit = FitWithinSlope(group, x, y).value();
  EXPECT_EQ(fit.groups, 1'730);
  EXPECT_EQ(fit.rows, 356'657);
  EXPECT_NEAR(fit.slope, -1.5555, 0.0002);
  EXPECT_NEAR(fit.standard_error, 0.0107, 5e-5);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return Quantile(values, 0.5);
}

// Published: 0.9231 over 2,159 SKUs, within 1 %, without the rule that chose them. Articles that were sold both ways are 2,383, with
// 0.9091. With 19 lines or more they are 2,150, with 50, as for the slope, 1,667; both have the published ratio.
TEST_F(OnlineRetailLines, HaveThePublishedBulkDiscount) {
  struct Prices {
    std::vector<double> bulk, small;
    int lines = 0;
  };
  std::map<std::string, Prices> prices;
  for (const auto& line : lines_) {
    if (!line.clean || !IsArticle(line.sku)) continue;
    Prices& sku = prices[line.sku];
    ++sku.lines;
    if (line.quantity >= 24) sku.bulk.push_back(line.unit_price);
    if (line.quantity < 12) sku.small.push_back(line.unit_price);
  }
  std::vector<double> ratios, of_some_lines, of_many_lines;
  for (const auto& [sku, sold] : prices) {
    if (sold.bulk.empty() || sold.small.empty()) continue;
    ratios.push_back(Median(sold.bulk) / Median(sold.small));
    if (sold.lines >= 19) of_some_lines.push_back(ratios.back());
    if (sold.lines >= 50) of_many_lines.push_back(ratios.back());
  }
  EXPECT_EQ(ratios.size(), 2'383u);
  EXPECT_NEAR(Median(ratios), 0.9091, 5e-5);
  EXPECT_NEAR(static_cast<double>(of_some_lines.size()), 2'159, 21.59);
  EXPECT_NEAR(Median(of_some_lines), 0.9231, 5e-5);
  EXPECT_EQ(of_many_lines.size(), 1'667u);
  EXPECT_NEAR(Median(of_many_lines), 0.9231, 5e-5);
}

TEST(WithinSlope, LooksOnlyInsideGroups) {
  // Between the groups y falls with x, within them it rises by 2.
  const std::vector<uint32_t> group = {0, 0, 0, 1, 1, 1};
  const std::vector<double> x = {1, 2, 3, 11, 12, 13}, y = {102, 104, 106, 2, 4, 6};
  const WithinSlope fit = FitWithinSlope(group, x, y).value();
  EXPECT_DOUBLE_EQ(fit.slope, 2);
  EXPECT_NEAR(fit.standard_error, 0, 1e-12);
  EXPECT_FALSE(FitWithinSlope(group, std::vector<double>{1, 1, 1, 2, 2, 2}, y).ok());
  EXPECT_FALSE(FitWithinSlope({}, {}, {}).ok());
  EXPECT_FALSE(FitWithinSlope(group, x, std::vector<double>{1}).ok());
  EXPECT_FALSE(FitWithinSlope(group, x, std::vector<double>{1, NAN, 3, 4, 5, 6}).ok());
}

TEST(Quantile, InterpolatesBetweenOrderStatistics) {
  const std::vector<double> values = {1, 2, 4, 8};
  EXPECT_EQ(Quantile(values, 0), 1);
  EXPECT_EQ(Quantile(values, 1), 8);
  EXPECT_EQ(Quantile(values, 0.5), 3);
  EXPECT_DOUBLE_EQ(Quantile(values, 0.9), 6.8);
  EXPECT_TRUE(QuantileCuts({}, 5).empty());
}

}  // namespace
}  // namespace rung::stats
