#include "libs/path/sentences.h"

#include <set>

#include <fmt/format.h>

#include "libs/explanation/sentences.h"

namespace rung::path {
namespace {

using explanation::Money;
using explanation::Points;
using explanation::Style;
using explanation::Text;
using explanation::TierName;

constexpr size_t kShownNames = 5;

std::string ListOf(const std::vector<std::string>& names, std::string_view separator) {
  std::string list;
  for (size_t i = 0; i < std::min(names.size(), kShownNames); ++i) {
    if (i > 0) list += separator;
    list += names[i];
  }
  return names.size() > kShownNames ? list + "…" : list;
}

void Append(const Text& part, Text& list) {
  if (part.en.empty()) return;
  if (!list.en.empty()) {
    list.en += "; ";
    list.zh += "；";
  }
  list.en += part.en;
  list.zh += part.zh;
}

class PlanDescriber {
 public:
  PlanDescriber(const Plan& plan, const Path& path, const Style& style) : plan_(plan), path_(path), style_(style) {}

  // "one order today of CNY 12,300.00, in the usual categories; 3 new categories (a, b, c)"
  Text Doing() const {
    Text text;
    Append(Ordering(), text);
    Append(Categories(), text);
    if (const int n = plan_.actions.reviews; n > 0) {
      Append({fmt::format("review {} of the latest orders", n), fmt::format("评价最近{}个订单", n)}, text);
    }
    if (const int n = plan_.actions.sessions; n > 0) {
      Append({fmt::format("use the app {} more {}", n, n == 1 ? "time" : "times"), fmt::format("多使用App{}次", n)}, text);
    }
    if (const int n = plan_.actions.payments; n > 0) {
      Append({fmt::format("pay {} open bill{} today ({})", n, n == 1 ? "" : "s", ListOf(plan_.pay_invoices, ", ")),
              fmt::format("今天支付{}张未付账单（{}）", n, ListOf(plan_.pay_invoices, "、"))}, text);
    }
    return text;
  }

 private:
  Text Ordering() const {
    const Actions& actions = plan_.actions;
    const std::string date = FormatDay(path_.question.date);
    const Text money = Money(actions.spend, style_);
    if (actions.orders == 1 && plan_.lever == Lever::kOrders) {
      return {fmt::format("one order of the usual size today, {}", money.en), fmt::format("今天多下一个平时大小的订单，金额{}", money.zh)};
    }
    if (actions.orders == 1) {
      return {fmt::format("one order today of {}, in the usual categories", money.en), fmt::format("今天按常购品类下一单，金额{}", money.zh)};
    }
    if (actions.orders > 1) {
      const Text each = Money(actions.spend / actions.orders, style_);
      return {fmt::format("{} more orders until {} of about {} each, {} in all", actions.orders, date, each.en, money.en),
              fmt::format("{}前多下{}单，每单约{}，共{}", date, actions.orders, each.zh, money.zh)};
    }
    if (actions.spend == 0) return {};
    int usual = 0;
    for (const PlannedOrder& order : plan_.orders) usual += order.usual ? 1 : 0;
    const auto count = static_cast<int64_t>(plan_.orders.size());
    const Text each = Money(actions.spend / std::max<int64_t>(count, 1), style_);
    if (usual == 0) {
      return {fmt::format("{} over {} orders at the usual rhythm until {}, about {} each", money.en, count, date, each.en),
              fmt::format("{}前按平时节奏下{}单，共{}，每单约{}", date, count, money.zh, each.zh)};
    }
    return {fmt::format("{} more over the {} usual orders until {}, about {} on each", money.en, count, date, each.en),
            fmt::format("{}前的{}个常规订单共增加{}，每单约增加{}", date, count, money.zh, each.zh)};
  }

  Text Categories() const {
    Text text;
    const auto named = [&](int count, const char* en, const char* zh) {
      if (count > 0) Append({fmt::format(fmt::runtime(en), count, count == 1 ? "y" : "ies"), fmt::format(fmt::runtime(zh), count)}, text);
    };
    named(plan_.actions.new_categories, "buy {} new categor{}", "新购{}个品类");
    named(plan_.actions.repeat_categories, "buy {} categor{} again, bought once so far", "复购{}个只买过一次的品类");
    if (text.en.empty()) return text;
    const std::vector<std::string> names = FurtherCategories();
    const Text money = Money(plan_.spend - plan_.actions.spend, style_);
    text.en += fmt::format(" ({}), {}", ListOf(names, ", "), money.en);
    text.zh += fmt::format("（{}），共{}", ListOf(names, "、"), money.zh);
    return text;
  }

  // The lines behind the usual ones: what the actions added.
  std::vector<std::string> FurtherCategories() const {
    std::vector<std::string> names;
    std::set<std::string> seen;
    const int most = plan_.actions.new_categories + plan_.actions.repeat_categories;
    for (const PlannedOrder& order : plan_.orders) {
      const size_t further = std::min<size_t>(order.lines.size(), most);
      for (size_t i = order.lines.size() - further; i < order.lines.size(); ++i) {
        if (seen.insert(order.lines[i].category).second) names.push_back(order.lines[i].category);
      }
    }
    names.resize(std::min<size_t>(names.size(), most));
    return names;
  }

  const Plan& plan_;
  const Path& path_;
  const Style& style_;
};

Text LeverName(Lever lever) {
  switch (lever) {
    case Lever::kSpendOnce:
      return {"One order today", "今天下一单"};
    case Lever::kSpendSpread:
      return {"More on each usual order", "每个常规订单多买"};
    case Lever::kOrders:
      return {"More orders of the usual size", "增加订单数"};
    case Lever::kNewCategories:
      return {"New categories", "新购品类"};
    case Lever::kRepeatCategories:
      return {"Buying categories again", "复购品类"};
    case Lever::kReviews:
      return {"Reviews", "评价"};
    case Lever::kSessions:
      return {"Using the app", "使用App"};
    case Lever::kPayments:
      return {"Paying open bills", "支付账单"};
    case Lever::kMix:
      return {"All together", "组合"};
  }
  return {};
}

Text NotAsUsual(Rhythm rhythm, const Path& path) {
  switch (rhythm) {
    case Rhythm::kKept:
      return {};
    case Rhythm::kNone:
      return {"The customer hasn't ordered within a year: no usual orders are assumed.", "该客户近一年没有订单：不假设平时订单。"};
    case Rhythm::kUnknown:
      return {"The customer has ordered on one day only within a year: no usual orders are assumed.", "该客户近一年只在一天下过单：不假设平时订单。"};
    case Rhythm::kBroken: {
      const std::string day = FormatDay(path.last_order);
      return {fmt::format("The last order was on {}, though there are usually {} days between orders: no usual orders are assumed.", day, path.gap_days),
              fmt::format("最近一单在{}，而平时间隔{}天：不假设平时订单。", day, path.gap_days)};
    }
  }
  return {};
}

std::string Capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

}  // namespace

Text DescribePlan(const Plan& plan, const Path& path, const scoring::Model& model, const Style& style) {
  const Text doing = PlanDescriber(plan, path, style).Doing();
  if (plan.reached) {
    return {fmt::format("{}. Reached as of {}.", Capital(doing.en), FormatDay(plan.day)),
            fmt::format("{}。截至{}达到。", doing.zh, FormatDay(plan.day))};
  }
  const Text lever = LeverName(plan.lever), tier = TierName(model.tiers[plan.outcome.tier]);
  const std::string points = Points(plan.outcome.score, style);
  if (doing.en.empty()) {
    return {fmt::format("{}: nothing that was tried comes closer than doing as usual, {} points: {}.", lever.en, points, tier.en),
            fmt::format("{}：尝试过的方案都不比照常更接近，为{}分，等级{}。", lever.zh, points, tier.zh)};
  }
  return {fmt::format("{} isn't enough. The closest that was tried ({}) leads to {} points: {}.", lever.en, doing.en, points, tier.en),
          fmt::format("{}不够。试过的最接近方案（{}）为{}分，等级{}。", lever.zh, doing.zh, points, tier.zh)};
}

std::vector<Text> DescribePath(const Path& path, const scoring::Model& model, const Style& style) {
  std::vector<Text> out;
  const Question& question = path.question;
  const Text target = TierName(model.tiers[question.target]);
  const std::string date = FormatDay(question.date);
  if (path.by_itself && *path.by_itself == question.today && !question.hold) {
    return {{fmt::format("{} is reached already.", target.en), fmt::format("已达到{}。", target.zh)}};
  }
  if (question.Blocked() && !path.by_itself) {
    if (question.held->frozen) {
      return {{fmt::format("Upgrades are frozen because of an abuse case; nothing that the customer does reaches {} before it ends.", target.en),
               fmt::format("因异常行为案件，升级已冻结；结案前任何行动都达不到{}。", target.zh)}};
    }
    const std::string first = FormatDay(question.held->until);
    return {{fmt::format("The tier is set by hand: nothing that the customer does reaches {} before {}.", target.en, first),
             fmt::format("等级由人工设定：{}之前任何行动都达不到{}。", first, target.zh)}};
  }
  if (path.not_as_usual) out.push_back(NotAsUsual(*path.not_as_usual, path));
  if (question.held && !path.by_itself) {
    out.push_back({fmt::format("The tier is set by hand; from {} on it counts what the customer does.", FormatDay(question.held->until)),
                   fmt::format("等级由人工设定，{}起客户的行动才起作用。", FormatDay(question.held->until))});
  }
  if (path.by_itself) {
    const std::string day = FormatDay(*path.by_itself);
    const Text assumed = !path.usual.empty() ? Text{" with the usual orders", "，按平时下单"} : Text{" without any order", "，无需再下单"};
    const Text verb = question.hold ? Text{"kept", "可保住"} : Text{"reached", "可达到"};
    out.push_back({fmt::format("{} is {} as of {}{}; nothing more is needed.", target.en, verb.en, day, assumed.en),
                   fmt::format("截至{}{}{}{}，不需要额外行动。", day, verb.zh, target.zh, assumed.zh)});
    return out;
  }
  if (path.margin_unknown) {
    out.push_back({"The costs of the customer's orders aren't known: plans can't raise its margin, and what needs margin stays out of reach.",
                   "该客户的订单没有成本数据：方案无法提高毛利，依赖毛利的条件无法达到。"});
  }
  const Text without = TierName(model.tiers[path.at_date.tier]);
  const std::string points = Points(path.at_date.score, style);
  if (!path.usual.empty()) {
    const Text money = Money(path.UsualAmount(), style);
    out.push_back({fmt::format("With the {} usual orders until {} ({} in all) it would be {} points: {}.", path.usual.size(), date,
                               money.en, points, without.en),
                   fmt::format("{}前按平时下{}单（共{}），届时{}分，等级{}。", date, path.usual.size(), money.zh, points, without.zh)});
  } else {
    out.push_back({fmt::format("Without any further order it would be {} points as of {}: {}.", points, date, without.en),
                   fmt::format("不再下单，截至{}为{}分，等级{}。", date, points, without.zh)});
  }
  if (path.SingleLeverReaches()) {
    out.push_back({fmt::format("Each of these alone is enough for {}:", target.en), fmt::format("以下任一项单独即可达到{}：", target.zh)});
  } else if (path.mix && path.mix->reached) {
    out.push_back({fmt::format("No single lever is enough for {}; only together do they reach it.", target.en),
                   fmt::format("任何单项都不足以达到{}，需要组合。", target.zh)});
  } else {
    out.push_back({fmt::format("{} isn't reached, neither by a single lever nor by all together, within what was tried.", target.en),
                   fmt::format("在所尝试的范围内，单项或组合都达不到{}。", target.zh)});
  }
  return out;
}

}  // namespace rung::path
