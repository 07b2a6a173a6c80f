#include <fstream>

#include <fmt/format.h>

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/importer/csv_reader.h"
#include "libs/importer/decimal.h"
#include "rung/pricing/v1/quote.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/document_file.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/quote_tables.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

using Stub = prc::PricingService::Stub;

std::string LanguageCode(const Session& session) { return session.options.language == Language::kChinese ? "zh" : "en"; }

// "2.5" -> 2,500 thousandths, "8.00" -> 800 fen.
absl::StatusOr<int64_t> Units(std::string_view text, int digits, std::string_view what) {
  const auto decimal = importer::ParseDecimal(text);
  const auto units = decimal ? importer::ExactUnits(*decimal, digits) : std::nullopt;
  if (!units) return InvalidArgumentError("{}: \"{}\" {}", what, Shorten(text, 40), importer::ExplainNoUnits(text, digits));
  return *units;
}

absl::Status AddLine(std::string_view sku, std::string_view quantity, prc::QuoteRequest& request) {
  prc::BasketLine& line = *request.add_lines();
  line.set_sku(std::string(sku));
  RUNG_ASSIGN_OR_RETURN(const int64_t milli, Units(quantity, 3, "quantity"));
  line.set_quantity_milli(milli);
  return absl::OkStatus();
}

absl::Status ReadItems(const PriceQuote& command, prc::QuoteRequest& request) {
  for (const std::string& item : command.items) {
    const size_t equals = item.rfind('=');
    if (equals == std::string::npos || equals == 0) return InvalidArgumentError("\"{}\" must be SKU=QUANTITY", Shorten(item, 80));
    RUNG_RETURN_IF_ERROR(AddLine(std::string_view(item).substr(0, equals), std::string_view(item).substr(equals + 1), request));
  }
  if (command.basket_file.empty()) return absl::OkStatus();
  RUNG_ASSIGN_OR_RETURN(importer::CsvReader reader, importer::CsvReader::Open(command.basket_file));
  importer::CsvRow row;
  bool first = true;
  while (true) {
    RUNG_ASSIGN_OR_RETURN(const bool more, reader.Next(row));
    if (!more) break;
    const bool fits = !row.broken() && row.size() == 2;
    if (!fits) return InvalidArgumentError("{}:{}: a row has two cells, sku and quantity", command.basket_file, row.line());
    if (std::exchange(first, false) && row.field(0) == "sku") continue;
    if (const absl::Status status = AddLine(row.field(0), row.field(1), request); !status.ok()) {
      return InvalidArgumentError("{}:{}: {}", command.basket_file, row.line(), Message(status));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<prc::QuoteRequest> RequestOf(const PriceQuote& command, const Session& session) {
  prc::QuoteRequest request;
  request.set_customer_id(command.customer_id);
  RUNG_RETURN_IF_ERROR(ReadItems(command, request));
  for (const std::string& coupon : command.coupon_ids) request.add_coupon_ids(coupon);
  if (!command.delivery_fee.empty()) {
    RUNG_ASSIGN_OR_RETURN(const int64_t fee, Units(command.delivery_fee, 2, "amount"));
    request.set_delivery_fee_fen(fee);
  }
  request.set_region(command.region);
  request.set_price_book_id(command.book_id);
  request.set_partial(command.partial);
  request.set_with_trace(command.trace);
  request.set_fail_closed(command.fail_closed);
  request.set_sign(!command.sign_file.empty());
  request.add_languages(LanguageCode(session));
  return request;
}

absl::Status Keep(const prc::SignedQuote& quote, const std::string& path) {
  std::ofstream file(path, std::ios::trunc);
  file << ToJson(quote);
  file.close();
  return file ? absl::OkStatus() : InvalidArgumentError("{}: can't be written", path);
}

void Print(const prc::QuoteResponse& quote, const std::string& customer, const Session& session) {
  const std::string tier = quote.tier_code().empty() ? session.In({"no tier", "无等级"}) : Printable(quote.tier_code());
  fmt::print("{} · {} · {}\n{}", Printable(customer), tier, VersionsLine(quote.versions(), session.options.language), BasketTable(quote.basket(), session.options.language));
  const auto hint = quote.incentive().texts().find(LanguageCode(session));
  if (hint != quote.incentive().texts().end()) fmt::print("{}\n", Printable(hint->second));
}

std::string Instant(const google::protobuf::Timestamp& time) { return FormatInstant(time.seconds()); }

}  // namespace

int Run(const PriceQuote& command, Session& session) {
  const auto request = RequestOf(command, session);
  if (!request.ok()) return FailLocally(request.status());
  prc::QuoteResponse response;
  const grpc::Status status = session.connection.Call<prc::PricingService>(&Stub::Quote, *request, &response);
  if (!status.ok()) return Fail(status);
  if (command.sign_file == "-") {
    fmt::print("{}", ToJson(response.signed_quote()));
    return kExitOk;
  }
  if (!command.sign_file.empty()) {
    if (const absl::Status kept = Keep(response.signed_quote(), command.sign_file); !kept.ok()) return FailLocally(kept);
  }
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
  } else {
    Print(response, command.customer_id, session);
  }
  return kExitOk;
}

int Run(const PriceVerify& command, Session& session) {
  prc::VerifyQuoteRequest request;
  if (const absl::Status status = ReadDocument(command.file, *request.mutable_signed_quote()); !status.ok()) return FailLocally(status);
  request.set_order_id(command.order_id);
  prc::VerifyQuoteResponse response;
  const grpc::Status status = session.connection.Call<prc::PricingService>(&Stub::VerifyQuote, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  const prc::QuoteTicket& ticket = response.ticket();
  fmt::print("{}: {} · {} · {}\n", Printable(command.order_id), Printable(ticket.quote_id()), Printable(ticket.customer_id()), FormatMoney(ticket.total_fen(), ticket.currency_code()));
  fmt::print("{} {} – {}\n", session.In({"holds", "有效期"}), Instant(ticket.issued_time()), Instant(ticket.expire_time()));
  for (const std::string& id : response.reservation_ids()) fmt::print("{}: {}\n", session.In({"reserved", "已预留"}), Printable(id));
  return kExitOk;
}

int Run(const PriceSettle& command, Session& session) {
  prc::SettleQuoteRequest request;
  if (const absl::Status status = ReadDocument(command.file, *request.mutable_signed_quote()); !status.ok()) return FailLocally(status);
  for (const std::string& quantity : command.quantities) {
    const auto milli = Units(quantity, 3, "quantity");
    if (!milli.ok()) return FailLocally(milli.status());
    request.add_actual_quantities_milli(*milli);
  }
  for (const int32_t line : command.refused_lines) {
    if (static_cast<size_t>(line) > command.quantities.size()) {
      return FailLocally(InvalidArgumentError("--refused {}: {} quantities are given, one for each line of the quote, and lines count from 1", line, command.quantities.size()));
    }
    request.add_refused_lines(line - 1);  // which count from 0 there
  }
  request.set_with_trace(command.trace);
  request.add_languages(LanguageCode(session));
  prc::SettleQuoteResponse response;
  const grpc::Status status = session.connection.Call<prc::PricingService>(&Stub::SettleQuote, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  fmt::print("{}{}", BasketTable(response.bill(), session.options.language), DifferenceLines(response, session.options.language));
  fmt::print("{}: {}\n", session.In({"quoted", "报价合计"}), FormatMoney(response.quoted_total_fen(), response.bill().currency_code()));
  if (response.by_known_tier()) fmt::print("{}\n", session.In({"Billed by the tier that became known since the quote: it is cheaper", "按报价后确认的会员等级结算，价格更低"}));
  return kExitOk;
}

}  // namespace rung::ctl
