#include <fmt/format.h>

#include "rung/pricing/v1/quote.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/quote_tables.h"

namespace rung::ctl {

// A stream isn't repeated when it breaks off: half a list would be shown twice.
int Run(const PriceList& command, Session& session) {
  prc::ListPricesRequest request;
  request.set_customer_id(command.customer_id);
  for (const std::string& sku : command.skus) request.add_skus(sku);
  request.set_category(command.category);
  request.set_region(command.region);
  request.set_price_book_id(command.book_id);
  request.set_fail_closed(command.fail_closed);
  request.add_languages(session.options.language == Language::kChinese ? "zh" : "en");
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + session.connection.timeout());
  const auto stub = prc::PricingService::NewStub(session.connection.channel());
  const auto reader = stub->ListPrices(&context, request);
  prc::ListPricesResponse all, message;
  while (reader->Read(&message)) all.MergeFrom(message);
  if (const grpc::Status status = reader->Finish(); !status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(all));
    return kExitOk;
  }
  const std::string tier = all.tier_code().empty() ? session.In({"no tier", "无等级"}) : Printable(all.tier_code());
  fmt::print("{} · {} · {}\n", Printable(command.customer_id), tier, VersionsLine(all.versions(), session.options.language));
  fmt::print("{}", PriceListTable({all.entries().begin(), all.entries().end()}, all.currency_code(), session.options.language));
  if (all.degraded()) fmt::print("{}\n", session.In({"Listed without what couldn't be had in time: the tier, or what is left of limited benefits", "未能及时取得会员等级或限额权益的余量，列出的价格不含"}));
  return kExitOk;
}

}  // namespace rung::ctl
