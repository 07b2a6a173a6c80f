#include "libs/generator/event_writer.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "libs/generator/regions.h"

namespace rung::generator {
namespace {

constexpr int kManagersPerRegion = 12;

// std::string assignment rather than formatting: this runs once for each event.
void SetId(std::string& id, char kind, int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  id.clear();
  id += kind;
  id.append(digits, end);
}

std::string IdOf(char kind, int64_t number) {
  std::string id;
  SetId(id, kind, number);
  return id;
}

std::string OrderIdOf(OrderIndex order) { return order == kNoOrder ? std::string() : IdOf('o', order + 1); }

std::string ManagerOf(const CustomerPlan& plan, int shift) {
  const auto hash = Mix64(static_cast<uint64_t>(plan.index)) % kManagersPerRegion;
  const auto number = (hash + static_cast<uint64_t>(shift)) % kManagersPerRegion + 1;
  return std::string(Regions()[plan.region].manager_code).append(number < 10 ? "0" : "").append(std::to_string(number));
}

std::string_view NoteOn(Grievance about) {
  switch (about) {
    case Grievance::kLate: return "送货太晚，耽误备餐";
    case Grievance::kQuality: return "货品不新鲜，有损坏";
    case Grievance::kOther: return "服务态度不好";
  }
  return "";
}

// With what the account's group shares taken over from its leader.
Contact SharedContact(uint64_t seed, const CustomerPlan& plan) {
  Contact contact = ContactOf(seed, plan.index, plan.region);
  if (!plan.group) return contact;
  const SharedAttributes& shared = plan.group->shared;
  Contact leader = ContactOf(seed, plan.group->leader, plan.region);
  if (shared.phone) contact.phone = std::move(leader.phone);
  if (shared.address) contact.address = std::move(leader.address);
  if (shared.payer) contact.payer = PayerOf(seed, plan.group->leader);
  return contact;
}

// Known of those who use the app.
std::optional<std::string> SharedDevice(uint64_t seed, const CustomerPlan& plan) {
  if (plan.session_permille == 0) return std::nullopt;
  const bool shared = plan.group && plan.group->shared.device;
  return DeviceOf(seed, shared ? plan.group->leader : plan.index);
}

class FactWriter {
 public:
  FactWriter(const Marketplace& marketplace, const CustomerPlan& plan, const History& history)
      : marketplace_(marketplace),
        choice_(marketplace.options.facts),
        plan_(plan),
        history_(history),
        customer_id_(CustomerIdOf(plan.index)) {}

  bool Wanted(const FactDraft& draft) const;
  void Write(const FactDraft& draft, features::Event& event);

 private:
  void Set(const OrderPlaced& fact, features::Event& event);
  void Set(const OrderCancelled& fact, features::Event& event);
  void Set(const Refunded& fact, features::Event& event);
  void Set(const Delivered& fact, features::Event& event);
  void Set(const Reviewed& fact, features::Event& event);
  void Set(const Complained& fact, features::Event& event);
  void Set(const Visited& fact, features::Event& event);
  void Set(const Invoiced& fact, features::Event& event);
  void Set(const Paid& fact, features::Event& event);
  void Set(const Registered& fact, features::Event& event);
  void Set(const ManagerChanged& fact, features::Event& event);
  void Set(const AccountClosed& fact, features::Event& event);
  void Set(const PotentialRated& fact, features::Event& event);
  void Set(const CreditScored& fact, features::Event& event);

  bool Wants(const OrderPlaced&) const { return true; }
  bool Wants(const OrderCancelled&) const { return choice_.cancellations; }
  bool Wants(const Refunded&) const { return choice_.refunds; }
  bool Wants(const Delivered&) const { return choice_.deliveries; }
  bool Wants(const Reviewed&) const { return choice_.reviews; }
  bool Wants(const Complained&) const { return choice_.complaints; }
  bool Wants(const Visited&) const { return choice_.sessions; }
  bool Wants(const Invoiced&) const { return choice_.invoices; }
  bool Wants(const Paid&) const { return choice_.invoices; }
  bool Wants(const Registered&) const { return choice_.profiles; }
  bool Wants(const ManagerChanged&) const { return choice_.profiles; }
  bool Wants(const AccountClosed&) const { return choice_.profiles; }
  bool Wants(const PotentialRated&) const { return choice_.outside_values; }
  bool Wants(const CreditScored&) const { return choice_.outside_values; }

  const Marketplace& marketplace_;
  const FactChoice& choice_;
  const CustomerPlan& plan_;
  const History& history_;
  const std::string customer_id_;
};

bool FactWriter::Wanted(const FactDraft& draft) const {
  return std::visit([this](const auto& fact) { return Wants(fact); }, draft.fact);
}

void FactWriter::Write(const FactDraft& draft, features::Event& event) {
  event.customer_id = customer_id_;
  event.event_time = draft.time;
  event.day = ShanghaiDay(draft.time);
  event.note.clear();
  std::visit([this, &event](const auto& fact) { Set(fact, event); }, draft.fact);
}

void FactWriter::Set(const OrderPlaced& fact, features::Event& event) {
  const OrderDraft& draft = history_.orders[fact.order];
  SetId(event.event_id, 'o', fact.order + 1);
  event.source = "oms";
  auto* order = std::get_if<features::Order>(&event.fact);
  if (order == nullptr) order = &event.fact.emplace<features::Order>();
  order->order_id = event.event_id;
  order->revision = 0;
  order->lines.resize(static_cast<size_t>(draft.line_count));
  for (int32_t i = 0; i < draft.line_count; ++i) {
    const LineDraft& from = history_.lines[draft.first_line + i];
    const Sku& sku = marketplace_.catalogue.skus()[from.sku];
    features::OrderLine& line = order->lines[i];
    line.sku = sku.code;
    line.category = sku.category;
    line.quantity_milli = from.quantity_milli;
    line.unit = sku.unit;
    line.amount = from.amount;
    line.cost = from.cost;
    line.promotional_discount = from.promotional_discount;
    line.listed_day = sku.listed_day;
  }
}

void FactWriter::Set(const OrderCancelled& fact, features::Event& event) {
  SetId(event.event_id, 'x', fact.order + 1);
  event.source = "oms";
  event.fact = features::Cancellation{OrderIdOf(fact.order)};
}

void FactWriter::Set(const Refunded& fact, features::Event& event) {
  SetId(event.event_id, 'r', fact.number);
  event.source = "oms";
  event.fact = features::Refund{OrderIdOf(fact.order), fact.amount, fact.reason};
}

void FactWriter::Set(const Delivered& fact, features::Event& event) {
  SetId(event.event_id, 'd', fact.order + 1);
  event.source = "tms";
  event.fact = features::Delivery{OrderIdOf(fact.order), fact.promised, event.event_time, fact.carrier_fault};
}

void FactWriter::Set(const Reviewed& fact, features::Event& event) {
  SetId(event.event_id, 'v', fact.order + 1);
  event.source = "app";
  event.fact = features::Review{OrderIdOf(fact.order), fact.stars};
}

void FactWriter::Set(const Complained& fact, features::Event& event) {
  SetId(event.event_id, 'c', fact.number);
  event.source = "service-desk";
  event.note = NoteOn(fact.about);
  event.fact = features::Complaint{OrderIdOf(fact.order)};
}

void FactWriter::Set(const Visited& fact, features::Event& event) {
  SetId(event.event_id, 's', fact.number);
  event.source = "app";
  event.fact = features::Session{};
}

void FactWriter::Set(const Invoiced& fact, features::Event& event) {
  SetId(event.event_id, 'i', fact.number);
  event.source = "erp";
  event.fact = features::Invoice{event.event_id, OrderIdOf(fact.order), fact.due_day, fact.paid_day, fact.amount};
}

void FactWriter::Set(const Paid& fact, features::Event& event) {
  SetId(event.event_id, 'p', fact.invoice);
  event.source = "erp";
  event.fact = features::Payment{IdOf('i', fact.invoice)};
}

void FactWriter::Set(const Registered&, features::Event& event) {
  const uint64_t seed = marketplace_.options.seed;
  Contact contact = SharedContact(seed, plan_);
  SetId(event.event_id, 'u', 1);
  event.source = "crm";
  auto& profile = event.fact.emplace<features::CustomerProfile>();
  profile.registered_day = plan_.registered_day;
  profile.region = Regions()[plan_.region].code;
  profile.segment = ProfileOf(plan_.segment).code;
  profile.credit_terms = plan_.credit_terms;
  profile.status = features::CustomerStatus::kOpen;
  profile.account_manager = ManagerOf(plan_, 0);
  profile.name = plan_.name;
  profile.phone = std::move(contact.phone);
  profile.address = std::move(contact.address);
  profile.payer = std::move(contact.payer);
  profile.device = SharedDevice(seed, plan_);
}

void FactWriter::Set(const ManagerChanged&, features::Event& event) {
  SetId(event.event_id, 'u', 2);
  event.source = "crm";
  event.fact.emplace<features::CustomerProfile>().account_manager = ManagerOf(plan_, 1);
}

void FactWriter::Set(const AccountClosed&, features::Event& event) {
  SetId(event.event_id, 'u', 3);
  event.source = "crm";
  event.fact.emplace<features::CustomerProfile>().status = features::CustomerStatus::kClosed;
}

void FactWriter::Set(const PotentialRated& fact, features::Event& event) {
  SetId(event.event_id, 'f', fact.number);
  event.source = "market-research";
  event.fact = features::OutsideValue{"potential_index", fact.potential_permille / 1000.0};
}

void FactWriter::Set(const CreditScored& fact, features::Event& event) {
  SetId(event.event_id, 'f', fact.number);
  event.source = "credit-bureau";
  event.fact = features::OutsideValue{"credit_score", static_cast<double>(fact.score)};
}

}  // namespace

std::string CustomerIdOf(int64_t index) {
  const std::string number = std::to_string(index + 1);
  std::string id = "c";
  if (number.size() < 7) id.append(7 - number.size(), '0');
  return id + number;
}

void WriteEvents(const Marketplace& marketplace, const CustomerPlan& plan, const History& history,
                 std::vector<features::Event>& events) {
  FactWriter writer(marketplace, plan, history);
  size_t count = 0;
  for (const FactDraft& draft : history.facts) count += writer.Wanted(draft) ? 1 : 0;
  events.resize(count);
  size_t next = 0;
  for (const FactDraft& draft : history.facts) {
    if (writer.Wanted(draft)) writer.Write(draft, events[next++]);
  }
}

}  // namespace rung::generator
