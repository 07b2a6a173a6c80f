// Histories of a fresh-produce wholesaler's customers, for tests, demonstrations and benchmarks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libs/features/event.h"
#include "libs/generator/options.h"
#include "libs/generator/truth.h"

namespace rung::generator {

struct GeneratedCustomer {
  std::string customer_id;              ///< "c0000001" for index 0
  std::vector<features::Event> events;  ///< in the order of time; ids are unique within the customer
  CustomerTruth truth;
};

struct Marketplace;

/// Generates customers one by one: a customer depends on the options and its index alone, byte for byte, on any
/// machine. Immutable once built, so that threads can share one generator.
class HistoryGenerator {
 public:
  /// Throws std::invalid_argument with the sentence of FindOptionsProblem when there is one. Takes milliseconds.
  explicit HistoryGenerator(const GeneratorOptions& options);
  ~HistoryGenerator();

  HistoryGenerator(const HistoryGenerator&) = delete;
  HistoryGenerator& operator=(const HistoryGenerator&) = delete;

  const GeneratorOptions& options() const;

  /// `index` in [0, customer_count); throws std::out_of_range otherwise. The first event is the CustomerProfile of the
  /// registered day, which may lie before first_day; the others lie in first_day ... last_day.
  GeneratedCustomer Customer(int64_t index) const;

  /// The same, in the memory of `out`.
  void Customer(int64_t index, GeneratedCustomer& out) const;

 private:
  std::unique_ptr<const Marketplace> marketplace_;
  int64_t rate_scale_permille_;
};

}  // namespace rung::generator
