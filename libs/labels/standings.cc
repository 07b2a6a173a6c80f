#include "libs/labels/standings.h"

#include <algorithm>
#include <cstring>

#include "libs/base/status.h"

namespace rung::labels {
namespace {

// Fixed-size records, little-endian, so that a scan over millions of rows reads them without parsing. Format 2 starts
// with its number; format 1 has none and is told by its length, a multiple of 8. It is still read, never written.
constexpr char kFormat = 2;

struct RecordV1 {
  int16_t ladder_no;
  uint8_t graded;
  uint8_t effective;
  uint8_t computed;
  uint8_t reserved[3];
  int32_t score;
  uint32_t version;
  int32_t as_of;
  int32_t protected_since;
};
static_assert(sizeof(RecordV1) == 24);

struct Record {
  int16_t ladder_no;
  uint8_t flags;
  uint8_t effective;
  uint8_t computed;
  uint8_t against;
  uint16_t judged_as_of;  // days since kLabelEpoch; 0: none
  int32_t score;
  uint32_t version;
  int32_t as_of;
  int32_t protected_since;
  int32_t granted_as_of;
  int32_t granted_by;
  int32_t model_version;
  uint16_t override_until;  // days since kLabelEpoch; 0: none
  uint16_t reserved;
};
static_assert(sizeof(Record) == 40);

enum Flags : uint8_t { kGraded = 1, kProtectionVoid = 2, kUpgradesFrozen = 4 };

uint16_t DayBits(Day day) { return static_cast<uint16_t>(day == 0 ? 0 : std::clamp(day - kLabelEpoch, 0, 0xffff)); }
Day DayOfBits(uint16_t bits) { return bits == 0 ? 0 : kLabelEpoch + bits; }

Record RecordOf(const LadderStanding& item) {
  const scoring::Standing& s = item.standing;
  const auto flags = static_cast<uint8_t>((s.graded ? kGraded : 0) | (s.protection_void ? kProtectionVoid : 0) | (s.upgrades_frozen ? kUpgradesFrozen : 0));
  return {item.ladder_no, flags, s.effective, s.computed, s.against, DayBits(s.judged_as_of), s.score, s.version, s.as_of,
          s.protected_since, s.granted_as_of, s.granted_by, s.model_version, DayBits(s.override_until), 0};
}

LadderStanding StandingOf(const Record& r) {
  LadderStanding item{r.ladder_no, {}};
  scoring::Standing& s = item.standing;
  s.graded = (r.flags & kGraded) != 0;
  s.protection_void = (r.flags & kProtectionVoid) != 0;
  s.effective = r.effective;
  s.computed = r.computed;
  s.against = r.against;
  s.upgrades_frozen = (r.flags & kUpgradesFrozen) != 0;
  s.judged_as_of = DayOfBits(r.judged_as_of);
  s.model_version = r.model_version;
  s.override_until = DayOfBits(r.override_until);
  s.score = r.score;
  s.version = r.version;
  s.as_of = r.as_of;
  s.protected_since = r.protected_since;
  s.granted_as_of = r.granted_as_of;
  s.granted_by = r.granted_by;
  return item;
}

LadderStanding StandingOf(const RecordV1& r) {
  return StandingOf(Record{.ladder_no = r.ladder_no, .flags = r.graded, .effective = r.effective, .computed = r.computed,
                           .against = 0, .judged_as_of = 0, .score = r.score, .version = r.version, .as_of = r.as_of,
                           .protected_since = r.protected_since, .granted_as_of = 0, .granted_by = 0, .model_version = 0,
                           .override_until = 0, .reserved = 0});
}

template <typename R>
void ReadRecords(std::string_view bytes, Standings& standings) {
  for (size_t at = 0; at < bytes.size(); at += sizeof(R)) {
    R record;
    std::memcpy(&record, bytes.data() + at, sizeof record);
    standings.push_back(StandingOf(record));
  }
}

}  // namespace

std::string EncodeStandings(const Standings& standings) {
  if (standings.empty()) return {};
  std::string bytes(1 + standings.size() * sizeof(Record), '\0');
  bytes[0] = kFormat;
  char* at = bytes.data() + 1;
  for (const LadderStanding& item : standings) {
    const Record record = RecordOf(item);
    std::memcpy(at, &record, sizeof record);
    at += sizeof record;
  }
  return bytes;
}

absl::Status DecodeStandings(std::string_view bytes, Standings& standings) {
  standings.clear();
  if (bytes.size() % 8 == 0 && bytes.size() % sizeof(RecordV1) == 0) {
    ReadRecords<RecordV1>(bytes, standings);
  } else if (bytes[0] == kFormat && (bytes.size() - 1) % sizeof(Record) == 0) {
    ReadRecords<Record>(bytes.substr(1), standings);
  } else {
    return Error(absl::StatusCode::kDataLoss, "standings have {} bytes, which is no whole number of records", bytes.size());
  }
  return absl::OkStatus();
}

const scoring::Standing* Find(const Standings& standings, int16_t ladder_no) {
  for (const LadderStanding& item : standings) {
    if (item.ladder_no == ladder_no) return &item.standing;
  }
  return nullptr;
}

void Set(Standings& standings, int16_t ladder_no, const scoring::Standing& standing) {
  for (LadderStanding& item : standings) {
    if (item.ladder_no == ladder_no) {
      item.standing = standing;
      return;
    }
  }
  const auto at = std::find_if(standings.begin(), standings.end(),
                               [&](const LadderStanding& item) { return item.ladder_no > ladder_no; });
  standings.insert(at, {ladder_no, standing});
}

Label LabelOf(const scoring::Standing& standing) {
  return {standing.graded, standing.effective, standing.score, standing.as_of, standing.version};
}

}  // namespace rung::labels
