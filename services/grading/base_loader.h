// The whole base in columns, for a batch.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/features/feature.h"
#include "libs/storage/customer_store.h"
#include "libs/storage/model_store.h"
#include "services/grading/feature_reader.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// Columns of all customers, for all ladders: a feature that several of them use is there once.
struct LoadedBase {
  size_t rows = 0;
  std::vector<CustomerFingerprint> customers;
  std::vector<std::string> feature_names;
  std::vector<std::vector<double>> features;                  ///< by feature_names
  std::vector<uint8_t> member;
  std::string standings;                                      ///< all customers' standings, one after the other
  std::vector<uint32_t> standings_size;                       ///< bytes of each
  int32_t fit_version = 0;  ///< of the fit that fitted features come from; 0: there is none
  std::map<std::pair<int16_t, int>, std::vector<double>> benchmarks;  ///< by ladder and benchmark, where overrides exist

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

/// Reads every customer's state with `threads` parallel scans and derives the features that the ladders use, as of a
/// day; `more` names further features. `progress` is called now and then with the number of rows read; a non-OK answer ends the load.
/// `reader` says what features depend on (sources, calendars of closed days, the fit) and builds the states of customers whose
/// kept one doesn't reach a year of open days back.
absl::StatusOr<LoadedBase> LoadBase(storage::CustomerStore& customers, const features::CodeBook& codes,
                                    const FeatureReader& reader, const LadderSet& ladders, Day as_of, int threads,
                                    const std::function<absl::Status(int64_t rows)>& progress,
                                    const std::vector<std::string>& more = {});

}  // namespace rung::grading
