// One service of the suite as a process of its own, on the database, the Redis and the keys of an installation.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/installation.h"

namespace rung::testing {

class ServiceProcess {
 public:
  /// `program` as it is built, "rung-pricing"; `options` say where its peers are.
  ServiceProcess(const Installation& installation, const std::string& program, const std::vector<std::string>& options = {});

  void Start();
  void Kill() { child_.Signal(9); }
  /// Stops the process where it is: it takes calls and answers none. And lets it go on.
  void Pause();
  void Continue();

  const std::string& address() const { return address_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  const std::string address_;
  const std::string log_;
  std::vector<std::string> command_;
  Child child_;
  const std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace rung::testing
