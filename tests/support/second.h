// A further process of the service on the database and the Redis of an installation.
#pragma once

#include <memory>
#include <string>

#include "tests/support/installation.h"

namespace rung::testing {

class Second {
 public:
  explicit Second(Installation& first);

  /// Stops the process where it is, and lets it go on.
  void Pause();
  void Continue();

  std::shared_ptr<grpc::Channel> channel() const { return channel_; }
  v1::IngestService::Stub& ingest() { return *ingest_; }
  /// `last()` says whether it worked.
  v1::GetTierResponse GetTier(const std::string& customer, const std::string& ladder = "");
  const grpc::Status& last() const { return last_; }
  v1::GetStatusResponse Status();
  /// 0: unknown ladder.
  int ModelVersion(const std::string& ladder);

 private:
  const std::string socket_;
  Child child_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::TierService::Stub> tiers_;
  std::unique_ptr<v1::IngestService::Stub> ingest_;
  std::unique_ptr<v1::StatusService::Stub> status_;
  grpc::Status last_;
};

}  // namespace rung::testing
