#include "tests/support/service_process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

namespace rung::testing {

ServiceProcess::ServiceProcess(const Installation& installation, const std::string& program, const std::vector<std::string>& options)
    : address_("unix:" + installation.folder() + "/" + program + ".sock"), log_(installation.folder() + "/" + program + ".log"),
      command_({std::string(RUNG_BINARY_DIR) + "/" + program, "--listen", address_, "--metrics-listen", "", "--postgres", installation.conninfo(),
                "--redis", "unix:" + installation.folder() + "/redis.sock", "--key-file", installation.folder() + "/keys", "--business-time",
                "2026-03-31T12:00:00+08:00"}),
      channel_(ChannelTo(address_)) {
  command_.insert(command_.end(), options.begin(), options.end());
  Start();
}

void ServiceProcess::Start() {
  std::filesystem::remove(address_.substr(address_.find('/')));
  child_ = Child(command_, log_);
  const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(30);
  EXPECT_TRUE(channel_->WaitForConnected(deadline) && child_.Running()) << command_[0] << " didn't start; " << log_;
}

void ServiceProcess::Pause() { kill(child_.pid(), SIGSTOP); }
void ServiceProcess::Continue() { kill(child_.pid(), SIGCONT); }

}  // namespace rung::testing
