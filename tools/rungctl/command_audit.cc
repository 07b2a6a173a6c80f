#include <fstream>

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include "libs/base/status.h"
#include "rung/config/v1/audit.grpc.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/json_output.h"
#include "tools/rungctl/progress.h"
#include "tools/rungctl/table.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

namespace pb = config::v1;
using Stub = pb::AuditService::Stub;

constexpr int kPageMax = 500;
constexpr int kMaxRoots = 1000;

std::string BreachName(pb::VerifyAuditResponse::Breach breach, const Session& session) {
  switch (breach) {
    case pb::VerifyAuditResponse::BREACH_HASH:
      return session.In({"edited", "被修改"});
    case pb::VerifyAuditResponse::BREACH_SEQUENCE:
      return session.In({"gap", "缺失"});
    case pb::VerifyAuditResponse::BREACH_TRUNCATED:
      return session.In({"truncated", "被截断"});
    case pb::VerifyAuditResponse::BREACH_ROOT:
      return session.In({"rewritten", "被重写"});
    case pb::VerifyAuditResponse::BREACH_SIGNATURE:
      return session.In({"forged root", "伪造的根"});
    case pb::VerifyAuditResponse::BREACH_DOCUMENT:
      return session.In({"not as recorded", "与记录不符"});
    default:
      return "?";
  }
}

// A file of roots as the server exports it: one JSON per line. The newest are the ones that matter.
absl::Status ReadRoots(const std::string& path, pb::VerifyAuditRequest& request) {
  std::ifstream file(path);
  if (!file) return InvalidArgumentError("{}: can't be read", path);
  std::vector<pb::AuditRoot> roots;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty()) continue;
    if (!google::protobuf::util::JsonStringToMessage(line, &roots.emplace_back()).ok()) {
      return InvalidArgumentError("{}:{}: no signed root", path, number);
    }
  }
  const size_t from = roots.size() > kMaxRoots ? roots.size() - kMaxRoots : 0;
  for (size_t i = from; i < roots.size(); ++i) *request.add_roots() = std::move(roots[i]);
  return absl::OkStatus();
}

}  // namespace

int Run(const AuditVerify& command, Session& session) {
  pb::VerifyAuditRequest request;
  if (!command.roots_file.empty()) {
    if (const absl::Status status = ReadRoots(command.roots_file, request); !status.ok()) return FailLocally(status);
  }
  grpc::ClientContext context;  // no deadline: it lasts as long as the record is long
  const auto reader = pb::AuditService::NewStub(session.connection.channel())->VerifyAudit(&context, request);
  pb::VerifyAuditResponse last;
  {
    Progress progress;
    while (reader->Read(&last)) {
      progress.Show(fmt::format("{}: {} / {}", session.In({"entries", "条目"}), FormatCount(last.verified_count()), FormatCount(last.total_count())));
    }
  }
  if (const grpc::Status status = reader->Finish(); !status.ok()) return Fail(status);
  const bool intact = last.problem_count() == 0;
  if (session.options.json) {
    fmt::print("{}", ToJson(last));
    return intact ? kExitOk : kExitRefused;
  }
  Table table;
  table.AddColumn(session.In({"Breach", "问题"}));
  table.AddColumn(session.In({"Chain", "链"}), Align::kRight);
  table.AddColumn(session.In({"Entry", "条目"}), Align::kRight);
  table.AddColumn(session.In({"What", "说明"}));
  for (const auto& problem : last.problems()) {
    table.AddRow({BreachName(problem.breach(), session), std::to_string(problem.chain()), std::to_string(problem.sequence()), problem.message()});
  }
  if (!table.empty()) fmt::print("{}\n", table.Render());
  fmt::print("{}: {} · {}: {} · {}\n", session.In({"entries", "条目"}), FormatCount(last.verified_count()), session.In({"signed roots", "签名根"}),
             request.roots_size(), intact ? session.In({"intact", "完好"}) : session.In({"NOT intact", "已被篡改"}));
  return intact ? kExitOk : kExitRefused;
}

int Run(const AuditList& command, Session& session) {
  pb::ListAuditEntriesRequest request;
  // The server knows prefixes only, and model/kuailv is one of model/kuailv-rfmpl, too.
  std::string prefix = command.subject;
  const bool exact = !prefix.empty() && prefix.back() != '*' && prefix.back() != '/';
  if (prefix.ends_with('*')) prefix.pop_back();
  request.set_subject_prefix(prefix);
  pb::ListAuditEntriesResponse all;
  while (all.entries_size() < command.limit) {
    request.set_page_size(exact ? kPageMax : std::min(kPageMax, command.limit - all.entries_size()));
    pb::ListAuditEntriesResponse page;
    const grpc::Status status = session.connection.Call<pb::AuditService>(&Stub::ListAuditEntries, request, &page);
    if (!status.ok()) return Fail(status);
    for (pb::AuditEntry& entry : *page.mutable_entries()) {
      if (all.entries_size() < command.limit && (!exact || entry.subject() == command.subject)) *all.add_entries() = std::move(entry);
    }
    request.set_page_token(page.next_page_token());
    if (page.next_page_token().empty()) break;
  }
  if (session.options.json) {
    fmt::print("{}", ToJson(all));
    return kExitOk;
  }
  Table table;
  table.AddColumn(session.In({"When", "时间"}));
  table.AddColumn(session.In({"Who", "操作人"}));
  table.AddColumn(session.In({"What", "操作"}));
  table.AddColumn(session.In({"Subject", "对象"}));
  table.AddColumn(session.In({"Why", "原因"}));
  for (const pb::AuditEntry& entry : all.entries()) {
    table.AddRow({FormatInstant(entry.recorded_time().seconds()), entry.actor(), entry.action(), entry.subject(), entry.reason()});
  }
  fmt::print("{}", table.Render());
  return kExitOk;
}

// One line, to be kept outside the database: `rungctl audit root >> roots.jsonl`.
int Run(const AuditRoot&, Session& session) {
  pb::SignAuditRootResponse response;
  const grpc::Status status = session.connection.Call<pb::AuditService>(&Stub::SignAuditRoot, pb::SignAuditRootRequest(), &response);
  if (!status.ok()) return Fail(status);
  fmt::print("{}", ToJson(response.root(), JsonStyle::kOneLine));
  return kExitOk;
}

}  // namespace rung::ctl
