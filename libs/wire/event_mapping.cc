#include "libs/wire/event_mapping.h"

#include <cmath>

#include <fmt/format.h>

#include "libs/base/text.h"
#include "libs/features/feature.h"
#include "libs/features/fitted.h"

namespace rung::wire {
namespace {

namespace pb = grading::v1;
using namespace features;

constexpr size_t kMaxId = 128;
constexpr size_t kMaxCode = 64;
constexpr size_t kMaxSensitive = 512;
constexpr size_t kMaxNote = 4096;
constexpr int64_t kMaxQuantity = 1'000'000'000'000;

// Written out as a path only for a violation: an event has a dozen fields, and nearly all of them are right.
struct Field {
  Field(const char* of_event) : name(of_event) {}
  Field(const char* of_line, int line) : name(of_line), line(line) {}

  std::string_view name;
  int line = -1;
};

// Of outside values. Of those that take a fitted feature's place, what the feature can be: they are shown as it is.
struct Range {
  double least = -1e15;  // small enough that differences and ratios stay finite
  double most = 1e15;
};

Range RangeOf(std::string_view name) {
  const FittedDefinition* fitted = FindFitted(name);
  if (fitted == nullptr) return {};
  switch (fitted->fitted) {
    case Fitted::kPAlive:
    case Fitted::kPotentialIndex: return {0, 1};
    case Fitted::kExpectedOrders90d: return {0, 100'000};
    case Fitted::kNextOrderDays: return {-36'500, 36'500};
    case Fitted::kLtv365d:
    case Fitted::kCount: break;
  }
  return {};
}

class EventReader {
 public:
  /// Without `violations` for an event that was checked before.
  EventReader(const BusinessZone& zone, std::string_view currency, const std::string& path, std::vector<Violation>* violations)
      : zone_(zone), currency_(currency), path_(path), violations_(violations) {}

  void Read(const pb::Event& in, UnixSeconds latest, Event& out) {
    out.customer_id = Id("customer_id", in.customer_id());
    out.event_id = Id("event_id", in.event_id());
    out.event_time = in.event_time().seconds();
    if (in.event_time().nanos() < 0 || in.event_time().nanos() > 999'999'999) {
      Add("event_time", "OUT_OF_RANGE", "{} nanoseconds; 0 to 999999999", in.event_time().nanos());
    }
    if (!in.has_event_time()) {
      Add("event_time", "REQUIRED", "give the time of the event, e.g. \"2026-03-31T08:30:00+08:00\"");
    } else if (out.event_time < kEarliestEvent || out.event_time > latest) {
      Add("event_time", "OUT_OF_RANGE", "{} lies outside {} to {} (at most one day in the future)",
          FormatInstant(out.event_time), FormatInstant(kEarliestEvent), FormatInstant(latest));
    } else {
      out.day = zone_.DayOf(out.event_time);
    }
    out.source = Text("source", in.source(), kMaxCode);
    out.note = Text("note", in.note(), kMaxNote);
    ReadFact(in, out);
  }

 private:
  template <typename... Args>
  void Add(const Field& field, const char* reason, fmt::format_string<Args...> format, Args&&... args) {
    if (violations_ != nullptr) violations_->push_back({PathOf(field), reason, fmt::format(format, std::forward<Args>(args)...)});
  }

  std::string PathOf(const Field& field) const {
    return fmt::format("{}{}{}{}", path_, path_.empty() ? "" : ".", field.line < 0 ? "" : fmt::format("order.lines[{}].", field.line), field.name);
  }

  static std::string FormatInstant(UnixSeconds seconds) {
    if (seconds < -62135596800 || seconds > 253402300799) return fmt::format("{} s", seconds);
    const Day day = static_cast<Day>(std::floor(static_cast<double>(seconds) / kSecondsPerDay));
    const auto rest = seconds - day * kSecondsPerDay;
    return fmt::format("{}T{:02}:{:02}:{:02}Z", FormatDay(day), rest / 3600, rest / 60 % 60, rest % 60);
  }

  const std::string& Text(const Field& field, const std::string& text, size_t limit) {
    if (violations_ == nullptr) return text;
    if (auto problem = FindTextProblem({}, text, limit)) {
      problem->field = PathOf(field);
      violations_->push_back(*std::move(problem));
    }
    return text;
  }

  const std::string& Id(const Field& field, const std::string& id, size_t limit = kMaxId) {
    if (id.empty()) Add(field, "REQUIRED", "must not be empty");
    return Text(field, id, limit);
  }

  int64_t Amount(const Field& field, int64_t value, int64_t limit) {
    if (value < 0 || value > limit) Add(field, "OUT_OF_RANGE", "{} is outside 0 to {}", value, limit);
    return value;
  }

  std::optional<Day> OptionalDate(const Field& field, const std::string& text) {
    if (text.empty()) return std::nullopt;
    const std::optional<Day> day = ParseDay(text);
    if (!day) Add(field, "BAD_DATE", "\"{}\" isn't a date like \"2026-03-31\"", Shorten(text, 40));
    return day;
  }

  void ReadFact(const pb::Event& in, Event& out) {
    switch (in.fact_case()) {
      case pb::Event::kOrder:
        out.fact = ReadOrder(in.order());
        return;
      case pb::Event::kCancellation:
        out.fact = Cancellation{Id("cancellation.order_id", in.cancellation().order_id())};
        return;
      case pb::Event::kRefund:
        out.fact = ReadRefund(in.refund());
        return;
      case pb::Event::kDelivery:
        out.fact = ReadDelivery(in.delivery());
        return;
      case pb::Event::kReview:
        if (in.review().stars() < 0 || in.review().stars() > 5) {
          Add("review.stars", "OUT_OF_RANGE", "{} is outside 0 to 5", in.review().stars());
        }
        out.fact = Review{Id("review.order_id", in.review().order_id()), in.review().stars()};
        return;
      case pb::Event::kComplaint:
        out.fact = Complaint{Text("complaint.order_id", in.complaint().order_id(), kMaxId)};
        return;
      case pb::Event::kSession:
        out.fact = Session{};
        return;
      case pb::Event::kInvoice:
        out.fact = ReadInvoice(in.invoice());
        return;
      case pb::Event::kPayment:
        out.fact = Payment{Id("payment.invoice_id", in.payment().invoice_id())};
        return;
      case pb::Event::kProfile:
        out.fact = ReadProfile(in.profile());
        return;
      case pb::Event::kOutsideValue:
        out.fact = ReadOutsideValue(in.outside_value());
        return;
      case pb::Event::kVoidEvent:
        out.fact = Void{Id("void_event.voided_event_id", in.void_event().voided_event_id())};
        if (in.void_event().voided_event_id() == in.event_id()) {
          Add("void_event.voided_event_id", "BAD_REFERENCE", "an event can't withdraw itself");
        }
        return;
      case pb::Event::FACT_NOT_SET:
        Add("fact", "REQUIRED", "set exactly one of order, cancellation, refund, delivery, review, complaint, session, "
            "invoice, payment, profile, outside_value, void_event");
        return;
    }
  }

  Order ReadOrder(const pb::Order& in) {
    Order out{Id("order.order_id", in.order_id()), in.revision()};
    if (in.revision() < 0 || in.revision() > 1'000'000) {
      Add("order.revision", "OUT_OF_RANGE", "{} is outside 0 to 1000000", in.revision());
    }
    if (!in.currency_code().empty() && !currency_.empty() && in.currency_code() != currency_) {
      Add("order.currency_code", "WRONG_CURRENCY", "\"{}\"; this installation keeps {}",
          Shorten(in.currency_code(), 16), currency_);
    }
    if (in.lines().empty() || static_cast<size_t>(in.lines_size()) > kMaxLines) {
      Add("order.lines", "OUT_OF_RANGE", "{} lines; 1 to {}", in.lines_size(), kMaxLines);
      return out;
    }
    out.lines.resize(in.lines_size());
    int64_t gross = 0;
    for (int i = 0; i < in.lines_size(); ++i) {
      ReadLine(in.lines(i), i, out.lines[i]);
      gross += std::clamp<int64_t>(out.lines[i].amount, 0, kMaxLineAmount);
    }
    if (gross > kMaxOrderAmount) Add("order.lines", "OUT_OF_RANGE", "the order adds up to {}; at most {}", gross, kMaxOrderAmount);
    return out;
  }

  void ReadLine(const pb::OrderLine& in, int index, OrderLine& out) {
    const auto field = [index](const char* name) { return Field(name, index); };
    out.sku = Id(field("sku"), in.sku());
    out.category = Text(field("category"), in.category(), kMaxCode);
    out.quantity_milli = in.quantity_milli();
    if (out.quantity_milli <= 0 || out.quantity_milli > kMaxQuantity) {
      Add(field("quantity_milli"), "OUT_OF_RANGE", "{} is outside 1 to {}", out.quantity_milli, kMaxQuantity);
    }
    if (!pb::Unit_IsValid(in.unit())) Add(field("unit"), "OUT_OF_RANGE", "{} is no unit; UNIT_PIECE or UNIT_KILOGRAM", static_cast<int>(in.unit()));
    out.unit = in.unit() == pb::UNIT_KILOGRAM ? Unit::kKilogram : Unit::kPiece;
    out.amount = in.amount_minor();
    Amount(field("amount_minor"), out.amount, kMaxLineAmount);
    if (in.has_cost_minor()) out.cost = Amount(field("cost_minor"), in.cost_minor(), kMaxLineAmount);
    out.promotional_discount = in.promotional_discount_minor();
    Amount(field("promotional_discount_minor"), out.promotional_discount, kMaxLineAmount);
    if (!in.listed_date().empty()) out.listed_day = OptionalDate(field("listed_date"), in.listed_date());
  }

  Refund ReadRefund(const pb::Refund& in) {
    Refund out{Id("refund.order_id", in.order_id()), Amount("refund.amount_minor", in.amount_minor(), kMaxOrderAmount)};
    if (in.reason() == pb::REFUND_REASON_WEIGHT_SETTLEMENT) out.reason = RefundReason::kWeightSettlement;
    if (in.reason() == pb::REFUND_REASON_SUPPLIER_FAULT) out.reason = RefundReason::kSupplierFault;
    return out;
  }

  Delivery ReadDelivery(const pb::Delivery& in) {
    Delivery out{Id("delivery.order_id", in.order_id())};
    if (in.has_promised_time()) out.promised_time = in.promised_time().seconds();
    if (!in.has_actual_time()) Add("delivery.actual_time", "REQUIRED", "give the time of the receipt");
    out.actual_time = in.actual_time().seconds();
    out.carrier_fault = in.carrier_fault();
    return out;
  }

  Invoice ReadInvoice(const pb::Invoice& in) {
    Invoice out{Id("invoice.invoice_id", in.invoice_id()), Text("invoice.order_id", in.order_id(), kMaxId)};
    if (in.due_date().empty()) Add("invoice.due_date", "REQUIRED", "give the due day, e.g. \"2026-04-30\"");
    out.due_day = OptionalDate("invoice.due_date", in.due_date()).value_or(0);
    out.paid_day = OptionalDate("invoice.paid_date", in.paid_date());
    out.amount = Amount("invoice.amount_minor", in.amount_minor(), kMaxOrderAmount);
    return out;
  }

  CustomerProfile ReadProfile(const pb::CustomerProfile& in) {
    CustomerProfile out;
    out.registered_day = OptionalDate("profile.registered_date", in.registered_date());
    if (in.has_region()) out.region = Text("profile.region", in.region(), kMaxCode);
    if (in.has_segment()) out.segment = Text("profile.segment", in.segment(), kMaxCode);
    if (in.has_credit_terms()) out.credit_terms = in.credit_terms();
    if (in.status() == pb::CUSTOMER_STATUS_OPEN) out.status = CustomerStatus::kOpen;
    if (in.status() == pb::CUSTOMER_STATUS_CLOSED) out.status = CustomerStatus::kClosed;
    if (in.status() == pb::CUSTOMER_STATUS_TEST) out.status = CustomerStatus::kTest;
    if (in.has_account_manager()) out.account_manager = Text("profile.account_manager", in.account_manager(), kMaxId);
    if (in.has_name()) out.name = Text("profile.name", in.name(), kMaxSensitive);
    if (in.has_phone()) out.phone = Text("profile.phone", in.phone(), kMaxSensitive);
    if (in.has_address()) out.address = Text("profile.address", in.address(), kMaxSensitive);
    if (in.has_payer()) out.payer = Text("profile.payer", in.payer(), kMaxSensitive);
    if (in.has_device()) out.device = Text("profile.device", in.device(), kMaxSensitive);
    return out;
  }

  OutsideValue ReadOutsideValue(const pb::OutsideValue& in) {
    const std::string& name = Id("outside_value.name", in.name(), kMaxCode);
    for (const char c : name) {
      if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-')) {
        Add("outside_value.name", "BAD_ID", "\"{}\" may hold a-z, 0-9, '_' and '-'", Shorten(name, kMaxCode));
        break;
      }
    }
    if (FindFeature(name) != nullptr) {
      Add("outside_value.name", "RESERVED", "\"{}\" is a built-in feature; choose another name", name);
    }
    const Range range = RangeOf(name);
    if (!std::isfinite(in.value())) {
      Add("outside_value.value", "NOT_FINITE", "{} isn't a finite number", in.value());
    } else if (in.value() < range.least || in.value() > range.most) {
      Add("outside_value.value", "OUT_OF_RANGE", "{} is outside {} to {}, the range of {}", in.value(), range.least, range.most, name);
    }
    return {name, in.value()};
  }

  const BusinessZone& zone_;
  const std::string_view currency_;
  const std::string& path_;
  std::vector<Violation>* const violations_;
};

void SetTime(UnixSeconds seconds, google::protobuf::Timestamp* out) { out->set_seconds(seconds); }

struct FactWriter {
  pb::Event& out;

  void operator()(const Order& order) const {
    pb::Order& to = *out.mutable_order();
    to.set_order_id(order.order_id);
    to.set_revision(order.revision);
    for (const OrderLine& line : order.lines) {
      pb::OrderLine& item = *to.add_lines();
      item.set_sku(line.sku);
      item.set_category(line.category);
      item.set_quantity_milli(line.quantity_milli);
      item.set_unit(line.unit == Unit::kKilogram ? pb::UNIT_KILOGRAM : pb::UNIT_PIECE);
      item.set_amount_minor(line.amount);
      if (line.cost) item.set_cost_minor(*line.cost);
      item.set_promotional_discount_minor(line.promotional_discount);
      if (line.listed_day) item.set_listed_date(FormatDay(*line.listed_day));
    }
  }
  void operator()(const Cancellation& fact) const { out.mutable_cancellation()->set_order_id(fact.order_id); }
  void operator()(const Refund& fact) const {
    pb::Refund& to = *out.mutable_refund();
    to.set_order_id(fact.order_id);
    to.set_amount_minor(fact.amount);
    to.set_reason(fact.reason == RefundReason::kWeightSettlement ? pb::REFUND_REASON_WEIGHT_SETTLEMENT
                  : fact.reason == RefundReason::kSupplierFault  ? pb::REFUND_REASON_SUPPLIER_FAULT
                                                                 : pb::REFUND_REASON_CUSTOMER_RETURN);
  }
  void operator()(const Delivery& fact) const {
    pb::Delivery& to = *out.mutable_delivery();
    to.set_order_id(fact.order_id);
    if (fact.promised_time) SetTime(*fact.promised_time, to.mutable_promised_time());
    SetTime(fact.actual_time, to.mutable_actual_time());
    to.set_carrier_fault(fact.carrier_fault);
  }
  void operator()(const Review& fact) const {
    out.mutable_review()->set_order_id(fact.order_id);
    out.mutable_review()->set_stars(fact.stars);
  }
  void operator()(const Complaint& fact) const { out.mutable_complaint()->set_order_id(fact.order_id); }
  void operator()(const Session&) const { out.mutable_session(); }
  void operator()(const Invoice& fact) const {
    pb::Invoice& to = *out.mutable_invoice();
    to.set_invoice_id(fact.invoice_id);
    to.set_order_id(fact.order_id);
    to.set_due_date(FormatDay(fact.due_day));
    if (fact.paid_day) to.set_paid_date(FormatDay(*fact.paid_day));
    to.set_amount_minor(fact.amount);
  }
  void operator()(const Payment& fact) const { out.mutable_payment()->set_invoice_id(fact.invoice_id); }
  void operator()(const CustomerProfile& fact) const {
    pb::CustomerProfile& to = *out.mutable_profile();
    if (fact.registered_day) to.set_registered_date(FormatDay(*fact.registered_day));
    if (fact.region) to.set_region(*fact.region);
    if (fact.segment) to.set_segment(*fact.segment);
    if (fact.credit_terms) to.set_credit_terms(*fact.credit_terms);
    if (fact.status) {
      to.set_status(*fact.status == CustomerStatus::kClosed ? pb::CUSTOMER_STATUS_CLOSED
                    : *fact.status == CustomerStatus::kTest ? pb::CUSTOMER_STATUS_TEST
                                                            : pb::CUSTOMER_STATUS_OPEN);
    }
    if (fact.account_manager) to.set_account_manager(*fact.account_manager);
    if (fact.name) to.set_name(*fact.name);
    if (fact.phone) to.set_phone(*fact.phone);
    if (fact.address) to.set_address(*fact.address);
    if (fact.payer) to.set_payer(*fact.payer);
    if (fact.device) to.set_device(*fact.device);
  }
  void operator()(const OutsideValue& fact) const {
    out.mutable_outside_value()->set_name(fact.name);
    out.mutable_outside_value()->set_value(fact.value);
  }
  void operator()(const Void& fact) const { out.mutable_void_event()->set_voided_event_id(fact.voided_event_id); }
};

}  // namespace

void FromWire(const pb::Event& in, const EventRules& rules, const std::string& path, Event& out,
              std::vector<Violation>& violations) {
  EventReader(*rules.zone, rules.currency_code, path, &violations).Read(in, rules.latest, out);
}

Event FromStored(const pb::Event& in, const BusinessZone& zone) {
  static const std::string kNoPath;
  Event out;
  EventReader(zone, {}, kNoPath, nullptr).Read(in, std::numeric_limits<UnixSeconds>::max(), out);
  return out;
}

void ToWire(const Event& in, pb::Event& out) {
  out.Clear();
  out.set_customer_id(in.customer_id);
  out.set_event_id(in.event_id);
  SetTime(in.event_time, out.mutable_event_time());
  out.set_source(in.source);
  out.set_note(in.note);
  std::visit(FactWriter{out}, in.fact);
}

bool IsSensitive(const Event& event) {
  if (!event.note.empty()) return true;
  const auto* profile = std::get_if<CustomerProfile>(&event.fact);
  return profile != nullptr &&
         (profile->name || profile->phone || profile->address || profile->payer || profile->device);
}

}  // namespace rung::wire
