// Customers' numbers.
//
// External ids are strings of the order system. Inside, a customer is a number: the low 64 bits of a 128-bit SipHash-2-4
// of the external id under a fixed public key. The number is derived and not assigned, so any process computes it
// without a directory, and every table can be distributed by it. The high 64 bits are kept beside it as a check, so
// that an unknown id never resolves to another customer's label (odds below 1e-24 per lookup in a base of 10 million).
#pragma once

#include <cstdint>
#include <string_view>

namespace rung {

/// A customer's number: the low half of the fingerprint, as the signed 64-bit integer that PostgreSQL keeps.
enum class CustomerNumber : int64_t {};

struct CustomerFingerprint {
  CustomerNumber number{};
  uint64_t check = 0;

  bool operator==(const CustomerFingerprint&) const = default;
};

CustomerFingerprint FingerprintOf(std::string_view external_id);

/// 64-bit fingerprint of an id that is unique within one customer (an order, an invoice).
uint64_t LocalFingerprint(std::string_view id);

}  // namespace rung
