#include "libs/importer/csv_reader.h"
#include "libs/importer/line_source.h"

#include <unistd.h>
#include <zlib.h>

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/importer/line_source.h"

namespace rung::importer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CsvReaderTest : public ::testing::Test {
 protected:
  ~CsvReaderTest() override { unlink(path_.c_str()); }

  const std::string& Write(std::string_view text) {
    std::ofstream(path_, std::ios::binary) << text;
    return path_;
  }

  // "line:field|field" for each row.
  std::vector<std::string> Rows(std::string_view text) {
    auto reader = CsvReader::Open(Write(text));
    std::vector<std::string> rows;
    CsvRow row;
    while (*reader->Next(row)) {
      std::string shown = std::to_string(row.line()) + ":";
      for (size_t i = 0; i < row.size(); ++i) shown.append(i == 0 ? "" : "|").append(row.field(i));
      rows.push_back(row.broken() ? shown + " broken" : shown);
    }
    return rows;
  }

  // What the first row that can't be read is refused with.
  std::string Failure(std::string_view text, char delimiter = ',') {
    auto reader = CsvReader::Open(Write(text), delimiter);
    CsvRow row;
    for (;;) {
      const auto more = reader->Next(row);
      if (!more.ok()) return std::string(more.status().message());
      if (!*more) return "read to the end";
    }
  }

  const std::string path_ = ::testing::TempDir() + "csv_reader_test." + std::to_string(getpid());
};

TEST_F(CsvReaderTest, ReadsQuotesBlanksAndEmptyFields) {
  EXPECT_THAT(Rows("a,b,c\n\"x,\"\"y\"\"\", 2 ,\n,,\n"), ElementsAre("1:a|b|c", "2:x,\"y\"|2|", "3:||"));
}

TEST_F(CsvReaderTest, NumbersRowsByTheirFirstPhysicalLine) {
  EXPECT_THAT(Rows("a,b\r\n\r\n1,\"two\nlines\"\r\n2,x"), ElementsAre("1:a|b", "3:1|two\nlines", "5:2|x"));
}

TEST_F(CsvReaderTest, SkipsTheByteOrderMark) { EXPECT_THAT(Rows("\xEF\xBB\xBF" "a,b\n"), ElementsAre("1:a|b")); }

TEST_F(CsvReaderTest, SaysWhereAQuoteOpensThatIsNeverClosed) {
  EXPECT_THAT(Failure("a,b\n0,z\n1,\"open\n2,y\n3,y\n"), HasSubstr(", line 3: the quote that opens here isn't closed by the end of the file"));
  EXPECT_THAT(Failure("a,b\n1,\"two\nlines\",\"open\n2,y\n"), HasSubstr(", line 3: ")) << "of several quotes of a row, the one that is open";
  EXPECT_THAT(Failure("a,b\n1,\"open\n"), HasSubstr("第 2 行的引号没有闭合"));
}

TEST_F(CsvReaderTest, AnOpenQuoteDoesNotSwallowRowsUpToTheNextQuote) {
  EXPECT_THAT(Failure("a,b\n1,\"open\n2,y\n3,\"fine\"\n4,y\n"), HasSubstr(", line 2: the quote that opens here isn't closed by line 4"));
  EXPECT_THAT(Failure("a\tb\n1\t\"open\n2\t\"fine\"\n", '\t'), HasSubstr(", line 2: "));
  EXPECT_THAT(Rows("a,b\n1,\"says \"\"x\"\"\nand \"\"y\"\"\" ,\n2,z\n"), ElementsAre("1:a|b", "2:1|says \"x\"\nand \"y\"|", "4:2|z")) << "in order";
  EXPECT_THAT(Rows("a,b\n5\" tap,x\n"), ElementsAre("1:a|b", "2:5\" tap|x")) << "inches, and no quoted field";
}

TEST_F(CsvReaderTest, MarksRowsWithTooManyFields) {
  EXPECT_THAT(Rows(std::string(kMaxRowFields, ',')).at(0), ::testing::EndsWith(" broken"));
}

TEST_F(CsvReaderTest, BoundsTheMemoryOfAField) {
  auto reader = CsvReader::Open(Write("a\n\"" + std::string(kMaxRowBytes / 2, 'x') + "\n" +
                                      std::string(kMaxRowBytes, 'y') + "\n"));
  CsvRow row;
  ASSERT_TRUE(*reader->Next(row));
  const auto result = reader->Next(row);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("line 2: the quote that opens here"));
}

TEST_F(CsvReaderTest, ReadsOnBehindALineThatIsTooLong) {
  const std::string field(kMaxRowBytes + 10, 'x'), line(kMaxLineBytes + 10, 'y');
  for (const std::string& bad : {"1," + field + ",z", "1,\"" + field + "\",z", line}) {
    const auto rows = Rows("a,b\n" + bad + "\n2,\"two\"\n");
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_THAT(rows[1], ::testing::AllOf(::testing::StartsWith("2:"), ::testing::EndsWith(" broken")));
    EXPECT_EQ(rows[2], "3:2|two");
  }
  EXPECT_THAT(Failure("a,b\n1,\"" + field + "\n2,z\n"), HasSubstr(", line 2: the quote that opens here")) << "no good quote in that line";
  EXPECT_THAT(Failure("a,b\n1,\"open\n" + line + "\n2,z\n"), HasSubstr(", line 2: the quote that opens here"));
}

TEST_F(CsvReaderTest, NoticesACutOffArchive) {
  gzFile file = gzopen(path_.c_str(), "wb");
  for (int i = 0; i < 20000; ++i) gzprintf(file, "%d,%d\n", i, i * 7919 % 10007);
  gzclose(file);
  ASSERT_EQ(truncate(path_.c_str(), 20000), 0);
  auto reader = CsvReader::Open(path_);
  CsvRow row;
  absl::StatusOr<bool> more = true;
  while (more.ok() && *more) more = reader->Next(row);
  EXPECT_EQ(more.status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(CsvReaderTest, SaysWhichFileIsMissing) {
  EXPECT_EQ(CsvReader::Open("/nonexistent/x.csv").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace rung::importer
