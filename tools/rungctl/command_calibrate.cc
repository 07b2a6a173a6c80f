#include <fstream>
#include <map>

#include <fmt/format.h>

#include "libs/base/status.h"
#include "libs/importer/csv_reader.h"
#include "rung/grading/v1/calibration.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/document_file.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/grading_labels.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/progress.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = grading::v1;

absl::Status ReadLabels(const std::string& file, pb::TierLabels& labels) {
  RUNG_ASSIGN_OR_RETURN(importer::CsvReader reader, importer::CsvReader::Open(file));
  importer::CsvRow row;
  RUNG_ASSIGN_OR_RETURN(bool more, reader.Next(row));
  std::map<std::string, size_t, std::less<>> columns;
  for (size_t i = 0; more && i < row.size(); ++i) columns.emplace(row.field(i), i);
  if (!columns.contains("customer_id") || !columns.contains("tier_code")) {
    return InvalidArgumentError("{} needs the columns customer_id and tier_code", file);
  }
  const size_t customer = columns["customer_id"], tier = columns["tier_code"];
  for (;;) {
    RUNG_ASSIGN_OR_RETURN(more, reader.Next(row));
    if (!more) return absl::OkStatus();
    if (row.size() <= std::max(customer, tier)) return InvalidArgumentError("{}, line {}: too few columns", file, row.line());
    auto& label = *labels.add_labels();
    label.set_customer_id(std::string(row.field(customer)));
    label.set_tier_code(std::string(row.field(tier)));
  }
}

std::string MeasureName(pb::CalibrationMeasure measure, const Session& session) {
  switch (measure) {
    case pb::CALIBRATION_MEASURE_SPEARMAN: return session.In({"rank correlation (Spearman)", "等级相关（Spearman）"});
    case pb::CALIBRATION_MEASURE_ROC_AUC: return session.In({"AUC", "AUC"});
    default: return session.In({"accuracy", "准确率"});
  }
}

void Show(const pb::CalibrationResult& result, Session& session) {
  Table weights;
  weights.AddColumn(session.In({"Dimension", "维度"}));
  weights.AddColumn(session.In({"Weight", "权重"}), Align::kRight);
  weights.AddColumn(session.In({"Proposed", "建议"}), Align::kRight);
  for (const auto& weight : result.weights()) {
    weights.AddRow({PartName(weight.dimension(), session.options.language), fmt::format("{:.1f} %", 100 * weight.before()), fmt::format("{:.1f} %", 100 * weight.after())});
  }
  fmt::print("{}\n{}", result.model().model_id(), weights.Render());
  Table tiers;
  tiers.AddColumn(session.In({"Tier", "等级"}));
  tiers.AddColumn(session.In({"From", "下限"}), Align::kRight);
  for (const pb::Tier& tier : result.model().tiers()) tiers.AddRow({tier.code(), FormatNumber(tier.lower_bound())});
  fmt::print("\n{}\n", tiers.Render());
  fmt::print("{}: {:.4f} → {:.4f}\n", MeasureName(result.measure(), session), result.before(), result.after());
  fmt::print("{}\n", fmt::format(fmt::runtime(session.In({"Learnt from {} customers as of {} (outcomes until {}), measured on {} as of {} (until {}).",
                                                         "学习{}个客户（截至{}，结果至{}），检验{}个客户（截至{}，结果至{}）。"})),
                                 FormatCount(result.training_customer_count()), result.training_date(), result.training_outcome_until_date(),
                                 FormatCount(result.later_customer_count()), result.later_date(), result.later_outcome_until_date()));
  if (result.unknown_label_count() != 0) {
    fmt::print("{}: {}\n", session.In({"Labels of unknown customers, left out", "未知客户的标注（未计入）"}), FormatCount(result.unknown_label_count()));
  }
  fmt::print("{}\n", session.In({result.note_en(), result.note_zh()}));
}

}  // namespace

int Run(const ModelCalibrate& command, Session& session) {
  pb::CalibrateModelRequest request;
  request.set_as_of_date(command.as_of_date);
  request.set_draft_model_id(command.draft_id);
  request.set_model_id(command.model_id);
  request.set_horizon_days(command.horizon_days);
  request.set_sample_count(command.sample);
  if (!command.file.empty()) {
    if (const absl::Status status = ReadDocument(command.file, *request.mutable_model()); !status.ok()) return FailLocally(status);
  }
  if (command.labels_file.empty()) {
    request.set_outcome(command.outcome == "margin" ? pb::CALIBRATION_OUTCOME_MARGIN : pb::CALIBRATION_OUTCOME_RETENTION);
  } else if (const absl::Status status = ReadLabels(command.labels_file, *request.mutable_labels()); !status.ok()) {
    return FailLocally(status);
  }
  grpc::ClientContext context;  // no deadline: it lasts as long as the base is large
  const auto reader = pb::CalibrationService::NewStub(session.connection.channel())->CalibrateModel(&context, request);
  pb::CalibrateModelResponse last;
  {
    Progress progress;
    while (reader->Read(&last)) progress.Show(fmt::format("{}: {} / {}", last.phase(), FormatCount(last.done_count()), FormatCount(last.total_count())));
  }
  if (const grpc::Status status = reader->Finish(); !status.ok()) return Fail(status);
  const pb::CalibrationResult& result = last.result();
  if (!command.out.empty()) {
    std::ofstream file(command.out);
    file << ToEditableJson(result.model());
    file.close();
    if (!file) return FailLocally(absl::PermissionDeniedError(command.out + " can't be written"));
  }
  if (session.options.json) {
    fmt::print("{}", ToJson(result));
  } else {
    Show(result, session);
  }
  return kExitOk;
}

}  // namespace rung::ctl
