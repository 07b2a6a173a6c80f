// Facts about a customer, as the scoring side sees them. Transport-free: the RPC layer maps its messages to these.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libs/base/day.h"

namespace rung::features {

/// Money in the minor unit of the installation's currency (fen for CNY, pence for GBP).
using Fen = int64_t;

enum class Unit : uint8_t { kPiece, kKilogram };

/// One line of an order. Amounts are after line and order discounts and without delivery fees; all are >= 0.
struct OrderLine {
  std::string sku;
  std::string category;                 ///< category code, e.g. "leaf-vegetables"; empty: none known
  int64_t quantity_milli = 0;           ///< thousandths of a piece, or grams
  Unit unit = Unit::kPiece;
  Fen amount = 0;                       ///< what the customer pays for the line
  std::optional<Fen> cost;              ///< what the goods cost the wholesaler
  Fen promotional_discount = 0;         ///< already taken off `amount`; tier discounts don't count here
  std::optional<Day> listed_day;        ///< first day the SKU was on sale

  bool operator==(const OrderLine&) const = default;
};

/// Revision 0 places the order; a higher revision amends its lines.
struct Order {
  std::string order_id;
  int32_t revision = 0;
  std::vector<OrderLine> lines;
};

struct Cancellation {
  std::string order_id;
};

enum class RefundReason : uint8_t {
  kCustomerReturn,    ///< goods came back, or the customer was refunded for a reason of its own
  kWeightSettlement,  ///< settled at the weight actually delivered
  kSupplierFault,     ///< short, spoilt or wrong goods
};

/// A refund or return takes back value of its order, dated on the order's day.
struct Refund {
  std::string order_id;
  Fen amount = 0;
  RefundReason reason = RefundReason::kCustomerReturn;
};

struct Delivery {
  std::string order_id;
  std::optional<UnixSeconds> promised_time;
  UnixSeconds actual_time = 0;
  bool carrier_fault = false;  ///< late by the carrier's fault: left out of the on-time rate
};

struct Review {
  std::string order_id;
  int32_t stars = 0;  ///< 1 to 5; 0: none given
};

struct Complaint {
  std::string order_id;  ///< may be empty
};

struct Session {};  ///< one session in the ordering app

struct Invoice {
  std::string invoice_id;
  std::string order_id;  ///< may be empty
  Day due_day = 0;
  std::optional<Day> paid_day;
  Fen amount = 0;
};

/// Pays an invoice in full, on the day of the event.
struct Payment {
  std::string invoice_id;
};

enum class CustomerStatus : uint8_t { kOpen, kClosed, kTest };

/// CRM facts; a field that isn't set leaves the earlier value in force.
struct CustomerProfile {
  std::optional<Day> registered_day;
  std::optional<std::string> region;
  std::optional<std::string> segment;
  std::optional<bool> credit_terms;
  std::optional<CustomerStatus> status;
  std::optional<std::string> account_manager;
  // Sensitive: sealed on their way to storage.
  std::optional<std::string> name;
  std::optional<std::string> phone;
  std::optional<std::string> address;
  std::optional<std::string> payer;
  std::optional<std::string> device;
};

/// A value computed outside: a credit bureau's score, a potential index, a churn probability.
struct OutsideValue {
  std::string name;
  double value = 0;
};

/// Withdraws an event: afterwards it is as if that event had never been sent.
struct Void {
  std::string voided_event_id;
};

using Fact = std::variant<Order, Cancellation, Refund, Delivery, Review, Complaint, Session, Invoice, Payment,
                          CustomerProfile, OutsideValue, Void>;

/// One event. `event_id` is unique per customer; the same id again is the same fact.
struct Event {
  std::string customer_id;
  std::string event_id;
  UnixSeconds event_time = 0;
  Day day = 0;         ///< business day of `event_time`
  std::string source;  ///< who says so: "oms", "crm", "account-manager"
  std::string note;    ///< free text, sensitive
  Fact fact;
};

}  // namespace rung::features
