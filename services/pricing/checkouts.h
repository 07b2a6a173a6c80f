// Price books, policies and benefit plans as they are published, joined and in memory.
//
// A book goes with the policy and the plan that have its id, else with those called "default", else with the only ones
// there are.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

#include "libs/storage/config_store.h"
#include "services/pricing/checkout.h"
#include "services/pricing/recent.h"

namespace rung::pricing_service {

/// Thread-safe. Answers about what is current never wait for storage.
class Checkouts final : public CheckoutSource {
 public:
  explicit Checkouts(storage::ConfigStore& config) : config_(config) {}

  /// Reads what has been published since, by whatever process. Keeps what it has when that fails. A document that this release
  /// can't read (a later one has published it) is told once and holds no other back: its last version that could be read stays
  /// in force, and without one nothing is under its id.
  absl::Status Reload(Deadline deadline);

  absl::StatusOr<std::shared_ptr<const Checkout>> Current(std::string_view price_book_id, Deadline deadline) const override;
  absl::StatusOr<std::shared_ptr<const Checkout>> At(const pricing::v1::Versions& versions, Deadline deadline) const override;

  using Joined = absl::StatusOr<std::shared_ptr<const Checkout>>;
  /// What would be joined with the document once it was published, for every book that would take it. As for Current; where
  /// a policy or a plan is missing there is nothing yet. Also for books that a further policy leaves without any (NO_POLICY).
  std::vector<Joined> With(const std::string& id, std::shared_ptr<const pricing::Catalogue> book) const;
  std::vector<Joined> With(const std::string& id, std::shared_ptr<const pricing::Policy> policy) const;
  std::vector<Joined> With(const std::string& id, std::shared_ptr<const benefits::Benefits> plan) const;

 private:
  /// Of a document: its id and version.
  using Pin = std::pair<std::string, int32_t>;
  using Pins = std::tuple<Pin, Pin, Pin>;  // book, policy, plan

  template <typename T>
  struct Loaded {
    int32_t version = 0;
    std::shared_ptr<const T> document;  ///< nullptr: published, and not readable here
    int32_t unreadable = 0;             ///< version
  };
  template <typename T>
  using LoadedById = std::map<std::string, Loaded<T>, std::less<>>;

  struct Published {
    LoadedById<pricing::Catalogue> books;
    LoadedById<pricing::Policy> policies;
    LoadedById<benefits::Benefits> plans;
    /// By book; why there is none, where policy or plan are missing.
    std::map<std::string, Joined, std::less<>> checkouts;
  };

  // Earlier versions in memory: a catalogue of 100,000 SKUs takes some 40 MB.
  static constexpr size_t kCataloguesKept = 3;
  static constexpr size_t kCheckoutsKept = 8;

  std::shared_ptr<const Published> published() const;
  template <typename T>
  absl::StatusOr<bool> Refresh(const char* kind, LoadedById<T>& loaded, Deadline deadline);
  absl::StatusOr<std::shared_ptr<const pricing::Catalogue>> CatalogueAt(const Pin& pin, Deadline deadline) const;
  static void Join(Published& published);
  static Joined JoinBook(const Published& published, const std::string& id);

  storage::ConfigStore& config_;
  std::timed_mutex reloading_;  // one reload at a time
  mutable std::mutex mutex_;
  std::shared_ptr<const Published> published_ = std::make_shared<Published>();

  mutable std::timed_mutex loading_;  // one earlier version at a time; guards what follows
  mutable Recent<Pin, std::shared_ptr<const pricing::Catalogue>> catalogues_{kCataloguesKept};
  mutable Recent<Pins, std::shared_ptr<const Checkout>> checkouts_{kCheckoutsKept};
};

}  // namespace rung::pricing_service
