#include "libs/sealing/codec.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

namespace rung::sealing {
namespace {

class CodecTest : public ::testing::Test {
 protected:
  std::string path_ = ::testing::TempDir() + "rung-keys-" + std::to_string(::getpid());
  void SetUp() override { std::remove(path_.c_str()); }
  void TearDown() override { std::remove(path_.c_str()); }
  void Write(const std::string& text) { std::ofstream(path_) << text; }
  static std::string Hex(char digit) { return std::string(64, digit); }
};

TEST_F(CodecTest, OpensWhatItSealedInItsRowOnly) {
  ASSERT_TRUE(KeyRing::Create(path_).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(KeyRing::Create(path_))) << "an existing key is never overwritten";
  const Codec codec(*KeyRing::Load(path_));
  const std::string sealed = codec.Seal("13800000000", "c1|e1");
  EXPECT_EQ(sealed.find("138"), std::string::npos);
  EXPECT_EQ(*codec.Open(1, sealed, "c1|e1"), "13800000000");
  EXPECT_EQ(codec.Open(1, sealed, "c2|e1").status().code(), absl::StatusCode::kDataLoss);
  std::string altered = sealed;
  altered.back() ^= 1;
  EXPECT_EQ(codec.Open(1, altered, "c1|e1").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(codec.Seal("13800000000", "c1|e1"), sealed) << "a fresh nonce each time";
}

TEST_F(CodecTest, ServicesThatStartTogetherShareOneKeyFileThatIsWhole) {
  const std::string folder = path_ + ".together", file = folder + "/keys";
  for (int round = 0; round < 100; ++round) {
    std::filesystem::create_directory(folder);
    std::atomic<int> made = 0;
    std::vector<std::map<KeyId, std::string>> keys(3);
    std::vector<std::thread> services;
    for (size_t i = 0; i < keys.size(); ++i) {
      services.emplace_back([&, i] {
        if (i > 0) {
          const absl::Status created = KeyRing::Create(file);
          if (created.ok()) ++made;
          EXPECT_TRUE(created.ok() || absl::IsAlreadyExists(created)) << created;
        }
        auto ring = KeyRing::Load(file);
        while (absl::IsNotFound(ring.status())) ring = KeyRing::Load(file);  // the first one waits for the file
        ASSERT_TRUE(ring.ok()) << ring.status();
        keys[i] = ring->keys();
      });
    }
    for (std::thread& service : services) service.join();
    EXPECT_EQ(made, 1);
    for (const auto& mine : keys) EXPECT_EQ(mine, keys[0]);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1) << "something temporary was left";
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600));
    std::filesystem::remove_all(folder);
  }
}

TEST_F(CodecTest, AKeyFileThatCannotBeMadeSaysWhy) {
  const absl::Status status = KeyRing::Create("/nonexistent/keys");
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_NE(status.ToString().find("No such file"), std::string::npos) << status;
}

TEST_F(CodecTest, OlderKeysStayReadableAndIndexesSurviveRotation) {
  Write("1 " + Hex('1') + "\n");
  const Codec before(*KeyRing::Load(path_));
  Write("# rotated\n1 " + Hex('1') + "\n2 " + Hex('2') + "\n");
  const Codec after(*KeyRing::Load(path_));
  EXPECT_EQ(after.current_key(), 2);
  EXPECT_EQ(*after.Open(1, before.Seal("x", "r"), "r"), "x");
  EXPECT_EQ(before.Open(2, after.Seal("x", "r"), "r").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(before.BlindIndex("phone", "1"), after.BlindIndex("phone", "1"));
  EXPECT_NE(after.BlindIndex("phone", "1"), after.BlindIndex("payer", "1"));
}

TEST_F(CodecTest, BadKeyFilesAreRefusedWithTheirLine) {
  Write("1 abc\n");
  EXPECT_NE(KeyRing::Load(path_).status().ToString().find(":1:"), std::string::npos);
  Write("\n");
  EXPECT_FALSE(KeyRing::Load(path_).ok());
  const absl::Status missing = KeyRing::Load("/nonexistent").status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(missing.ToString().find("No such file"), std::string::npos) << missing;
}

}  // namespace
}  // namespace rung::sealing
