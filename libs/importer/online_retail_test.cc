// The importer on real orders: deploy/data/online_retail. The totals were computed independently; see the README there.
#include <gtest/gtest.h>

#include "libs/importer/importer.h"

namespace rung::importer {
namespace {

ImportOptions OnlineRetail(const BusinessZone& zone) {
  ImportOptions options;
  options.mapping = *ParseMapping(
      "order_id=invoice_no,order_time=invoice_ts,customer_id=customer_id,sku=stock_code,quantity=quantity,"
      "unit_price=unit_price");
  options.zone = &zone;
  options.cancellation_prefix = "C";
  return options;
}

ImportReport Import(const ImportOptions& options, features::Fen& amount_sum) {
  return ImportOrderLines(RUNG_SOURCE_DIR "/deploy/data/online_retail/lines.csv.gz", options,
                          [&](features::Event event) {
                            for (const auto& line : std::get<features::Order>(event.fact).lines) amount_sum += line.amount;
                            return absl::OkStatus();
                          })
      .value();
}

TEST(OnlineRetail, MatchesThePublishedTotals) {
  const BusinessZone london = *BusinessZone::Load("Europe/London");
  features::Fen amount_sum = 0;
  const ImportReport report = Import(OnlineRetail(london), amount_sum);
  EXPECT_EQ(report.lines_read, 541'909);
  EXPECT_EQ(report.clean_lines, 397'884);
  EXPECT_EQ(report.customer_count, 4'338);
  EXPECT_EQ(report.order_count, 18'532);
  EXPECT_EQ(report.revenue, 891'140'790);
  EXPECT_EQ(amount_sum, report.revenue);
  EXPECT_EQ(report.duplicate_lines, 5'268);
  EXPECT_EQ(report.of(Reason::kUnknownCustomer).count, 135'080);
  EXPECT_EQ(report.of(Reason::kCancellation).count, 8'905);
  EXPECT_EQ(report.of(Reason::kPriceNotPositive).count, 40);
  EXPECT_EQ(report.clean_lines + report.dropped_count(), report.lines_read);
}

TEST(OnlineRetail, MatchesTheTotalsWithoutDuplicates) {
  const BusinessZone london = *BusinessZone::Load("Europe/London");
  ImportOptions options = OnlineRetail(london);
  options.drop_duplicates = true;
  features::Fen amount_sum = 0;
  const ImportReport report = Import(options, amount_sum);
  EXPECT_EQ(report.clean_lines, 392'692);
  EXPECT_EQ(report.customer_count, 4'338);
  EXPECT_EQ(report.order_count, 18'532);
  EXPECT_EQ(report.revenue, 888'720'889);
}

}  // namespace
}  // namespace rung::importer
