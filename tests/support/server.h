// A PostgreSQL of a test's own, which can be killed.
#pragma once

#include <string>

namespace rung::testing {

/// Sets RUNG_TEST_TEMPLATE to a migrated database of this server.
class Server {
 public:
  Server();
  ~Server();
  void Crash() { Run("crash"); }
  void Start() { Run("start", "--fast"); }
  const std::string& conninfo() const { return conninfo_; }

 private:
  std::string CommandOf(const std::string& verb, const std::string& more = "") const;
  void Run(const std::string& verb, const std::string& more = "") const;
  std::string Output(const std::string& verb) const;

  const std::string folder_;
  std::string conninfo_;
};

}  // namespace rung::testing
