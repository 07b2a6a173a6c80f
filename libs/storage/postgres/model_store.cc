#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

constexpr int kMaxLadders = 16;
constexpr int kMaxTierNumbers = 63;

constexpr char kColumns[] =
    "SELECT l.ladder_no, l.ladder_id, l.is_default, array_to_json(l.tier_codes)::text, m.version, m.body::text, m.etag, "
    "m.author, (extract(epoch FROM m.published_at) * 1000000)::bigint FROM ladder l JOIN model_version m USING (ladder_no) ";

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

std::string ArrayLiteral(const std::vector<std::string>& items) {
  std::string literal = "{";
  for (const std::string& item : items) literal += (literal.size() > 1 ? ",\"" : "\"") + item + "\"";
  return literal + "}";
}

ModelRow RowOf(const pqxx::row& row) {
  return {row[0].as<int16_t>(), row[1].as<std::string>(), SplitJsonArray(row[3].as<std::string>()), row[2].as<bool>(),
          row[4].as<int32_t>(), row[5].as<std::string>(), row[6].as<std::string>(), row[7].as<std::string>(),
          row[8].as<int64_t>()};
}

class PostgresModelStore final : public ModelStore {
 public:
  explicit PostgresModelStore(std::shared_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}

  absl::StatusOr<std::vector<ModelRow>> Current(Deadline deadline) override {
    std::vector<ModelRow> rows;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) {
      rows.clear();
      for (const auto& row : work.exec(std::string(kColumns) +
                                       "WHERE m.version = (SELECT max(version) FROM model_version v WHERE v.ladder_no = "
                                       "l.ladder_no) ORDER BY l.ladder_no")) {
        rows.push_back(RowOf(row));
      }
      return absl::OkStatus();
    }));
    return rows;
  }

  absl::StatusOr<ModelRow> Get(const std::string& ladder_id, int32_t version, Deadline deadline) override {
    ModelRow found;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      const auto rows = work.exec_params(
          std::string(kColumns) + "WHERE l.ladder_id = $1 AND ($2 = 0 OR m.version = $2) ORDER BY m.version DESC LIMIT 1",
          ladder_id, version);
      if (rows.empty() && work.exec_params("SELECT 1 FROM ladder WHERE ladder_id = $1", ladder_id).empty()) {
        return WithReason(NotFoundError("no ladder \"{}\"; `rungctl model list` shows them", Shorten(ladder_id, 80)), "LADDER_UNKNOWN");
      }
      if (rows.empty()) {
        return WithReason(NotFoundError("ladder \"{}\" has no version {}", ladder_id, version), "MODEL_VERSION_UNKNOWN");
      }
      found = RowOf(rows[0]);
      return absl::OkStatus();
    }));
    return found;
  }

  absl::StatusOr<std::optional<ModelRow>> Replay(const PublishRequest& request, Deadline deadline) override {
    std::optional<ModelRow> published;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      RUNG_ASSIGN_OR_RETURN(published, ReplayIn(work, request));
      return absl::OkStatus();
    }));
    return published;
  }

  absl::StatusOr<ModelRow> Publish(const PublishRequest& request, Deadline deadline) override {
    ModelRow published;
    RUNG_RETURN_IF_ERROR(sessions_->Transact(deadline, [&](pqxx::work& work) -> absl::Status {
      work.exec("LOCK TABLE ladder IN SHARE ROW EXCLUSIVE MODE");  // publications are rare: one at a time
      RUNG_ASSIGN_OR_RETURN(const auto earlier, ReplayIn(work, request));
      if (earlier) {
        published = *earlier;
        return absl::OkStatus();
      }
      const pqxx::binarystring hash(request.request_hash.data(), request.request_hash.size());
      RUNG_ASSIGN_OR_RETURN(const Place place, PlaceOf(work, request));
      const std::string etag = fmt::format("{}-{}", request.ladder_id, place.version);
      work.exec_params("INSERT INTO model_version VALUES ($1, $2, $3::jsonb, $4, $5, to_timestamp($6::bigint / 1e6))",
                       place.ladder_no, place.version, request.body_json, etag, request.author, request.now);
      work.exec_params("INSERT INTO request VALUES ('ApplyModel', $1, $2, convert_to($3, 'UTF8'), to_timestamp($4::bigint / 1e6))",
                       request.request_id, hash, std::to_string(place.version), request.now);
      return ReadVersion(work, request.ladder_id, place.version, published);
    }));
    return published;
  }

 private:
  struct Place {
    int ladder_no;
    int version;
  };

  static absl::Status ReadVersion(pqxx::work& work, const std::string& ladder_id, int32_t version, ModelRow& out) {
    out = RowOf(work.exec_params1(std::string(kColumns) + "WHERE l.ladder_id = $1 AND m.version = $2", ladder_id, version));
    return absl::OkStatus();
  }

  // What this request_id has published already.
  static absl::StatusOr<std::optional<ModelRow>> ReplayIn(pqxx::work& work, const PublishRequest& request) {
    const pqxx::binarystring hash(request.request_hash.data(), request.request_hash.size());
    const auto earlier = work.exec_params(
        "SELECT request_hash = $2, convert_from(response, 'UTF8') FROM request WHERE method = 'ApplyModel' AND request_id = $1",
        request.request_id, hash);
    if (earlier.empty()) return std::nullopt;
    if (!earlier[0][0].as<bool>()) {
      return WithReason(AlreadyExistsError("request_id \"{}\" was used for another request", request.request_id), "REQUEST_ID_REUSED");
    }
    ModelRow published;
    RUNG_RETURN_IF_ERROR(ReadVersion(work, request.ladder_id, earlier[0][1].as<int32_t>(), published));
    return published;
  }

  // The ladder's number and next version; creates the ladder or extends its tier numbers.
  static absl::StatusOr<Place> PlaceOf(pqxx::work& work, const PublishRequest& request) {
    const auto rows = work.exec_params(
        std::string(kColumns) + "WHERE l.ladder_id = $1 ORDER BY m.version DESC LIMIT 1", request.ladder_id);
    if (rows.empty()) {
      if (!request.expected_etag.empty()) return EtagMismatch(request, "");
      const int count = work.exec1("SELECT count(*) FROM ladder")[0].as<int>();
      if (count >= kMaxLadders) {
        return WithReason(ResourceExhaustedError("{} ladders exist; that is the limit", count), "TOO_MANY_LADDERS");
      }
      const bool make_default = count == 0 || request.make_default;
      if (make_default) work.exec("UPDATE ladder SET is_default = false WHERE is_default");
      work.exec_params("INSERT INTO ladder VALUES ($1, $2, $3::text[], $4)", count, request.ladder_id,
                       ArrayLiteral(request.tier_codes), make_default);
      return Place{count, 1};
    }
    const ModelRow current = RowOf(rows[0]);
    if (!request.expected_etag.empty() && request.expected_etag != current.etag) return EtagMismatch(request, current.etag);
    std::vector<std::string> codes = current.tier_codes;
    for (const std::string& code : request.tier_codes) {
      if (std::find(codes.begin(), codes.end(), code) == codes.end()) codes.push_back(code);
    }
    if (codes.size() > kMaxTierNumbers) {
      return WithReason(ResourceExhaustedError("ladder \"{}\" has used up its {} tier codes", request.ladder_id, kMaxTierNumbers),
                        "TOO_MANY_TIERS");
    }
    if (request.make_default) work.exec("UPDATE ladder SET is_default = false WHERE is_default");
    work.exec_params("UPDATE ladder SET tier_codes = $2::text[], is_default = is_default OR $3 WHERE ladder_no = $1",
                     current.ladder_no, ArrayLiteral(codes), request.make_default);
    return Place{current.ladder_no, current.version + 1};
  }

  static absl::Status EtagMismatch(const PublishRequest& request, const std::string& current) {
    return WithReason(AbortedError("ladder \"{}\" has etag \"{}\" now, not \"{}\": read it again and redo the change",
                                   request.ladder_id, current, request.expected_etag),
                      "ETAG_MISMATCH", {{"current_etag", current}});
  }

  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace

std::unique_ptr<ModelStore> MakeModelStore(std::shared_ptr<Sessions> sessions) {
  return std::make_unique<PostgresModelStore>(std::move(sessions));
}

}  // namespace rung::storage::postgres
