#include "libs/generator/generator.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libs/generator/csv_writer.h"

namespace rung::generator {
namespace {

using features::Event;

GeneratorOptions OptionsOf(int64_t customer_count, uint64_t seed = 7) {
  GeneratorOptions options;
  options.seed = seed;
  options.customer_count = customer_count;
  return options;
}

std::vector<GeneratedCustomer> BaseOf(const GeneratorOptions& options) {
  const HistoryGenerator generator(options);
  std::vector<GeneratedCustomer> base;
  for (int64_t i = 0; i < options.customer_count; ++i) base.push_back(generator.Customer(i));
  return base;
}

const std::vector<GeneratedCustomer>& Base() {
  static const auto* base = new std::vector<GeneratedCustomer>(BaseOf(OptionsOf(2000)));
  return *base;
}

uint64_t Fnv1a64(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3ULL;
  return hash;
}

std::string Fields(const features::Order& order) {
  std::string text = order.order_id;
  for (const auto& line : order.lines) {
    text += '|' + line.sku + ' ' + line.category + ' ' + std::to_string(line.quantity_milli) + ' ' +
            std::to_string(static_cast<int>(line.unit)) + ' ' + std::to_string(line.amount) + ' ' +
            std::to_string(line.cost.value_or(-1)) + ' ' + std::to_string(line.promotional_discount) + ' ' +
            std::to_string(line.listed_day.value_or(-1));
  }
  return text;
}
std::string Fields(const features::Cancellation& fact) { return fact.order_id; }
std::string Fields(const features::Refund& fact) {
  return fact.order_id + ' ' + std::to_string(fact.amount) + ' ' + std::to_string(static_cast<int>(fact.reason));
}
std::string Fields(const features::Delivery& fact) {
  return fact.order_id + ' ' + std::to_string(fact.promised_time.value_or(-1)) + ' ' +
         std::to_string(fact.actual_time) + (fact.carrier_fault ? " carrier" : "");
}
std::string Fields(const features::Review& fact) { return fact.order_id + ' ' + std::to_string(fact.stars); }
std::string Fields(const features::Complaint& fact) { return fact.order_id; }
std::string Fields(const features::Session&) { return ""; }
std::string Fields(const features::Invoice& fact) {
  return fact.invoice_id + ' ' + fact.order_id + ' ' + std::to_string(fact.due_day) + ' ' +
         std::to_string(fact.paid_day.value_or(-1)) + ' ' + std::to_string(fact.amount);
}
std::string Fields(const features::Payment& fact) { return fact.invoice_id; }
std::string Fields(const features::CustomerProfile& fact) {
  std::string text = std::to_string(fact.registered_day.value_or(-1)) + (fact.credit_terms.value_or(false) ? "+" : "-") +
                     std::to_string(fact.status ? static_cast<int>(*fact.status) : -1);
  for (const auto* field : {&fact.region, &fact.segment, &fact.account_manager, &fact.name, &fact.phone, &fact.address,
                            &fact.payer, &fact.device}) {
    text += '|' + field->value_or("");
  }
  return text;
}
std::string Fields(const features::OutsideValue& fact) { return fact.name + ' ' + std::to_string(fact.value); }
std::string Fields(const features::Void& fact) { return fact.voided_event_id; }

std::string TextOf(const Event& event) {
  return event.customer_id + ' ' + event.event_id + ' ' + std::to_string(event.event_time) + ' ' +
         std::to_string(event.day) + ' ' + event.source + ' ' + event.note + ' ' +
         std::visit([](const auto& fact) { return Fields(fact); }, event.fact) + '\n';
}

std::string TextOf(const GeneratedCustomer& customer) {
  std::string text;
  for (const Event& event : customer.events) text += TextOf(event);
  AppendTruth(customer.truth, text);
  return text;
}

TEST(HistoryGenerator, ReproducesTheSameBytesFromTheSameSeed) {
  std::string lines;
  std::string events;
  for (const GeneratedCustomer& customer : BaseOf(OptionsOf(200))) {
    AppendOrderLines(customer, lines);
    events += TextOf(customer);
  }
  // Pinned when the generator was written: another value means that every stored base of its kind is out of date.
  EXPECT_EQ(Fnv1a64(lines), 3065472895391710876ULL);
  EXPECT_EQ(Fnv1a64(events), 12546287695474154518ULL);
}

TEST(HistoryGenerator, GeneratesACustomerAloneAsAmongTheOthers) {
  const HistoryGenerator generator(OptionsOf(2000));
  GeneratedCustomer reused;
  for (int64_t index = 1999; index >= 0; index -= 37) {
    generator.Customer(index, reused);
    EXPECT_EQ(TextOf(reused), TextOf(Base()[static_cast<size_t>(index)]));
  }
}

TEST(HistoryGenerator, KeepsTheFirstCustomersWhenTheBaseGrows) {
  const auto larger = BaseOf(OptionsOf(192));
  const auto smaller = BaseOf(OptionsOf(128));
  for (size_t i = 0; i < smaller.size(); ++i) EXPECT_EQ(TextOf(smaller[i]), TextOf(larger[i]));
}

TEST(HistoryGenerator, MakesAnotherBaseFromAnotherSeed) {
  const auto other = BaseOf(OptionsOf(50, 8));
  int same = 0;
  for (size_t i = 0; i < other.size(); ++i) same += TextOf(other[i]) == TextOf(Base()[i]) ? 1 : 0;
  EXPECT_EQ(same, 0);
}

TEST(HistoryGenerator, NamesCustomersByTheirIndex) {
  EXPECT_EQ(Base().front().customer_id, "c0000001");
  EXPECT_EQ(Base().back().customer_id, "c0002000");
}

TEST(HistoryGenerator, StartsEachHistoryWithTheProfileOfTheRegisteredDay) {
  for (const GeneratedCustomer& customer : Base()) {
    const Event& first = customer.events.front();
    const auto& profile = std::get<features::CustomerProfile>(first.fact);
    EXPECT_EQ(profile.registered_day, first.day);
    EXPECT_EQ(first.day, customer.truth.registered_day);
    EXPECT_EQ(profile.region, customer.truth.region);
    EXPECT_EQ(profile.segment, customer.truth.segment);
    EXPECT_TRUE(profile.credit_terms && profile.account_manager && profile.phone && profile.address);
    ASSERT_TRUE(profile.name);
    EXPECT_GE(static_cast<unsigned char>(profile.name->front()), 0xe4) << "not a Han character: " << *profile.name;
  }
}

TEST(HistoryGenerator, DatesEventsInOrderOfTimeWithinTheSpan) {
  const GeneratorOptions options = OptionsOf(2000);
  const auto zone = BusinessZone::Load("Asia/Shanghai");
  ASSERT_TRUE(zone);
  for (const GeneratedCustomer& customer : Base()) {
    UnixSeconds before = 0;
    for (const Event& event : customer.events) {
      EXPECT_LE(before, event.event_time);
      before = event.event_time;
      EXPECT_EQ(event.day, zone->DayOf(event.event_time));
      EXPECT_LE(event.day, options.last_day);
      EXPECT_TRUE(event.event_id == "u1" || event.day >= options.first_day);
    }
  }
}

TEST(HistoryGenerator, GivesEventIdsThatAreUniquePerCustomer) {
  for (const GeneratedCustomer& customer : Base()) {
    std::set<std::string> ids;
    for (const Event& event : customer.events) {
      EXPECT_TRUE(ids.insert(event.event_id).second) << event.event_id;
      EXPECT_EQ(event.customer_id, customer.customer_id);
    }
  }
}

TEST(HistoryGenerator, PlacesAboutAsManyLinesAsAskedFor) {
  for (const int64_t wanted : {10, 50, 150}) {
    GeneratorOptions options = OptionsOf(20'000);
    options.mean_lines_per_customer = wanted;
    options.facts = FactChoice::OrdersOnly();
    const HistoryGenerator generator(options);
    GeneratedCustomer customer;
    size_t lines = 0;
    for (int64_t i = 0; i < options.customer_count; ++i) {
      generator.Customer(i, customer);
      for (const Event& event : customer.events) lines += std::get<features::Order>(event.fact).lines.size();
    }
    const double mean = static_cast<double>(lines) / static_cast<double>(options.customer_count);
    EXPECT_NEAR(mean, static_cast<double>(wanted), 0.08 * static_cast<double>(wanted));
  }
}

TEST(HistoryGenerator, LeavesTheOtherFactsAloneWhenSomeAreLeftOut) {
  GeneratorOptions options = OptionsOf(100);
  options.facts.sessions = false;
  options.facts.deliveries = false;
  options.facts.outside_values = false;
  const auto fewer = BaseOf(options);
  const auto all = BaseOf(OptionsOf(100));
  for (size_t i = 0; i < all.size(); ++i) {
    std::string kept;
    for (const Event& event : all[i].events) {
      const bool left_out = std::holds_alternative<features::Session>(event.fact) ||
                            std::holds_alternative<features::Delivery>(event.fact) ||
                            std::holds_alternative<features::OutsideValue>(event.fact);
      if (!left_out) kept += TextOf(event);
    }
    AppendTruth(all[i].truth, kept);
    EXPECT_EQ(TextOf(fewer[i]), kept);
  }
}

TEST(HistoryGenerator, RefusesOptionsThatMakeNoSense) {
  GeneratorOptions options;
  EXPECT_FALSE(FindOptionsProblem(options));
  options.abuser_share_bps = 9000;
  EXPECT_EQ(FindOptionsProblem(options), "abuser_share_bps: 9000 is outside 0 to 5000");
  EXPECT_THROW(HistoryGenerator{options}, std::invalid_argument);
  options = GeneratorOptions();
  options.last_day = options.first_day - 1;
  EXPECT_THROW(HistoryGenerator{options}, std::invalid_argument);
  EXPECT_THROW(HistoryGenerator(GeneratorOptions()).Customer(1000), std::out_of_range);
}

TEST(HistoryGenerator, CoversASpanOfOneDay) {
  GeneratorOptions options = OptionsOf(300);
  options.first_day = options.last_day;
  size_t orders = 0;
  for (const GeneratedCustomer& customer : BaseOf(options)) {
    for (const Event& event : customer.events) orders += std::holds_alternative<features::Order>(event.fact) ? 1 : 0;
  }
  EXPECT_GT(orders, 0U);
}

}  // namespace
}  // namespace rung::generator
