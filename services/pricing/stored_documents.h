// Published documents from storage, ready for use.
#pragma once

#include <memory>

#include <absl/status/statusor.h>

#include "libs/benefits/entitlements.h"
#include "libs/pricing/catalogue.h"
#include "libs/storage/config_store.h"

namespace rung::pricing_service {

/// The document of a version as what pricing uses: Catalogue, Policy or Benefits. INTERNAL for one that this release can't
/// read.
template <typename T>
absl::StatusOr<std::shared_ptr<const T>> ReadStored(const storage::VersionRow& row);

template <>
absl::StatusOr<std::shared_ptr<const pricing::Catalogue>> ReadStored(const storage::VersionRow& row);
template <>
absl::StatusOr<std::shared_ptr<const pricing::Policy>> ReadStored(const storage::VersionRow& row);
template <>
absl::StatusOr<std::shared_ptr<const benefits::Benefits>> ReadStored(const storage::VersionRow& row);

}  // namespace rung::pricing_service
