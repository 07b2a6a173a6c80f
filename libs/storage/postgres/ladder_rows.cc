#include "libs/storage/postgres/ladder_rows.h"

#include <algorithm>

#include "libs/errors/errors.h"

namespace rung::storage::postgres {
namespace {

constexpr int kMaxLadders = 16;
constexpr int kMaxTierNumbers = 63;

std::string ArrayLiteral(const std::vector<std::string>& items) {
  std::string literal = "{";
  for (const std::string& item : items) literal += (literal.size() > 1 ? ",\"" : "\"") + item + "\"";
  return literal + "}";
}

}  // namespace

// Codes are made of [a-z0-9_-]: the JSON array of them splits at its quotes.
std::vector<std::string> SplitJsonArray(const std::string& json) {
  std::vector<std::string> items;
  for (size_t at = json.find('"'); at != std::string::npos;) {
    const size_t end = json.find('"', at + 1);
    items.push_back(json.substr(at + 1, end - at - 1));
    at = json.find('"', end + 1);
  }
  return items;
}

absl::Status ChangeLadder(pqxx::work& work, const std::string& ladder_id, const LadderChange& change) {
  const auto rows = work.exec_params("SELECT ladder_no, array_to_json(tier_codes)::text FROM ladder WHERE ladder_id = $1", ladder_id);
  const int count = work.exec1("SELECT count(*) FROM ladder")[0].as<int>();
  if (rows.empty() && count >= kMaxLadders) {
    return WithReason(ResourceExhaustedError("{} ladders exist; that is the limit", count), "TOO_MANY_LADDERS");
  }
  std::vector<std::string> codes;
  if (!rows.empty()) codes = SplitJsonArray(rows[0][1].as<std::string>());
  for (const std::string& code : change.tier_codes) {
    if (std::find(codes.begin(), codes.end(), code) == codes.end()) codes.push_back(code);
  }
  if (codes.size() > kMaxTierNumbers) {
    return WithReason(ResourceExhaustedError("ladder \"{}\" has used up its {} tier codes", ladder_id, kMaxTierNumbers), "TOO_MANY_TIERS");
  }
  const bool make_default = change.make_default || count == 0;
  if (make_default) work.exec("UPDATE ladder SET is_default = false WHERE is_default");
  if (rows.empty()) {
    work.exec_params("INSERT INTO ladder VALUES ($1, $2, $3::text[], $4)", count, ladder_id, ArrayLiteral(codes), make_default);
  } else {
    work.exec_params("UPDATE ladder SET tier_codes = $2::text[], is_default = is_default OR $3 WHERE ladder_no = $1", rows[0][0].as<int>(),
                     ArrayLiteral(codes), make_default);
  }
  return absl::OkStatus();
}

}  // namespace rung::storage::postgres
