#include "libs/audit/audit.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <cstring>

#include "libs/audit/chain_check.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/rpc/paging.h"
#include "libs/sealing/chain.h"
#include "libs/wire/instant.h"

namespace rung::audit {
namespace {

constexpr int kMaxRoots = 1000;
constexpr int kMaxUnproven = 100;
constexpr int64_t kProgressEvery = 50'000;

}  // namespace

std::string RootBytes(const pb::AuditRoot& root) {
  sealing::CanonicalBytes bytes;
  bytes.Add(root.signed_time().seconds()).Add(root.signed_time().nanos()).Add(root.heads_size());
  for (const auto& head : root.heads()) bytes.Add(head.chain()).Add(head.length()).Add(std::string_view(head.hash()));
  return bytes.bytes();
}

absl::Status Audit::List(const pb::ListAuditEntriesRequest& request, pb::ListAuditEntriesResponse& response, Deadline deadline) const {
  if (auto problem = FindTextProblem("subject_prefix", request.subject_prefix(), 256)) return InvalidRequest({*problem});
  RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request.page_size()));
  const std::string filter = "audit|" + request.subject_prefix();
  RUNG_ASSIGN_OR_RETURN(const int64_t offset, rpc::ParsePageToken(request.page_token(), filter));
  RUNG_ASSIGN_OR_RETURN(auto rows, store_.List(request.subject_prefix(), offset, page_size + 1, deadline));
  if (rows.size() > static_cast<size_t>(page_size)) {
    rows.resize(page_size);
    response.set_next_page_token(rpc::PageToken(offset + page_size, filter));
  }
  for (const storage::AuditRow& row : rows) {
    pb::AuditEntry& entry = *response.add_entries();
    entry.set_chain(row.chain);
    entry.set_sequence(row.sequence);
    wire::SetTime(row.recorded_at, entry.mutable_recorded_time());
    entry.set_actor(row.actor);
    entry.set_action(row.action);
    entry.set_subject(row.subject);
    entry.set_reason(row.reason);
    entry.set_before(row.before);
    entry.set_after(row.after);
  }
  return absl::OkStatus();
}

absl::Status Audit::SignRoot(pb::AuditRoot& root, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const auto heads, store_.Heads(deadline));
  wire::SetTime(clock_.NowMicros(), root.mutable_signed_time());
  for (const storage::ChainHead& head : heads) {
    auto& item = *root.add_heads();
    item.set_chain(head.chain);
    item.set_length(head.length);
    item.set_hash(head.hash);
  }
  root.set_key_id(signer_.current_key());
  root.set_signature(signer_.Sign(RootBytes(root)));
  return absl::OkStatus();
}

absl::Status Audit::Verify(const pb::VerifyAuditRequest& request, const std::function<bool(const pb::VerifyAuditResponse&)>& write) const {
  if (request.roots_size() > kMaxRoots) {
    return InvalidField("roots", "TOO_MANY", fmt::format("{} roots; at most {}", request.roots_size(), kMaxRoots));
  }
  pb::VerifyAuditResponse out;
  std::vector<pb::AuditRoot> roots;
  for (int i = 0; i < request.roots_size(); ++i) {
    const pb::AuditRoot& root = request.roots(i);
    if (signer_.Verify(static_cast<sealing::KeyId>(root.key_id()), RootBytes(root), root.signature())) {
      roots.push_back(root);
      continue;
    }
    out.set_problem_count(out.problem_count() + 1);
    auto& problem = *out.add_problems();
    problem.set_breach(pb::VerifyAuditResponse::BREACH_SIGNATURE);
    problem.set_sequence(i);
    problem.set_message(fmt::format("the signature of roots[{}] doesn't hold: it was altered, or signed under a key that isn't here", i));
  }
  std::unique_ptr<ChainCheck> check;
  RUNG_RETURN_IF_ERROR(store_.Scan(
      [&](const std::vector<storage::ChainHead>& heads, int64_t links) {
        out.set_total_count(links);
        check = std::make_unique<ChainCheck>(heads, roots, out);
        return absl::OkStatus();
      },
      [&](const storage::ChainLink& link) -> absl::Status {
        check->Add(link);
        if (out.verified_count() % kProgressEvery != 0) return absl::OkStatus();
        pb::VerifyAuditResponse progress;
        progress.set_verified_count(out.verified_count());
        progress.set_total_count(out.total_count());
        progress.set_problem_count(out.problem_count());
        return write(progress) ? absl::OkStatus() : CancelledError("the caller has gone away");
      }));
  check->Finish();
  RUNG_RETURN_IF_ERROR(CompareWithRecord(out));
  out.set_done(true);
  write(out);
  return absl::OkStatus();
}

// What the record speaks of and isn't chained itself.
absl::Status Audit::CompareWithRecord(pb::VerifyAuditResponse& out) const {
  const auto report = [&](int chain, std::string message) {
    out.set_problem_count(out.problem_count() + 1);
    auto& problem = *out.add_problems();
    problem.set_breach(pb::VerifyAuditResponse::BREACH_DOCUMENT);
    problem.set_chain(chain);
    problem.set_message(std::move(message));
  };
  RUNG_ASSIGN_OR_RETURN(const auto documents, store_.UnprovenDocuments(kMaxUnproven, Deadline::After(60'000)));
  for (const std::string& document : documents) {
    report(storage::kConfigChain, document + " isn't what the record of its publication says: it was edited, removed or added");
  }
  RUNG_ASSIGN_OR_RETURN(const auto overrides, store_.UnprovenOverrides(kMaxUnproven, Deadline::After(60'000)));
  for (const storage::UnprovenOverride& item : overrides) {
    report(item.chain, item.name + " isn't what the record says of it: it was edited, removed or added, or ended without the record's word");
  }
  return absl::OkStatus();
}

absl::Status Audit::Export(Deadline deadline) const {
  if (export_folder_.empty()) return absl::OkStatus();
  pb::AuditRoot root;
  RUNG_RETURN_IF_ERROR(SignRoot(root, deadline));
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string line;
  if (!google::protobuf::util::MessageToJsonString(root, &line, options).ok()) return InternalError("a root can't be printed");
  line += "\n";
  const std::string path = export_folder_ + "/audit-roots.jsonl";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (file < 0) return UnavailableError("{}: {}", path, std::strerror(errno));
  const bool written = write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && fsync(file) == 0;
  const int error = errno;
  close(file);
  return written ? absl::OkStatus() : UnavailableError("{}: {}", path, std::strerror(error));
}

}  // namespace rung::audit
