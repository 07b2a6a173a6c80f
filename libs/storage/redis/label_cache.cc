#include "libs/storage/label_cache.h"

#include <endian.h>

#include <charconv>
#include <cstring>
#include <map>

#include "libs/base/status.h"
#include "libs/storage/redis/connection.h"

namespace rung::storage::redis {
namespace {

constexpr char kStream[] = "rung:changes";
constexpr char kFilled[] = "rung:filled";
constexpr int kBucketBits = 14;              // up to 512 customers a bucket, the size of a compact hash, in a base of 8M
constexpr char kStreamLength[] = "100000";
constexpr size_t kLabelsPerCall = 200;

constexpr char kFilling[] = "rung:filling";

// KEYS[1] a bucket; ARGV pairs of field and word. Keeps the larger word, which is the newer label. The words are
// compared as numbers: Lua compares strings by the collation of the server's environment.
constexpr char kKeepNewer[] =
    "for i = 1, #ARGV, 2 do "
    "local old = redis.call('HGET', KEYS[1], ARGV[i]) "
    "local newer = not old or #old ~= 8 "
    "if not newer then "
    "local a, b = struct.unpack('>I4I4', old) "
    "local c, d = struct.unpack('>I4I4', ARGV[i + 1]) "
    "newer = c > a or (c == a and d > b) "
    "end "
    "if newer then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end "
    "end return 0";

// A fill counts only when nobody has emptied Redis meanwhile: its token is still there.
constexpr char kEndFill[] =
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end "
    "redis.call('SET', KEYS[2], '1') redis.call('DEL', KEYS[1]) return 1";

std::string BigEndian(uint64_t value) {
  value = htobe64(value);
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string BucketKey(const LabelRow& label) {
  const uint64_t bucket = static_cast<uint64_t>(label.customer.number) >> (64 - kBucketBits);
  return fmt::format("rung:label:{}:{}", label.ladder_no, bucket);
}

// 26 bytes a label: number, check, word, ladder.
std::string PackLabels(const std::vector<LabelRow>& labels) {
  std::string bytes;
  bytes.reserve(labels.size() * 26);
  for (const LabelRow& label : labels) {
    bytes += BigEndian(static_cast<uint64_t>(label.customer.number));
    bytes += BigEndian(label.customer.check);
    bytes += BigEndian(label.word);
    bytes.push_back(static_cast<char>(label.ladder_no >> 8));
    bytes.push_back(static_cast<char>(label.ladder_no));
  }
  return bytes;
}

uint64_t ReadBigEndian(const char* at) {
  uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return be64toh(value);
}

std::vector<LabelRow> UnpackLabels(std::string_view bytes) {
  std::vector<LabelRow> labels;
  for (; bytes.size() >= 26; bytes.remove_prefix(26)) {
    LabelRow& label = labels.emplace_back();
    label.customer = {CustomerNumber{static_cast<int64_t>(ReadBigEndian(bytes.data()))}, ReadBigEndian(bytes.data() + 8)};
    label.word = ReadBigEndian(bytes.data() + 16);
    label.ladder_no = static_cast<int16_t>(static_cast<uint8_t>(bytes[24]) << 8 | static_cast<uint8_t>(bytes[25]));
  }
  return labels;
}

class RedisLabelCache final : public LabelCache {
 public:
  explicit RedisLabelCache(const std::string& address) : connection_(address) {}

  absl::Status Publish(const std::string& epoch, int64_t sequence, const std::vector<LabelRow>& labels) override {
    size_t pending = 0;
    RUNG_RETURN_IF_ERROR(AppendLabels(labels, pending));
    const std::string number = std::to_string(sequence), packed = PackLabels(labels);
    RUNG_RETURN_IF_ERROR(connection_.Append(
        {"XADD", kStream, "MAXLEN", "~", kStreamLength, "*", "epoch", epoch, "sequence", number, "labels", packed}));
    return Drain(pending + 1);
  }

  absl::Status Fill(const std::vector<LabelRow>& labels) override {
    size_t pending = 0;
    RUNG_RETURN_IF_ERROR(AppendLabels(labels, pending));
    return Drain(pending);
  }

  absl::StatusOr<bool> IsFilled() override {
    RUNG_ASSIGN_OR_RETURN(const Reply reply, connection_.Command({"EXISTS", kFilled}));
    return reply->integer == 1;
  }
  absl::Status BeginFill(const std::string& token) override { return connection_.Command({"SET", kFilling, token}).status(); }
  absl::Status EndFill(const std::string& token) override {
    RUNG_ASSIGN_OR_RETURN(const Reply reply, connection_.Command({"EVAL", kEndFill, "2", kFilling, kFilled, token}));
    return reply->integer == 1 ? absl::OkStatus() : AbortedError("Redis was emptied while it was being filled");
  }

 private:
  absl::Status AppendLabels(const std::vector<LabelRow>& labels, size_t& pending) {
    std::map<std::string, std::vector<const LabelRow*>> buckets;
    for (const LabelRow& label : labels) {
      if (label.word != 0) buckets[BucketKey(label)].push_back(&label);
    }
    for (const auto& [key, members] : buckets) {
      for (size_t from = 0; from < members.size(); from += kLabelsPerCall) {
        std::vector<std::string> words;
        for (size_t i = from; i < std::min(members.size(), from + kLabelsPerCall); ++i) {
          words.push_back(BigEndian(static_cast<uint64_t>(members[i]->customer.number)));
          words.push_back(BigEndian(members[i]->word));
        }
        std::vector<std::string_view> command = {"EVAL", kKeepNewer, "1", key};
        command.insert(command.end(), words.begin(), words.end());
        RUNG_RETURN_IF_ERROR(connection_.Append(command));
        ++pending;
      }
    }
    return absl::OkStatus();
  }

  absl::Status Drain(size_t pending) {
    absl::Status status;
    for (; pending > 0; --pending) {
      RUNG_ASSIGN_OR_RETURN(const Reply reply, connection_.Next());
      if (reply->type == REDIS_REPLY_ERROR && status.ok()) status = InternalError("Redis: {}", TextOf(reply.get()));
    }
    return status;
  }

  Connection connection_;
};

// "1700000000000-3" as two numbers, for comparing.
std::pair<uint64_t, uint64_t> PositionOf(std::string_view id) {
  uint64_t ms = 0, sequence = 0;
  const size_t dash = id.find('-');
  std::from_chars(id.data(), id.data() + std::min(dash, id.size()), ms);
  if (dash != std::string_view::npos) std::from_chars(id.data() + dash + 1, id.data() + id.size(), sequence);
  return {ms, sequence};
}

class RedisChangeStream final : public ChangeStream {
 public:
  explicit RedisChangeStream(const std::string& address) : connection_(address, 5000) {}

  absl::StatusOr<std::string> End() override {
    RUNG_ASSIGN_OR_RETURN(const auto range, Newest());
    return range;
  }

  absl::StatusOr<std::vector<ChangeEntry>> Read(const std::string& position, int block_ms) override {
    RUNG_RETURN_IF_ERROR(CheckPosition(position));
    const std::string block = std::to_string(block_ms);
    RUNG_ASSIGN_OR_RETURN(const Reply reply,
                          connection_.Command({"XREAD", "COUNT", "100", "BLOCK", block, "STREAMS", kStream, position}));
    std::vector<ChangeEntry> entries;
    if (reply->type == REDIS_REPLY_NIL || reply->elements == 0) return entries;
    const redisReply* list = reply->element[0]->element[1];
    for (size_t i = 0; i < list->elements; ++i) {
      ChangeEntry& entry = entries.emplace_back();
      entry.id = TextOf(list->element[i]->element[0]);
      const redisReply* fields = list->element[i]->element[1];
      for (size_t f = 0; f + 1 < fields->elements; f += 2) {
        const std::string_view name = TextOf(fields->element[f]), value = TextOf(fields->element[f + 1]);
        if (name == "epoch") entry.epoch = value;
        if (name == "sequence") std::from_chars(value.data(), value.data() + value.size(), entry.sequence);
        if (name == "labels") entry.labels = UnpackLabels(value);
      }
    }
    return entries;
  }

 private:
  absl::StatusOr<std::string> Newest() {
    RUNG_ASSIGN_OR_RETURN(const Reply reply, connection_.Command({"XREVRANGE", kStream, "+", "-", "COUNT", "1"}));
    if (reply->elements == 0) return std::string("0-0");
    return std::string(TextOf(reply->element[0]->element[0]));
  }

  // Entries behind a position are only all there while the stream reaches back to it and has not begun anew.
  absl::Status CheckPosition(const std::string& position) {
    if (position == "0-0") return absl::OkStatus();
    RUNG_ASSIGN_OR_RETURN(const Reply oldest, connection_.Command({"XRANGE", kStream, "-", "+", "COUNT", "1"}));
    RUNG_ASSIGN_OR_RETURN(const std::string newest, Newest());
    const bool lost = oldest->elements == 0 || PositionOf(newest) < PositionOf(position) ||
                      PositionOf(TextOf(oldest->element[0]->element[0])) > PositionOf(position);
    return lost ? OutOfRangeError("the change stream no longer reaches back to {}", position) : absl::OkStatus();
  }

  Connection connection_;
};

}  // namespace

std::unique_ptr<LabelCache> MakeLabelCache(const std::string& address) { return std::make_unique<RedisLabelCache>(address); }
std::unique_ptr<ChangeStream> MakeChangeStream(const std::string& address) { return std::make_unique<RedisChangeStream>(address); }

absl::Status CheckHealth(const std::string& address) { return Connection(address, 1000).Command({"PING"}).status(); }

}  // namespace rung::storage::redis
