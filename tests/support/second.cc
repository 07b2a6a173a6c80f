#include "tests/support/second.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "tests/support/eventually.h"

namespace rung::testing {

Second::Second(Installation& first) : socket_(first.folder() + "/second.sock") {
  std::filesystem::remove(socket_);
  child_ = Child(first.SuiteCommand("unix:" + socket_), first.folder() + "/second.log");
  channel_ = ChannelTo("unix:" + socket_);
  tiers_ = v1::TierService::NewStub(channel_);
  ingest_ = v1::IngestService::NewStub(channel_);
  status_ = v1::StatusService::NewStub(channel_);
  EXPECT_TRUE(Eventually(15'000, [&] {
    auto context = Within(1000);
    context->set_wait_for_ready(true);
    v1::GetStatusResponse response;
    return status_->GetStatus(context.get(), {}, &response).ok() && response.labels().live();
  })) << "the second process didn't start";
}

void Second::Pause() { kill(child_.pid(), SIGSTOP); }
void Second::Continue() { kill(child_.pid(), SIGCONT); }

v1::GetTierResponse Second::GetTier(const std::string& customer, const std::string& ladder) {
  v1::GetTierRequest request;
  request.set_customer_id(customer);
  request.set_ladder_id(ladder);
  v1::GetTierResponse response;
  auto context = Within(10'000);
  last_ = tiers_->GetTier(context.get(), request, &response);
  return response;
}

v1::GetStatusResponse Second::Status() {
  v1::GetStatusResponse response;
  auto context = Within(10'000);
  EXPECT_TRUE(status_->GetStatus(context.get(), {}, &response).ok());
  return response;
}

int Second::ModelVersion(const std::string& ladder) {
  v1::ListTiersResponse response;
  auto context = Within(10'000);
  EXPECT_TRUE(tiers_->ListTiers(context.get(), {}, &response).ok());
  for (const v1::Ladder& item : response.ladders()) {
    if (item.ladder_id() == ladder) return item.model_version();
  }
  return 0;
}

}  // namespace rung::testing
