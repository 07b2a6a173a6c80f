#include "libs/labels/standings_column.h"

#include <gtest/gtest.h>

#include <random>

#include "libs/labels/standings.h"

namespace rung::labels {
namespace {

void ExpectAll(const StandingsColumn& column, const std::vector<std::string>& rows) {
  StandingsColumn::Reader reader(column);
  for (size_t i = 0; i < rows.size(); ++i) ASSERT_EQ(reader.Next(), rows[i]) << i;
}

TEST(StandingsColumn, GivesBackWhateverBytesWereAdded) {
  std::mt19937 random(7);
  std::vector<std::string> rows{"", std::string(300, '\xff'), std::string(5, '\0'), "a", "", std::string(8, 'x'), std::string(9, 'x')};
  for (int i = 0; i < 5000; ++i) {
    std::string row(random() % 90, '\0');
    for (char& byte : row) byte = random() % 3 == 0 ? static_cast<char>(random()) : '\1';
    rows.push_back(row);
  }
  StandingsColumn column;
  for (const std::string& row : rows) column.Add(row);
  ExpectAll(column, rows);
  ExpectAll(column, rows);
}

TEST(StandingsColumn, MayBeMadeOfParts) {
  std::vector<std::string> rows;
  StandingsColumn whole;
  for (int part = 0; part < 3; ++part) {
    StandingsColumn column;
    for (int i = 0; i < 70'000 * part; ++i) column.Add(rows.emplace_back(std::to_string(i * 7919 % 10'007)));
    whole.Append(column);
    EXPECT_EQ(column.bytes(), 0u);
    whole.Add(rows.emplace_back("between"));
    column.Add("used again");
    ExpectAll(column, {"used again"});
  }
  ExpectAll(whole, rows);
}

TEST(StandingsColumn, TakesAThirdOfTheBytesOfUsualStandings) {
  std::mt19937 random(8);
  StandingsColumn whole, column;
  size_t plain = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto tier = static_cast<uint8_t>(random() % 5);
    Standings standings;
    Set(standings, 1, {.graded = true, .effective = tier, .computed = tier, .score = static_cast<int32_t>(random() % 100'000),
                       .version = static_cast<uint32_t>(1 + random() % 20), .as_of = 20'543, .protected_since = static_cast<Day>(20'400 + random() % 100),
                       .judged_as_of = 20'543});
    const std::string bytes = EncodeStandings(standings);
    plain += bytes.size();
    column.Add(bytes);
  }
  whole.Append(column);
  EXPECT_LT(whole.bytes(), plain * 2 / 5);
}

}  // namespace
}  // namespace rung::labels
