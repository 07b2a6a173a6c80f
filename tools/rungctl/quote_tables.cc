#include "tools/rungctl/quote_tables.h"

#include <fmt/format.h>

#include "tools/rungctl/display_width.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

using Texts = google::protobuf::Map<std::string, std::string>;

std::string TextIn(const Texts& texts, Language language) {
  const auto found = texts.find(language == Language::kChinese ? "zh" : "en");
  return found == texts.end() ? std::string() : Printable(found->second);
}

std::string Quantity(int64_t milli) {
  if (milli % 1'000 == 0) return FormatCount(milli / 1'000);
  return FormatNumber(static_cast<double>(milli) / 1'000);
}

Label VerdictName(prc::Verdict verdict) {
  switch (verdict) {
    case prc::VERDICT_APPLIED:
      return {"applied", "已采用"};
    case prc::VERDICT_BEATEN:
      return {"beaten", "有更优"};
    case prc::VERDICT_NO_GAIN:
      return {"no gain", "无优惠"};
    case prc::VERDICT_NOT_STACKED:
      return {"not stacked", "不参与叠加"};
    case prc::VERDICT_BELOW_MINIMUM:
      return {"below minimum", "未达数量"};
    case prc::VERDICT_TIER_UNKNOWN:
      return {"tier unknown", "等级未知"};
    case prc::VERDICT_TIER_HAS_NO_RATE:
      return {"no rate", "等级无折扣"};
    case prc::VERDICT_OTHER_TIER:
      return {"other tier", "其他等级"};
    case prc::VERDICT_NOT_YET:
      return {"not yet", "未开始"};
    case prc::VERDICT_ENDED:
      return {"ended", "已结束"};
    case prc::VERDICT_OTHER_CUSTOMERS:
      return {"other customers", "其他客户"};
    case prc::VERDICT_OVERRIDDEN:
      return {"overridden", "被取代"};
    case prc::VERDICT_NOT_QUOTED:
      return {"not quoted", "报价时未采用"};
    default:
      return {"?", "?"};
  }
}

Label RefusalName(const std::string& reason) {
  if (reason == "SKU_UNKNOWN") return {"no such SKU", "无此商品"};
  if (reason == "SKU_NOT_ON_SALE") return {"not for sale here today", "今日本地不售"};
  if (reason == "UNIT_MISMATCH") return {"another unit than the book's", "单位不符"};
  if (reason == "CURRENCY_MISMATCH") return {"another currency", "币种不符"};
  if (reason == "QUANTITY_NOT_POSITIVE") return {"the quantity isn't above 0", "数量须大于 0"};
  if (reason == "FRACTION_OF_A_PIECE") return {"a fraction of a piece", "件数须为整数"};
  if (reason == "AMOUNT_TOO_LARGE") return {"the amount is too large", "金额过大"};
  return {reason, reason};
}

// What the row's rule says: its sentence, else its name and verdict.
std::string Said(const prc::Candidate& candidate, Language language) {
  const std::string text = TextIn(candidate.explanations(), language);
  return text.empty() ? fmt::format("{}: {}", Printable(candidate.rule_id()), VerdictName(candidate.verdict()).in(language)) : text;
}

// A sentence that says a coupon's name leaves out which one it is.
std::string CouponSaid(const prc::QuotedCoupon& coupon, Language language) {
  const std::string id = Printable(coupon.coupon_id()), text = TextIn(coupon.explanations(), language);
  return text.find(id) != std::string::npos ? text : id + ": " + text;
}

void AddLine(const prc::QuotedLine& line, const std::string& currency, Language language, Table& table) {
  std::vector<std::string> rules;
  for (const prc::Candidate& candidate : line.candidates()) rules.push_back(Said(candidate, language));
  const std::string whole = TextIn(line.explanations(), language);
  for (size_t from = 0; from < whole.size();) {
    const size_t end = std::min(whole.find('\n', from), whole.size());
    rules.push_back(whole.substr(from, end - from));
    from = end + 1;
  }
  if (rules.empty()) rules.emplace_back();
  const int64_t off = line.list_fen() - line.amount_fen();
  table.AddRow({std::to_string(line.index() + 1), line.sku(), Quantity(line.quantity_milli()), FormatMoney(line.list_fen(), currency),
                off == 0 ? "" : FormatMoney(-off, ""), FormatMoney(line.amount_fen(), currency), rules[0]});
  for (size_t i = 1; i < rules.size(); ++i) table.AddRow({"", "", "", "", "", "", rules[i]});
}

}  // namespace

std::string BasketTable(const prc::PricedBasket& basket, Language language) {
  const std::string& currency = basket.currency_code();
  Table table;
  table.AddColumn("#", Align::kRight);
  table.AddColumn("SKU");
  table.AddColumn(Label{"Quantity", "数量"}.in(language), Align::kRight);
  table.AddColumn(Label{"List", "原价"}.in(language), Align::kRight);
  table.AddColumn(Label{"Off", "优惠"}.in(language), Align::kRight);
  table.AddColumn(Label{"Pays", "应付"}.in(language), Align::kRight);
  table.AddColumn(Label{"Why", "说明"}.in(language));
  for (const prc::QuotedLine& line : basket.lines()) AddLine(line, currency, language, table);
  for (const prc::RefusedLine& line : basket.refused_lines()) {
    table.AddRow({std::to_string(line.index() + 1), line.sku(), "", "", "", Label{"refused", "拒绝"}.in(language),
                  fmt::format("{} ({})", RefusalName(line.reason()).in(language), line.reason())});
  }
  const auto sum = [&](const Label& label, int64_t amount, const std::string& why) {
    table.AddRow({"", label.in(language), "", "", "", FormatMoney(amount, currency), why});
  };
  if (basket.goods_list_fen() != basket.goods_before_coupons_fen()) sum({"goods at list", "商品原价"}, basket.goods_list_fen(), "");
  sum({"goods", "商品"}, basket.goods_before_coupons_fen(), "");
  for (const prc::QuotedCoupon& coupon : basket.coupons()) sum({"coupon", "优惠券"}, -coupon.given_fen(), CouponSaid(coupon, language));
  sum({"delivery", "配送费"}, basket.delivery_fee_fen(), TextIn(basket.delivery_explanations(), language));
  sum({"total", "合计"}, basket.total_fen(), "");
  std::string text = table.Render();
  for (const prc::UnavailableBenefit& benefit : basket.unavailable_benefits()) {
    text += fmt::format("{}: {}\n", Printable(benefit.benefit_id()), TextIn(benefit.explanations(), language));
  }
  if (basket.degraded()) {
    const bool limits = basket.degraded_reason() == "BENEFITS_UNREACHABLE";
    const Label why = limits ? Label{"Quoted without coupons and limited benefits: {}\n", "未能核对优惠券与限额权益，报价不含：{}\n"}
                             : Label{"Quoted without the customer's tier: {}\n", "未能取得会员等级，按原价报价：{}\n"};
    text += fmt::format(fmt::runtime(why.in(language)), Printable(basket.degraded_reason()));
  }
  return text;
}

std::string VersionsLine(const prc::Versions& versions, Language language) {
  return fmt::format(fmt::runtime(Label{"price book {} v{}, policy {} v{}, plan {} v{}", "价目表 {} v{}，策略 {} v{}，权益方案 {} v{}"}.in(language)), Printable(versions.price_book_id()),
                     versions.price_book_version(), Printable(versions.price_policy_id()), versions.price_policy_version(), Printable(versions.benefit_plan_id()),
                     versions.benefit_plan_version());
}

std::string DifferenceLines(const prc::SettleQuoteResponse& settlement, Language language) {
  std::string text;
  for (const auto& difference : settlement.differences()) {
    text += fmt::format(fmt::runtime(Label{"line {}: {} quoted, {} billed\n", "第 {} 行：报价 {}，结算 {}\n"}.in(language)), difference.index() + 1,
                        FormatMoney(difference.quoted_fen(), ""), FormatMoney(difference.billed_fen(), ""));
    const auto found = difference.explanations().find(language == Language::kChinese ? "zh" : "en");
    if (found == difference.explanations().end()) continue;
    for (size_t from = 0; from < found->second.size();) {
      const size_t end = std::min(found->second.find('\n', from), found->second.size());
      text += "  " + Printable(found->second.substr(from, end - from)) + "\n";
      from = end + 1;
    }
  }
  return text;
}

std::string PriceListTable(const std::vector<prc::ListPricesResponse::Entry>& entries, const std::string& currency, Language language) {
  Table table;
  table.AddColumn("SKU");
  table.AddColumn(Label{"List", "原价"}.in(language), Align::kRight);
  table.AddColumn(Label{"Price", "会员价"}.in(language), Align::kRight);
  table.AddColumn(Label{"Why", "说明"}.in(language));
  for (const auto& entry : entries) {
    table.AddRow({entry.sku(), FormatMoney(entry.list_fen(), currency), FormatMoney(entry.price_fen(), currency), TextIn(entry.explanations(), language)});
  }
  return table.Render();
}

}  // namespace rung::ctl
