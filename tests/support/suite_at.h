// The suite of an installation at another business time: one after the other they make a test's clock.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>

#include "tests/support/installation.h"

namespace rung::testing {

/// Stops the installation's own suite; killed with the object.
class SuiteAt {
 public:
  SuiteAt(Installation& installation, const std::string& business_time) {
    installation.KillSuite();
    const std::string socket = installation.folder() + "/suite-at.sock";
    std::filesystem::remove(socket);
    auto command = installation.SuiteCommand("unix:" + socket);
    *(std::find(command.begin(), command.end(), "--business-time") + 1) = business_time;
    child_ = Child(command, installation.folder() + "/suite.log");
    channel_ = ChannelTo("unix:" + socket);
    EXPECT_TRUE(channel_->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(30)) && child_.Running()) << business_time;
  }

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  Child child_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace rung::testing
