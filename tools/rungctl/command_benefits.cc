#include <fmt/format.h>

#include "rung/benefits/v1/benefit.grpc.pb.h"
#include "tools/rungctl/config_calls.h"
#include "tools/rungctl/config_kinds.h"
#include "tools/rungctl/display_width.h"
#include "tools/rungctl/document_file.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = benefits::v1;
using Stub = pb::BenefitService::Stub;

constexpr char kPlanKind[] = "benefit-plan";

std::string TextIn(const google::protobuf::Map<std::string, std::string>& texts, const Session& session) {
  const auto found = texts.find(session.options.language == Language::kChinese ? "zh" : "en");
  return found == texts.end() ? "" : found->second;
}

std::string RemainingOf(const pb::Remaining& remaining, const Session& session) {
  std::string text;
  if (remaining.has_uses()) text = fmt::format("{} {}", FormatCount(remaining.uses()), session.In({"uses", "次"}));
  if (remaining.has_budget_fen()) text += (text.empty() ? "" : ", ") + FormatMoney(remaining.budget_fen(), "");
  return text;
}

std::string EntitlementTable(const pb::GetBenefitsResponse& response, const Session& session) {
  Table table;
  table.AddColumn(session.In({"Benefit", "权益"}));
  table.AddColumn(session.In({"Gives", "内容"}));
  table.AddColumn(session.In({"Applies", "生效"}));
  table.AddColumn(session.In({"Why", "原因"}));
  table.AddColumn(session.In({"Until", "截至"}));
  table.AddColumn(session.In({"Left", "剩余"}), Align::kRight);
  for (const pb::Entitlement& item : response.entitlements()) {
    const bool applies = item.answer() == pb::ANSWER_APPLIES;
    table.AddRow({item.benefit().benefit_id(), TextIn(item.descriptions(), session), session.In(applies ? Label{"yes", "是"} : Label{"no", "否"}),
                  TextIn(item.explanations(), session), item.until_date(), RemainingOf(item.remaining(), session)});
  }
  return table.Render();
}

// Draft and publication of one file.
int Apply(const ConfigApply& command, const std::string& file, Session& session) {
  const auto document = NewDocument(command.kind);
  if (const absl::Status status = ReadDocument(file, *document); !status.ok()) return FailLocally(status);
  const std::string id = IdOf(command.kind, *document);
  cfg::GetDraftRequest which;
  which.set_kind(command.kind);
  which.set_document_id(id);
  cfg::GetDraftResponse draft;
  grpc::Status status = CallConfig(session, &ConfigStub::GetDraft, which, &draft);
  if (!status.ok() && status.error_code() != grpc::StatusCode::NOT_FOUND) return Fail(status);
  cfg::SaveDraftRequest save;
  save.mutable_document()->PackFrom(*document);
  save.set_author(AuthorOr(command.author));
  save.set_etag(draft.draft().etag());
  cfg::SaveDraftResponse saved;
  status = CallConfig(session, &ConfigStub::SaveDraft, save, &saved);
  if (!status.ok()) return Fail(status);
  WarnOf(file, saved.findings(), session);
  return Run(ConfigPublish{.kind = command.kind, .document_id = id, .etag = saved.draft().etag(), .author = command.author, .note = command.note}, session);
}

}  // namespace

int Run(const ConfigApply& command, Session& session) {
  int exit_code = kExitOk;
  for (const std::string& file : command.files) exit_code = std::max(exit_code, Apply(command, file, session));
  return exit_code;
}

int Run(const BenefitsGet& command, Session& session) {
  pb::GetBenefitsRequest request;
  request.set_customer_id(command.customer_id);
  request.set_plan_id(command.plan_id);
  request.set_region(command.region);
  request.set_with_rejected(command.all);
  request.set_fail_closed(command.fail_closed);
  for (const char* language : {"zh", "en"}) request.add_languages(language);
  pb::GetBenefitsResponse response;
  const grpc::Status status = session.connection.Call<pb::BenefitService>(&Stub::GetBenefits, request, &response);
  if (!status.ok()) return Fail(status);
  if (session.options.json) {
    fmt::print("{}", ToJson(response));
    return kExitOk;
  }
  fmt::print("{} · {} · {} v{}\n", Printable(response.customer_id()), Printable(response.tier_code()), Printable(response.plan_id()), response.plan_version());
  if (response.degraded()) fmt::print("{}: {}\n", session.In({"Degraded, nothing applies", "已降级，无权益生效"}), response.degraded_reason());
  if (const std::string& target = response.merged_into_customer_id(); !target.empty()) {
    fmt::print("{}: {}\n", session.In({"Merged into", "已并入"}), Printable(target));
  }
  if (response.quotas_unknown()) fmt::print("{}\n", session.In({"What is left of quotas can't be read right now.", "暂时无法读取剩余额度。"}));
  fmt::print("\n{}", EntitlementTable(response, session));
  return kExitOk;
}

int Run(const BenefitsImport& command, Session& session) {
  pb::ImportKuaiLvDocumentRequest request;
  auto text = ReadText(command.file);
  if (!text.ok()) return FailLocally(text.status());
  request.set_document(*std::move(text));
  request.set_plan_id(command.plan_id);
  request.set_ladder_id(command.ladder_id);
  request.set_currency_code(command.currency);
  for (const std::string& code : command.tier_codes) request.add_tier_codes(code);
  pb::ImportKuaiLvDocumentResponse response;
  const grpc::Status status = session.connection.Call<pb::BenefitService>(&Stub::ImportKuaiLvDocument, request, &response);
  if (!status.ok()) return Fail(status);
  fmt::print("{}", session.options.json ? ToJson(response) : ToEditableJson(response.plan()));
  return kExitOk;
}

int Run(const BenefitsExport& command, Session& session) {
  cfg::GetVersionRequest which;
  which.set_kind(kPlanKind);
  which.set_document_id(command.plan_id);
  which.set_version(command.version);
  cfg::GetVersionResponse found;
  grpc::Status status = CallConfig(session, &ConfigStub::GetVersion, which, &found);
  if (!status.ok()) return Fail(status);
  pb::ExportKuaiLvDocumentRequest request;
  if (!found.version().document().UnpackTo(request.mutable_plan())) return FailLocally(absl::InternalError("the server sent another kind of document"));
  pb::ExportKuaiLvDocumentResponse response;
  status = session.connection.Call<pb::BenefitService>(&Stub::ExportKuaiLvDocument, request, &response);
  if (!status.ok()) return Fail(status);
  fmt::print("{}\n", session.options.json ? ToJson(response) : response.document());
  return kExitOk;
}

}  // namespace rung::ctl
