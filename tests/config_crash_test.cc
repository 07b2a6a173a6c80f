// A publication that is interrupted is complete or absent.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "tests/support/config_client.h"
#include "tests/support/eventually.h"

namespace rung::testing {
namespace {

constexpr int kRounds = 20;
constexpr int kClients = 4;

// What the clients know to be published, and what they don't know.
struct Knowledge {
  std::mutex mutex;
  std::map<std::string, std::set<int>> published;            // by document
  std::vector<cfg::PublishDraftRequest> unanswered;
  std::atomic<int> answered{0};
};

// Saves and publishes one document again and again, until the server is gone.
void PublishOnAndOn(const std::shared_ptr<grpc::Channel>& channel, const std::string& id, int round, Knowledge& knowledge) {
  const ConfigClient config(channel);
  for (int i = 0;; ++i) {
    const auto draft = config.Get(id);
    const auto saved = config.Save(ModelOf(id, 50 + i % 10), draft.ok() ? draft->draft().etag() : "");
    if (!saved.ok()) return;
    const auto request = ConfigClient::PublishRequest(id, saved->draft().etag(), fmt::format("{}-{}-{}", id, round, i));
    const auto published = config.Call(&ConfigClient::Stub::PublishDraft, request);
    std::lock_guard lock(knowledge.mutex);
    if (!published.ok()) {
      knowledge.unanswered.push_back(request);
      return;
    }
    EXPECT_TRUE(knowledge.published[id].insert(published->version().version()).second) << "one version given twice";
    ++knowledge.answered;
  }
}

void ExpectConsistent(const Installation& installation) {
  const auto none = [&](const std::string& what, const std::string& from) {
    EXPECT_EQ(installation.Sql("SELECT count(*) FROM " + from), "0") << what;
  };
  none("a version that isn't recorded as published", "config_version v WHERE 1 <> (SELECT count(*) FROM audit_entry a "
       "WHERE a.action = 'PUBLISH' AND a.subject = v.kind || '/' || v.document_id AND (a.after::json ->> 'version')::int = v.version "
       "AND a.after::json ->> 'body_sha256' = encode(sha256(convert_to(v.body, 'UTF8')), 'hex'))");
  none("a record of a version that isn't there", "audit_entry a WHERE a.action = 'PUBLISH' AND NOT EXISTS (SELECT FROM config_version v "
       "WHERE a.subject = v.kind || '/' || v.document_id AND (a.after::json ->> 'version')::int = v.version)");
  none("versions with a gap", "(SELECT document_id FROM config_version GROUP BY document_id HAVING max(version) <> count(*)) AS gap");
  none("a version whose ladder isn't there", "config_version v WHERE NOT EXISTS (SELECT FROM ladder l WHERE l.ladder_id = v.document_id)");
  none("a ladder without a version", "ladder l WHERE NOT EXISTS (SELECT FROM config_version v WHERE l.ladder_id = v.document_id)");
  none("a tier that the ladder doesn't know", "config_version v, json_array_elements(v.body::json -> 'tiers') AS t, ladder l "
       "WHERE l.ladder_id = v.document_id AND NOT t ->> 'code' = ANY (l.tier_codes)");
  none("a draft that was published and is still there", "config_draft d WHERE d.base_version <> "
       "(SELECT coalesce(max(version), 0) FROM config_version v WHERE v.document_id = d.document_id)");
  none("an answer to a request that published nothing", "request r WHERE r.method = 'PublishDraft' AND NOT EXISTS (SELECT FROM config_version v "
       "WHERE r.request_id LIKE v.document_id || '-%' AND v.version = convert_from(r.response, 'UTF8')::int)");
  EXPECT_EQ(installation.Sql("SELECT count(*) FROM request WHERE method = 'PublishDraft'"), installation.Sql("SELECT count(*) FROM config_version"));
  none("a break in the chain", "(SELECT chain_seq, row_number() OVER (ORDER BY chain_seq) AS place FROM audit_entry WHERE chain = 64) AS e WHERE chain_seq <> place");
  none("a head that isn't the end", "audit_chain h WHERE chain = 64 AND (length <> (SELECT count(*) FROM audit_entry WHERE chain = 64) OR "
       "length > 0 AND hash <> (SELECT chain_hash FROM audit_entry e WHERE e.chain = 64 AND e.chain_seq = h.length))");
}

TEST(ConfigCrashTest, APublicationThatIsKilledIsCompleteOrAbsent) {
  Installation installation({.presets = false});
  Knowledge knowledge;
  std::mt19937 random(20260331);
  int lost_answers = 0, done_unanswered = 0;
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    std::vector<std::thread> clients;
    for (int c = 0; c < kClients; ++c) {
      clients.emplace_back([&, c] { PublishOnAndOn(installation.channel(), fmt::format("doc{}", c), round, knowledge); });
    }
    // In the thick of it, however fast this machine is.
    const int enough = knowledge.answered + 2 + static_cast<int>(random() % 6);
    EXPECT_TRUE(Eventually(20'000, [&] { return knowledge.answered >= enough; }));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 50'000));
    installation.KillSuite();
    for (std::thread& client : clients) client.join();
    ExpectConsistent(installation);
    for (const auto& [id, versions] : knowledge.published) {
      for (const int version : versions) {
        EXPECT_EQ(installation.Sql(fmt::format("SELECT count(*) FROM config_version WHERE document_id = '{}' AND version = {}", id, version)), "1")
            << "answered, and lost";
      }
    }
    installation.StartSuite();
    // Asked again, an unanswered publication is the one that happened, or happens now.
    const ConfigClient config(installation.channel());
    for (const auto& request : knowledge.unanswered) {
      const bool happened = installation.Sql(fmt::format("SELECT count(*) FROM request WHERE request_id = '{}'", request.request_id())) == "1";
      const auto answer = config.Call(&ConfigClient::Stub::PublishDraft, request);
      EXPECT_TRUE(answer.ok()) << answer.status.error_message();
      EXPECT_TRUE(knowledge.published[request.document_id()].insert(answer->version().version()).second);
      ++lost_answers;
      done_unanswered += happened ? 1 : 0;
    }
    knowledge.unanswered.clear();
    ExpectConsistent(installation);
  }
  size_t published = 0;
  for (const auto& [id, versions] : knowledge.published) {
    EXPECT_EQ(*versions.rbegin(), static_cast<int>(versions.size())) << id << " has versions that nobody asked for";
    published += versions.size();
  }
  RecordProperty("published", static_cast<int>(published));
  std::printf("%zu publications, %d of them interrupted, %d of those had happened\n", published, lost_answers, done_unanswered);
  EXPECT_GT(lost_answers, 0) << "killed at times that prove nothing";
}

}  // namespace
}  // namespace rung::testing
