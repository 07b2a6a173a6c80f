#include "tests/support/server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace rung::testing {

Server::Server() : folder_(fmt::format("/tmp/rung-crash-{}", getpid())) {
  Run("start", "--fast");
  conninfo_ = Output("env");
  conninfo_ = conninfo_.substr(conninfo_.find('"') + 1);
  conninfo_ = conninfo_.substr(0, conninfo_.find(" dbname="));
  const std::string migrate = fmt::format("{}/deploy/migrate.sh \"{} dbname=rung_template\"", RUNG_SOURCE_DIR, conninfo_);
  EXPECT_EQ(std::system(migrate.c_str()), 0);
  setenv("RUNG_TEST_TEMPLATE", "rung_template", 1);
}

Server::~Server() {
  Run("crash");
  Run("destroy");
  std::filesystem::remove_all(folder_);
}

std::string Server::CommandOf(const std::string& verb, const std::string& more) const {
  return fmt::format("{}/deploy/servers.sh {} {} {}", RUNG_SOURCE_DIR, verb, folder_, more);
}

void Server::Run(const std::string& verb, const std::string& more) const {
  EXPECT_EQ(std::system(CommandOf(verb, more).c_str()), 0) << verb;
}

std::string Server::Output(const std::string& verb) const {
  FILE* pipe = popen(CommandOf(verb).c_str(), "r");
  char buffer[4096];
  const size_t size = fread(buffer, 1, sizeof buffer, pipe);
  pclose(pipe);
  return std::string(buffer, size);
}

}  // namespace rung::testing
