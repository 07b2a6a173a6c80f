// Every migration can be taken back: the schema is then what it was before, and without any of them nothing is left.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace rung::testing {
namespace {

constexpr char kMigrations[] = RUNG_SOURCE_DIR "/deploy/migrations";

std::multiset<std::string> LinesOf(const std::string& text) {
  std::multiset<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line != "--") lines.insert(line);
  }
  return lines;
}

// The lines that only one of two dumps has: a whole schema tells nobody anything.
std::string Difference(const std::string& expected, const std::string& actual) {
  if (expected == actual) return "";
  const auto before = LinesOf(expected), after = LinesOf(actual);
  std::vector<std::string> gone, added;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(gone));
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(added));
  std::string text;
  for (const std::string& line : gone) text += "- " + line + "\n";
  for (const std::string& line : added) text += "+ " + line + "\n";
  return text.empty() ? "the same lines in another order" : text;
}

class MigrationsTest : public ::testing::Test {
 protected:
  // The server as libpq's variables, which psql, pg_dump and sqitch read alike.
  MigrationsTest() {
    const char* server = std::getenv("RUNG_TEST_POSTGRES");
    EXPECT_NE(server, nullptr) << "run deploy/test.sh";
    std::istringstream pairs(server == nullptr ? "" : server);
    for (std::string pair; pairs >> pair;) {
      const size_t equals = pair.find('=');
      std::string name = "PG" + pair.substr(0, equals);
      for (char& c : name) c = static_cast<char>(std::toupper(c));
      environment_ += fmt::format("{}={} ", name, pair.substr(equals + 1));
    }
    environment_ += fmt::format("PGDATABASE={} SQITCH_FULLNAME=rung SQITCH_EMAIL=rung@localhost ", database_);
    Run("createdb --maintenance-db=postgres " + database_);
  }
  ~MigrationsTest() override { Run("dropdb --maintenance-db=postgres --if-exists --force " + database_); }

  std::string Run(const std::string& command) const {
    FILE* pipe = popen((environment_ + command + " 2>&1").c_str(), "r");
    std::string output;
    std::array<char, 4096> buffer;
    for (size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) output.append(buffer.data(), n);
    EXPECT_EQ(pclose(pipe), 0) << command << "\n" << output;
    return output;
  }
  void Sqitch(const std::string& what) const { Run(fmt::format("sqitch --quiet --chdir {} {} --target db:pg:{}", kMigrations, what, database_)); }

  // The changes in the order of the plan.
  std::vector<std::string> Changes() const {
    std::istringstream lines(Run(fmt::format("sqitch --chdir {} plan --format format:%n --no-headers", kMigrations)));
    std::vector<std::string> changes;
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty()) changes.push_back(line);
    }
    return changes;
  }
  // All but sqitch's own tables, with rights; without what pg_dump writes anew each time.
  std::string Schema() const { return Run("pg_dump --schema-only --exclude-schema=sqitch | grep -v '^\\\\\\(un\\)\\?restrict '"); }
  std::string Sql(const std::string& sql) const { return Run("psql -XAtc \"" + sql + "\""); }

  const std::string database_ = fmt::format("migrations_{}", getpid());
  std::string environment_;
};

TEST_F(MigrationsTest, EachIsTakenBackToTheSchemaBeforeItAndDeployedAgainToTheSame) {
  const std::vector<std::string> changes = Changes();
  ASSERT_GE(changes.size(), 14u);
  std::vector<std::string> schemas = {Schema()};
  for (const std::string& change : changes) {
    Sqitch("deploy --verify --to " + change);
    schemas.push_back(Schema());
    EXPECT_NE(Difference(schemas[schemas.size() - 2], schemas.back()), "") << change << " changes nothing that this test could see";
  }
  for (size_t i = changes.size(); i-- > 0;) {
    Sqitch(i == 0 ? std::string("revert -y") : "revert -y --to " + changes[i - 1]);
    EXPECT_EQ(Difference(schemas[i], Schema()), "") << changes[i] << " doesn't take everything back";
  }
  EXPECT_EQ(Sql("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace UNION ALL "
                "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace UNION ALL "
                "SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace UNION ALL "
                "SELECT defaclobjtype::text FROM pg_default_acl"), "") << "left behind";
  const std::string migrate = fmt::format("{}/../migrate.sh dbname={}", kMigrations, database_);
  Run(migrate);
  EXPECT_EQ(Difference(schemas.back(), Schema()), "") << "deployed again";
  Run(migrate + " --revert-to " + changes.front());
  EXPECT_EQ(Difference(schemas[1], Schema()), "") << "as operations.md says";
}

TEST_F(MigrationsTest, WhatIsLeftBehindIsSeen) {
  const std::string before = Schema();
  Sql("CREATE SEQUENCE left_behind");
  const std::string with_sequence = Schema();
  EXPECT_NE(Difference(before, with_sequence).find("+ CREATE SEQUENCE public.left_behind"), std::string::npos);
  Sql("GRANT SELECT ON left_behind TO PUBLIC");
  EXPECT_NE(Difference(with_sequence, Schema()), "") << "rights count, too";
}

}  // namespace
}  // namespace rung::testing
