// A price book of 100,000 SKUs through its whole life, with what it takes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "libs/base/clock.h"
#include "tests/support/checkout.h"
#include "tests/support/eventually.h"

namespace rung::testing {
namespace {

constexpr int kSkus = 100'000;

prc::PriceBook LargeBook() {
  prc::PriceBook book;
  book.set_book_id("default");
  book.set_currency_code("CNY");
  for (int i = 0; i < kSkus; ++i) {
    prc::Item& item = *book.add_items();
    item.set_sku(fmt::format("sku-{:06}", i));
    (*item.mutable_names())["zh"] = fmt::format("第{}号商品", i);
    (*item.mutable_names())["en"] = fmt::format("Product number {}", i);
    item.set_category(fmt::format("c{}/s{}", i % 12, i % 60));
    item.set_unit(i % 3 == 0 ? prc::UNIT_KILOGRAM : prc::UNIT_PIECE);
    for (const char* region : {"", "north", "south"}) {
      prc::Price& price = *item.add_prices();
      price.set_region(region);
      price.set_list_price_fen(1'000 + i % 9'000);
      if (*region == '\0') price.set_cost_fen(700 + i % 5'000);
    }
  }
  return book;
}

int64_t PeakMegabytes(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) / 1024;
  }
  return 0;
}

TEST(PriceBookSize, AHundredThousandSkusPassThroughDraftValidationDiffPublicationAndReload) {
  Installation installation;
  MakeCustomer(installation, "c-gold", "gold");
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  const CheckoutClient client(grpc::CreateCustomChannel(installation.address(), grpc::InsecureChannelCredentials(), arguments));
  client.Publish(KuaiLvPlan());
  client.Publish(BestPrice());
  prc::PriceBook book = LargeBook();
  fmt::print("book\t{:.1f} MB\n", static_cast<double>(book.ByteSizeLong()) / 1e6);
  const auto timed = [](const char* what, const auto& step) {
    const int64_t start = MonotonicMicros();
    step();
    fmt::print("{}\t{:.2f} s\n", what, static_cast<double>(MonotonicMicros() - start) / 1e6);
  };
  timed("validate", [&] { EXPECT_TRUE(client.Validate(book)->publishable()); });
  std::string etag;
  timed("draft save", [&] {
    const auto saved = client.Save(book);
    ASSERT_TRUE(saved.ok()) << saved.status.error_message();
    etag = saved->draft().etag();
  });
  const auto publish = [&](const std::string& request_id) {
    auto request = ConfigClient::PublishRequest("default", etag, request_id);
    request.set_kind("price-book");
    const auto published = client.config().Call(&ConfigClient::Stub::PublishDraft, request);
    ASSERT_TRUE(published.ok()) << published.status.error_message();
  };
  timed("publish", [&] { publish("first"); });
  EXPECT_EQ(client.Quote(BasketOf("c-gold", {{"sku-099999", 1'000}}))->versions().price_book_version(), 1) << "in force at once";

  for (int i = 0; i < 100; ++i) book.mutable_items(i * 1'000)->mutable_prices(0)->set_list_price_fen(5);
  etag.clear();
  timed("draft save, 100 prices changed", [&] {
    const auto saved = client.Save(book);
    ASSERT_TRUE(saved.ok()) << saved.status.error_message();
    etag = saved->draft().etag();
  });
  timed("diff", [&] {
    cfg::DiffRequest request;
    request.set_kind("price-book");
    request.set_document_id("default");
    const auto diff = client.config().Call(&ConfigClient::Stub::Diff, request);
    ASSERT_TRUE(diff.ok()) << diff.status.error_message();
    EXPECT_EQ(diff->changes_size(), 100);
    EXPECT_EQ(diff->changes(0).field(), "items[sku-000000].prices[0].list_price_fen");
  });
  timed("publish again", [&] { publish("second"); });
  EXPECT_EQ(client.Quote(BasketOf("c-gold", {{"sku-099000", 1'000}}))->versions().price_book_version(), 2);
  fmt::print("peak memory\t{} MB\n", PeakMegabytes(installation.suite_pid()));
  ASSERT_TRUE(installation.StopSuite());
  timed("start with it", [&] { installation.StartSuite(); });
  EXPECT_EQ(client.Quote(BasketOf("c-gold", {{"sku-099000", 1'000}}))->versions().price_book_version(), 2);
  prc::ListPricesRequest list;
  list.set_customer_id("c-gold");
  timed("price list of all", [&] {
    int entries = 0;
    for (const auto& message : client.List(list)) entries += message.entries_size();
    EXPECT_EQ(entries, kSkus);
  });
}

}  // namespace
}  // namespace rung::testing
