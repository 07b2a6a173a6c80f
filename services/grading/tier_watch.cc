#include "services/grading/tier_watch.h"

#include <absl/strings/escaping.h>
#include <spdlog/spdlog.h>

#include "libs/base/customer_id.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "services/grading/tier_history.h"

namespace rung::grading {
namespace {

constexpr int kMaxWatched = 1000;
constexpr size_t kMaxWatches = 64;
constexpr int kPerChain = 50;  // changes of one message, a chain
constexpr int64_t kHeartbeatMicros = 10'000'000;

absl::Status BadToken() {
  return InvalidField("resume_token", "BAD_RESUME_TOKEN", "not a token of WatchTiers; start again without one");
}

}  // namespace

// 64 places as 8 bytes each, behind a check over them.
std::string TierWatch::TokenOf(const storage::HistoryPosition& position) {
  std::string bytes;
  for (const int64_t place : position) {
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(place >> shift & 0xff);
  }
  return absl::WebSafeBase64Escape(fmt::format("{:016x}", LocalFingerprint(bytes)) + bytes);
}

absl::StatusOr<storage::HistoryPosition> TierWatch::ParseToken(const std::string& token) {
  storage::HistoryPosition position{};
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes) || bytes.size() != 16 + position.size() * 8) return BadToken();
  for (size_t chain = 0; chain < position.size(); ++chain) {
    for (int i = 7; i >= 0; --i) position[chain] = position[chain] << 8 | static_cast<uint8_t>(bytes[16 + chain * 8 + i]);
  }
  if (TokenOf(position) != token) return BadToken();
  return position;
}

absl::StatusOr<Watched> TierWatch::Parse(const v1::WatchTiersRequest& request, Deadline deadline) const {
  if (request.customer_ids_size() > kMaxWatched) {
    return InvalidField("customer_ids", "OUT_OF_RANGE", fmt::format("{} ids; at most {}", request.customer_ids_size(), kMaxWatched));
  }
  if (!request.ladder_id().empty()) RUNG_RETURN_IF_ERROR(ladders_.Find(request.ladder_id()).status());
  Watched watched{request.ladder_id(), {request.customer_ids().begin(), request.customer_ids().end()}, {}};
  RUNG_ASSIGN_OR_RETURN(const storage::HistoryPosition end, history_.End(deadline));
  if (request.resume_token().empty()) {
    watched.position = end;
    return watched;
  }
  RUNG_ASSIGN_OR_RETURN(watched.position, ParseToken(request.resume_token()));
  for (size_t chain = 0; chain < end.size(); ++chain) {
    if (watched.position[chain] <= end[chain]) continue;
    return InvalidField("resume_token", "BAD_RESUME_TOKEN",
                        "is ahead of this history: it is another installation's, or older than a restored backup; start again without one");
  }
  return watched;
}

absl::Status TierWatch::Add(Watcher& watcher, Watched watched) {
  std::lock_guard lock(mutex_);
  if (entries_.size() >= kMaxWatches) {
    return WithRetry(WithReason(ResourceExhaustedError("{} watches run in this process already", kMaxWatches), "TOO_MANY_WATCHES"), 1000);
  }
  v1::WatchTiersResponse first;
  first.set_resume_token(TokenOf(watched.position));
  entries_.push_back({&watcher, std::move(watched), MonotonicMicros()});
  watcher.Send(std::move(first));
  return absl::OkStatus();
}

void TierWatch::Remove(Watcher& watcher) {
  std::lock_guard lock(mutex_);
  entries_.remove_if([&](const Entry& entry) { return entry.watcher == &watcher; });
}

void TierWatch::Look() {
  std::lock_guard lock(mutex_);
  if (entries_.empty()) return;
  const auto end = history_.End(Deadline::After(5000));
  if (!end.ok()) return;  // the store's absence shows elsewhere; what is missed now is read later
  for (Entry& entry : entries_) {
    if (!entry.watcher->Ready()) continue;
    auto next = Next(entry, *end);
    if (!next.ok()) {
      spdlog::warn("watch: {}", Message(next.status()));
    } else if (*next) {
      entry.sent_at = MonotonicMicros();
      entry.watcher->Send(**std::move(next));
    }
  }
}

absl::StatusOr<std::optional<v1::WatchTiersResponse>> TierWatch::Next(Entry& entry, const storage::HistoryPosition& end) const {
  Watched& watched = entry.watched;
  RUNG_ASSIGN_OR_RETURN(const auto rows, history_.After(watched.position, end, kPerChain, Deadline::After(5000)));
  storage::HistoryPosition position = watched.position;
  std::array<int, std::tuple_size_v<storage::HistoryPosition>> counts{};
  v1::WatchTiersResponse response;
  const auto ladders = ladders_.Current();
  for (const storage::WatchedChange& row : rows) {
    position[row.chain] = row.place;
    ++counts[row.chain];
    const auto ladder = std::find_if(ladders->begin(), ladders->end(), [&](const auto& one) { return one->row.ladder_no == row.change.ladder_no; });
    if (ladder == ladders->end()) return UnavailableError("ladder {} was published a moment ago", row.change.ladder_no);
    const std::string& ladder_id = (*ladder)->row.ladder_id;
    if (!watched.ladder_id.empty() && watched.ladder_id != ladder_id) continue;
    if (!watched.customer_ids.empty() && !watched.customer_ids.contains(row.customer_id)) continue;
    ToWire(row.change, row.customer_id, ladder_id, *response.add_changes());
  }
  // A chain that was read to its end stands there, past the entries that are no changes of tiers.
  for (size_t chain = 0; chain < position.size(); ++chain) {
    if (counts[chain] < kPerChain) position[chain] = std::max(position[chain], end[chain]);
  }
  watched.position = position;
  if (response.changes().empty() && MonotonicMicros() - entry.sent_at < kHeartbeatMicros) return std::nullopt;
  response.set_resume_token(TokenOf(position));
  return response;
}

}  // namespace rung::grading
