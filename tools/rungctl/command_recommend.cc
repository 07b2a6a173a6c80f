#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "rung/recommendations/v1/recommendation.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/document_file.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/tier_names.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = recommendations::v1;
using Service = pb::RecommendationService;
using Stub = Service::Stub;

Label SourceLabel(pb::RecommendationSource source) {
  switch (source) {
    case pb::RECOMMENDATION_SOURCE_BUY_AGAIN: return {"buy again", "复购"};
    case pb::RECOMMENDATION_SOURCE_BOUGHT_TOGETHER: return {"bought together", "常一起购买"};
    case pb::RECOMMENDATION_SOURCE_POPULAR: return {"popular", "热门"};
    case pb::RECOMMENDATION_SOURCE_NEW_ARRIVAL: return {"new", "新品"};
    case pb::RECOMMENDATION_SOURCE_PROMOTION: return {"promotion", "促销"};
    default: return {"", ""};
  }
}

Label KindLabel(pb::ListKind kind) {
  switch (kind) {
    case pb::LIST_KIND_PERSONAL: return {"personal", "个性化"};
    case pb::LIST_KIND_POPULAR: return {"popular: no purchase of the customer is known", "热门：尚无该客户的购买记录"};
    case pb::LIST_KIND_NO_MODEL: return {"none: nothing has been trained (rungctl recommend train)", "无：尚未训练（rungctl recommend train）"};
    case pb::LIST_KIND_NOTHING_ALLOWED: return {"none: policy and stock leave nothing", "无：策略与库存排除了全部商品"};
    default: return {"", ""};
  }
}

std::string Share(int32_t permille) { return fmt::format("{}.{} %", permille / 10, permille % 10); }
std::string Hits(int32_t milli) { return fmt::format("{:.2f}", milli / 1000.0); }

template <typename Response>
int Print(const grpc::Status& status, const Response& response, Session& session, std::string (*text)(const Response&, Session&)) {
  if (!status.ok()) return Fail(status);
  fmt::print("{}", session.options.json ? ToJson(response) : text(response, session));
  return kExitOk;
}

std::string ListText(const pb::RecommendResponse& list, Session& session) {
  const bool chinese = session.options.language == Language::kChinese;
  Table facts;
  facts.AddColumn("");
  facts.AddColumn("");
  const auto row = [&](const Label& label, std::string value) { facts.AddRow({session.In(label), std::move(value)}); };
  row({"List", "列表"}, session.In(KindLabel(list.kind())));
  if (!list.tier_code().empty()) row({"Tier", "等级"}, TierNames::Load(session).Name("", list.tier_code()));
  row({"Audience", "受众"}, list.policy_version() == 0 ? session.In({"everybody; no policy is published", "全部（未发布策略）"})
                                                       : fmt::format("{} ({} {})", list.audience(), session.In({"policy", "策略"}), list.policy_version()));
  if (list.tags_unknown()) row({"Tags", "标签"}, session.In({"can't be had now; audiences with tags were passed over", "暂不可用；已跳过按标签划分的受众"}));
  if (!list.coupon_program().empty()) row({"Coupon to claim", "可领优惠券"}, list.coupon_program());
  if (list.model_version() > 0) row({"Model", "模型"}, fmt::format("{}, {}", list.model_version(), list.model_as_of_date()));
  row({"Expected hits", "预计命中"}, Hits(list.expected_hits_milli()));
  row({"Cost of the policy", "策略代价"}, Hits(list.policy_cost_milli()));
  if (list.items().empty()) return facts.Render();
  Table items;
  items.AddColumn("#", Align::kRight);
  items.AddColumn("SKU");
  items.AddColumn(session.In({"Category", "品类"}));
  items.AddColumn(session.In({"Source", "来源"}));
  items.AddColumn(session.In({"Relevance", "相关度"}), Align::kRight);
  items.AddColumn(session.In({"Why", "理由"}));
  int place = 0;
  for (const pb::Recommendation& item : list.items()) {
    std::string source = session.In(SourceLabel(item.source()));
    if (!item.slot().empty()) source += fmt::format(" [{}]", item.slot());
    if (item.exploration()) source += session.In({" (exploring)", "（探索）"});
    items.AddRow({std::to_string(++place), item.sku(), item.category(), source, Share(item.relevance_permille()), chinese ? item.reason_zh() : item.reason_en()});
  }
  return facts.Render() + "\n" + items.Render();
}

std::string ModelText(const pb::ModelInfo& model, Session& session) {
  Table table;
  table.AddColumn("");
  table.AddColumn("", Align::kRight);
  const auto row = [&](const Label& label, std::string value) { table.AddRow({session.In(label), std::move(value)}); };
  row({"Version", "版本"}, std::to_string(model.model_version()));
  row({"As of", "截至"}, model.as_of_date());
  row({"Trained", "训练时间"}, FormatInstant(model.trained_time().seconds()));
  row({"Customers", "客户数"}, FormatCount(model.customer_count()));
  row({"SKUs", "SKU数"}, FormatCount(model.sku_count()));
  row({"Baskets", "购物篮"}, FormatCount(model.basket_count()));
  row({"Lines", "订单行"}, FormatCount(model.line_count()));
  row({"Bytes", "字节"}, FormatCount(model.byte_count()));
  row({"Training, ms", "训练耗时（毫秒）"}, FormatCount(model.training_ms()));
  return table.Render();
}

std::string ClaimText(const pb::ClaimCouponResponse& claim, Session& session) {
  const std::string until = claim.until_date().empty() ? "" : fmt::format(", {} {}", session.In({"until", "有效期至"}), claim.until_date());
  return fmt::format("{} {} ({}){}\n", session.In({"Coupon", "优惠券"}), claim.issued_coupon_id(), claim.audience(), until);
}

std::string PreviewText(const pb::PreviewPolicyResponse& preview, Session& session) {
  Table table;
  table.AddColumn(session.In({"Audience", "受众"}));
  table.AddColumn(session.In({"Customers", "客户数"}), Align::kRight);
  table.AddColumn(session.In({"Expected hits", "预计命中"}), Align::kRight);
  table.AddColumn(session.In({"Cost of the policy", "策略代价"}), Align::kRight);
  const auto row = [&](const std::string& name, const pb::AudiencePreview& audience) {
    const bool nobody = audience.customer_count() == 0;
    table.AddRow({name, FormatCount(audience.customer_count()), nobody ? "-" : Hits(audience.expected_hits_milli()), nobody ? "-" : Hits(audience.policy_cost_milli())});
  };
  for (const pb::AudiencePreview& audience : preview.audiences()) row(audience.audience(), audience);
  row(session.In({"all of the sample", "样本合计"}), preview.everybody());
  std::string text = table.Render();
  if (preview.tags_unknown()) text += session.In({"Audiences with tags were passed over.\n", "已跳过按标签划分的受众。\n"});
  return text;
}

std::string TrainText(const pb::TrainModelResponse& response, Session& session) { return ModelText(response.model(), session); }
std::string InfoText(const pb::GetModelInfoResponse& response, Session& session) { return ModelText(response.model(), session); }

std::string AvailabilityText(const pb::SetAvailabilityResponse& response, Session& session) {
  return fmt::format("{}: {}\n", session.In({"SKUs that may not be recommended now", "当前不可推荐的SKU"}), FormatCount(response.unavailable_count()));
}

std::string ConversionText(const pb::GetConversionResponse& response, Session& session) {
  if (response.rows().empty()) return session.In({"No feedback on these days.\n", "这些日期没有反馈。\n"});
  Table table;
  table.AddColumn(session.In({"Policy", "策略"}), Align::kRight);
  table.AddColumn(session.In({"Audience", "受众"}));
  table.AddColumn(session.In({"Source", "来源"}));
  for (const Label& label : {Label{"Shown", "展示"}, Label{"Clicked", "点击"}, Label{"Bought", "购买"}, Label{"Click rate", "点击率"}, Label{"Purchase rate", "购买率"},
                             Label{"Not shown", "无展示"}}) {
    table.AddColumn(session.In(label), Align::kRight);
  }
  for (const pb::Conversion& row : response.rows()) {
    table.AddRow({std::to_string(row.policy_version()), row.audience(), session.In(SourceLabel(row.source())), FormatCount(row.shown_count()),
                  FormatCount(row.clicked_count()), FormatCount(row.bought_count()), Share(row.clicked_permille()), Share(row.bought_permille()),
                  FormatCount(row.unshown_count())});
  }
  return table.Render();
}

pb::AvailabilityState StateOf(std::string_view name) {
  if (name == "available") return pb::AVAILABILITY_STATE_AVAILABLE;
  return name == "blocked" ? pb::AVAILABILITY_STATE_BLOCKED : pb::AVAILABILITY_STATE_OUT_OF_STOCK;
}

}  // namespace

int Run(const RecommendGet& command, Session& session) {
  pb::RecommendRequest request;
  request.set_customer_id(command.customer_id);
  request.set_count(command.count);
  pb::RecommendResponse response;
  return Print(session.connection.Call<Service>(&Stub::Recommend, request, &response), response, session, ListText);
}

int Run(const RecommendClaim& command, Session& session) {
  pb::ClaimCouponRequest request;
  request.set_customer_id(command.customer_id);
  pb::ClaimCouponResponse response;
  return Print(session.connection.Call<Service>(&Stub::ClaimCoupon, request, &response), response, session, ClaimText);
}

int Run(const RecommendPreview& command, Session& session) {
  pb::PreviewPolicyRequest request;
  request.set_count(command.count);
  request.set_sample_count(command.sample);
  if (!command.file.empty()) {
    if (const absl::Status read = ReadDocument(command.file, *request.mutable_policy()); !read.ok()) return FailLocally(read);
  }
  pb::PreviewPolicyResponse response;
  return Print(session.connection.Call<Service>(&Stub::PreviewPolicy, request, &response), response, session, PreviewText);
}

int Run(const RecommendTrain&, Session& session) {
  pb::TrainModelResponse response;
  return Print(session.connection.Call<Service>(&Stub::TrainModel, pb::TrainModelRequest(), &response), response, session, TrainText);
}

int Run(const RecommendModelInfo&, Session& session) {
  pb::GetModelInfoResponse response;
  return Print(session.connection.Call<Service>(&Stub::GetModelInfo, pb::GetModelInfoRequest(), &response), response, session, InfoText);
}

int Run(const RecommendAvailability& command, Session& session) {
  pb::SetAvailabilityRequest request;
  for (const std::string& sku : command.skus) {
    request.add_skus()->set_sku(sku);
    request.mutable_skus()->rbegin()->set_state(StateOf(command.state));
  }
  request.set_author(AuthorOr(command.author));
  request.set_reason(command.reason);
  pb::SetAvailabilityResponse response;
  return Print(session.connection.Call<Service>(&Stub::SetAvailability, request, &response), response, session, AvailabilityText);
}

int Run(const RecommendConversion& command, Session& session) {
  pb::GetConversionRequest request;
  request.set_from_date(command.from_date);
  request.set_to_date(command.to_date);
  pb::GetConversionResponse response;
  return Print(session.connection.Call<Service>(&Stub::GetConversion, request, &response), response, session, ConversionText);
}

}  // namespace rung::ctl
