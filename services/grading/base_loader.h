// The whole base in columns: for a batch, and for trials that write nothing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/benefits/annual_cost.h"
#include "libs/features/feature.h"
#include "libs/labels/standings_column.h"
#include "libs/storage/customer_store.h"
#include "libs/storage/model_store.h"
#include "services/grading/feature_reader.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// What a load brings along.
struct BaseWanted {
  std::vector<std::string> features;
  bool traits = false;  ///< regions and segments
  /// What these prices look at of a year; null: nothing. Compared by address.
  std::shared_ptr<const benefits::AnnualCost> prices;

  /// Everything that the ladders need for a grading.
  void Add(const LadderSet& ladders);
  void Add(const std::string& feature);
};

/// Columns of all customers, for all ladders: a feature that several of them use is there once.
struct LoadedBase {
  Day as_of = 0;
  UnixMicros read_at = 0;  ///< when the load began
  size_t rows = 0;
  std::vector<CustomerFingerprint> customers;
  std::vector<std::string> feature_names;
  std::vector<std::vector<double>> features;  ///< by feature_names
  std::vector<uint8_t> member;
  labels::StandingsColumn standings;
  int32_t fit_version = 0;                    ///< of the fit that fitted features come from; 0: there is none
  std::vector<int32_t> regions;               ///< codes, -1: unknown; empty unless wanted, as all below
  std::vector<int32_t> segments;
  std::vector<int64_t> goods;                     ///< line amounts of the row's effective orders of a year, before refunds; fen
  std::vector<int64_t> net;                       ///< of these orders, after refunds
  std::vector<std::vector<int64_t>> goods_by_path;  ///< of these, by AnnualCost::paths()
  std::vector<std::vector<int32_t>> orders_from;    ///< by AnnualCost::thresholds()

  /// Index in feature_names, which must have it.
  size_t ColumnOf(const std::string& feature) const;
  bool Has(const BaseWanted& wanted) const;
  size_t Bytes() const;
  std::shared_ptr<const benefits::AnnualCost> prices;  ///< that goods and orders_from were gathered for

  /// A group's accounts share one grade. Their first row has the pooled features and is the group's one member of the
  /// population; the others' features are missing.
  struct Group {
    CustomerNumber number{};
    std::vector<uint32_t> rows;
  };
  std::vector<Group> groups;
  std::vector<uint32_t> graded_as;       ///< by row, the row whose grade it shares; empty without groups
  std::vector<CustomerNumber> subjects;  ///< by row, whom a member's features belong to; empty without groups

  size_t GradedAs(size_t row) const { return graded_as.empty() ? row : graded_as[row]; }
  CustomerNumber SubjectOf(size_t row) const { return subjects.empty() ? customers[row].number : subjects[row]; }
};

/// The word of a code in `regions` or `segments`; empty: unknown.
inline std::string WordOf(const features::CodeBook& codes, features::CodeKind kind, int32_t code) {
  return code == features::CodeBook::kUnknown ? std::string() : codes.Word(kind, code);
}

/// Where bases come from.
struct BaseSource {
  storage::CustomerStore& customers;
  const features::CodeBook& codes;
  const FeatureReader& reader;
  const Clock& clock;
  int threads = 2;
};

/// Reads every customer's state with parallel scans and derives what is wanted, as of a day. `progress` is called now and
/// then with the number of rows read; a non-OK answer ends the load. The source's reader says what features depend on
/// (sources, calendars of closed days, the fit) and builds the states of customers whose kept one doesn't reach a year of
/// (open) days back from then.
absl::StatusOr<LoadedBase> LoadBase(const BaseSource& source, const BaseWanted& wanted, Day as_of,
                                    const std::function<absl::Status(int64_t rows)>& progress);

}  // namespace rung::grading
