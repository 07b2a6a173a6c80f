#include "libs/generator/generator.h"

#include <stdexcept>

#include "libs/generator/billing.h"
#include "libs/generator/customer_plan.h"
#include "libs/generator/engagement.h"
#include "libs/generator/event_writer.h"
#include "libs/generator/fulfilment.h"
#include "libs/generator/history.h"
#include "libs/generator/marketplace.h"
#include "libs/generator/ordering.h"
#include "libs/generator/rate_calibration.h"
#include "libs/generator/regions.h"

namespace rung::generator {
namespace {

const GeneratorOptions& Checked(const GeneratorOptions& options) {
  if (const auto problem = FindOptionsProblem(options)) throw std::invalid_argument(*problem);
  return options;
}

// Skips what the options leave out anyway. Each step draws from streams of its own, and billing needs fulfilment.
void AddFollowingFacts(const Marketplace& marketplace, const CustomerPlan& plan, History& history) {
  const FactChoice& facts = marketplace.options.facts;
  const bool fulfil = facts.deliveries || facts.refunds || facts.cancellations || facts.complaints || facts.reviews;
  if (fulfil || facts.invoices) FulfilOrders(marketplace, plan, history);
  if (facts.invoices) BillOrders(marketplace, plan, history);
  if (facts.sessions) AddSessions(marketplace, plan, history);
  if (facts.profiles || facts.outside_values) AddCrmFacts(marketplace, plan, history);
}

CustomerTruth TruthOf(const CustomerPlan& plan, const std::string& customer_id) {
  CustomerTruth truth;
  truth.customer_id = customer_id;
  truth.region = Regions()[plan.region].code;
  truth.segment = ProfileOf(plan.segment).code;
  truth.registered_day = plan.registered_day;
  truth.base_rate_milli = plan.rate_milli;
  truth.weekdays = plan.weekdays;
  truth.trend_permille = plan.trend_permille;
  truth.churn_day = plan.churn_day;
  truth.abuse = plan.abuse;
  if (plan.group) {
    truth.group = CustomerIdOf(plan.group->leader);
    truth.chain = plan.group->chain;
    truth.shared = plan.group->shared;
  }
  return truth;
}

}  // namespace

HistoryGenerator::HistoryGenerator(const GeneratorOptions& options)
    : marketplace_(std::make_unique<Marketplace>(Checked(options))), rate_scale_permille_(FindRateScale(options)) {}

HistoryGenerator::~HistoryGenerator() = default;

const GeneratorOptions& HistoryGenerator::options() const { return marketplace_->options; }

GeneratedCustomer HistoryGenerator::Customer(int64_t index) const {
  GeneratedCustomer customer;
  Customer(index, customer);
  return customer;
}

void HistoryGenerator::Customer(int64_t index, GeneratedCustomer& out) const {
  if (index < 0 || index >= options().customer_count) {
    throw std::out_of_range("customer index " + std::to_string(index) + " is outside the base");
  }
  const CustomerPlan plan = DrawPlan(*marketplace_, index, rate_scale_permille_);

  History history;
  Register(plan, history);
  PlaceOrders(*marketplace_, plan, history);
  AddFollowingFacts(*marketplace_, plan, history);
  history.SortUpTo(ShanghaiInstant(options().last_day + 1, 0) - 1);

  out.customer_id = CustomerIdOf(index);
  WriteEvents(*marketplace_, plan, history, out.events);
  out.truth = TruthOf(plan, out.customer_id);
}

}  // namespace rung::generator
