#include "libs/labels/standings.h"

#include <cstring>

#include "libs/base/status.h"

namespace rung::labels {
namespace {

// Fixed-size records, little-endian, so that a scan over millions of rows reads them without parsing.
struct Record {
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
static_assert(sizeof(Record) == 24);

}  // namespace

std::string EncodeStandings(const Standings& standings) {
  std::string bytes(standings.size() * sizeof(Record), '\0');
  char* at = bytes.data();
  for (const LadderStanding& item : standings) {
    const scoring::Standing& s = item.standing;
    const Record record{item.ladder_no, s.graded, s.effective, s.computed, {}, s.score, s.version, s.as_of, s.protected_since};
    std::memcpy(at, &record, sizeof record);
    at += sizeof record;
  }
  return bytes;
}

absl::Status DecodeStandings(std::string_view bytes, Standings& standings) {
  standings.clear();
  if (bytes.size() % sizeof(Record) != 0) {
    return Error(absl::StatusCode::kDataLoss, "standings have {} bytes, not a multiple of {}", bytes.size(), sizeof(Record));
  }
  for (size_t at = 0; at < bytes.size(); at += sizeof(Record)) {
    Record record;
    std::memcpy(&record, bytes.data() + at, sizeof record);
    standings.push_back({record.ladder_no,
                         {record.graded != 0, record.effective, record.computed, record.score, record.version,
                          record.as_of, record.protected_since}});
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
