// Worked cases from tests/data, computed by an independent script from the published definitions.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "libs/features/code_book.h"
#include "libs/features/event.h"

namespace rung::testing {

/// A gzip file's text; aborts the test when it can't be read.
std::string ReadGzip(const std::string& path);

/// A path below the repository's root.
std::string SourcePath(const std::string& relative);

struct VectorCustomer {
  std::string customer_id;
  std::vector<features::Event> events;  ///< shuffled, a few repeated; the profile comes first
  nlohmann::json expected;              ///< feature name -> number, string or null
};

struct FeatureVectors {
  Day as_of = 0;
  std::vector<VectorCustomer> customers;
};

/// tests/data/feature_vectors.json.gz. Events carry Shanghai noon of their day as time.
FeatureVectors LoadFeatureVectors();

/// tests/data/scoring_vectors.json.
nlohmann::json LoadScoringVectors();

/// Gives codes to all words of the events.
void InternWords(const std::vector<features::Event>& events, features::LocalCodeBook& codes);

}  // namespace rung::testing
