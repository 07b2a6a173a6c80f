#include <map>
#include <mutex>
#include <shared_mutex>

#include "libs/errors/errors.h"
#include "libs/storage/postgres/postgres.h"
#include "libs/storage/postgres/sessions.h"

namespace rung::storage::postgres {
namespace {

using features::CodeKind;

constexpr int kMaxWords = 100'000;

// All words in memory: they are few, and states are useless without them.
class PostgresCodeStore final : public CodeStore {
 public:
  explicit PostgresCodeStore(std::shared_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}

  int32_t Find(CodeKind kind, std::string_view word) const override {
    const int32_t known = FindCached(kind, word);
    if (known != kUnknown) return known;
    const_cast<PostgresCodeStore*>(this)->Refresh(kind).IgnoreError();
    return FindCached(kind, word);
  }

  std::string Word(CodeKind kind, int32_t code) const override {
    {
      std::shared_lock lock(mutex_);
      const auto it = words_.find({kind, code});
      if (it != words_.end()) return it->second;
    }
    // Another process may have given it.
    const_cast<PostgresCodeStore*>(this)->Refresh(kind).IgnoreError();
    std::shared_lock lock(mutex_);
    const auto it = words_.find({kind, code});
    return it == words_.end() ? std::string() : it->second;
  }

  absl::Status Intern(CodeKind kind, const std::vector<std::string>& words) override {
    std::vector<std::string> missing;
    for (const std::string& word : words) {
      if (FindCached(kind, word) == kUnknown) missing.push_back(word);
    }
    if (missing.empty()) return absl::OkStatus();
    RUNG_RETURN_IF_ERROR(sessions_->Transact(Deadline::After(10'000), [&](pqxx::work& work) -> absl::Status {
      work.exec("LOCK TABLE code_word IN SHARE ROW EXCLUSIVE MODE");
      int next = work.exec_params1("SELECT coalesce(max(code) + 1, 0) FROM code_word WHERE kind = $1", static_cast<int>(kind))[0].as<int>();
      for (const std::string& word : missing) {
        if (next >= kMaxWords) {
          return WithReason(ResourceExhaustedError("{} words of one kind exist; \"{}\" would be one too many", next, word),
                            "TOO_MANY_WORDS");
        }
        const auto inserted = work.exec_params("INSERT INTO code_word VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                                               static_cast<int>(kind), next, word);
        next += static_cast<int>(inserted.affected_rows());
      }
      return absl::OkStatus();
    }));
    return Refresh(kind);
  }

 private:
  int32_t FindCached(CodeKind kind, std::string_view word) const {
    std::shared_lock lock(mutex_);
    const auto words = codes_.find(kind);
    if (words == codes_.end()) return kUnknown;
    const auto it = words->second.find(word);
    return it == words->second.end() ? kUnknown : it->second;
  }

  absl::Status Refresh(CodeKind kind) {
    return sessions_->Transact(Deadline::After(10'000), [&](pqxx::work& work) {
      const auto rows = work.exec_params("SELECT code, word FROM code_word WHERE kind = $1", static_cast<int>(kind));
      std::unique_lock lock(mutex_);
      for (const auto& row : rows) {
        codes_[kind].try_emplace(row[1].as<std::string>(), row[0].as<int32_t>());
        words_.try_emplace({kind, row[0].as<int32_t>()}, row[1].as<std::string>());
      }
      return absl::OkStatus();
    });
  }

  const std::shared_ptr<Sessions> sessions_;
  mutable std::shared_mutex mutex_;
  std::map<CodeKind, std::map<std::string, int32_t, std::less<>>> codes_;
  std::map<std::pair<CodeKind, int32_t>, std::string> words_;
};

}  // namespace

std::unique_ptr<CodeStore> MakeCodeStore(std::shared_ptr<Sessions> sessions) {
  return std::make_unique<PostgresCodeStore>(std::move(sessions));
}

}  // namespace rung::storage::postgres
