#include "services/pricing/quote_id.h"

#include <fmt/format.h>

#include <random>

namespace rung::pricing_service {
namespace {

std::mt19937_64 Seeded() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
  return std::mt19937_64(seed);
}

}  // namespace

std::string NewQuoteId() {
  thread_local std::mt19937_64 random = Seeded();  // ids are names and no secrets: a quote is trusted for its signature
  return fmt::format("q-{:016x}{:016x}", random(), random());
}

}  // namespace rung::pricing_service
