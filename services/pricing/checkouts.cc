#include "services/pricing/checkouts.h"

#include <chrono>

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/lifecycle/unreadable.h"
#include "services/pricing/document_kinds.h"
#include "services/pricing/stored_documents.h"

namespace rung::pricing_service {
namespace {

constexpr char kDefaultId[] = "default";
constexpr size_t kMaxNames = 200;  // bytes of ids in a message

// The document for a book: its namesake, the default, or the only one; end() when there is none or a choice.
template <typename Map>
typename Map::const_iterator Choose(const Map& documents, std::string_view book_id) {
  for (const std::string_view id : {book_id, std::string_view(kDefaultId)}) {
    if (const auto found = documents.find(id); found != documents.end()) return found;
  }
  return documents.size() == 1 ? documents.begin() : documents.end();
}

template <typename Map>
absl::Status Missing(const Map& documents, const char* reason, std::string_view kind, std::string_view kinds, std::string_view book_id) {
  if (documents.empty()) return WithReason(FailedPreconditionError("no {} is published yet", kind), reason);
  std::string published;
  for (const auto& [id, unused] : documents) {
    if (published.size() < kMaxNames) published += fmt::format("{}\"{}\"", published.empty() ? "" : ", ", id);
  }
  const std::string names = book_id == kDefaultId ? std::string("\"default\"") : fmt::format("\"{}\" or \"default\"", book_id);
  return WithReason(FailedPreconditionError("{} {} are published ({}), and none of them is for price book \"{}\": publish the one that is meant under the id {}",
                                            documents.size(), kinds, published, book_id, names),
                    reason);
}

absl::Status Unreadable(const char* reason, std::string_view kind, std::string_view id) {
  return WithReason(FailedPreconditionError("{}", lifecycle::Unreadable(kind, id)), reason);
}

std::chrono::milliseconds Left(Deadline deadline) { return std::chrono::milliseconds(deadline.RemainingMs()); }

}  // namespace

std::shared_ptr<const Checkouts::Published> Checkouts::published() const {
  std::lock_guard lock(mutex_);
  return published_;
}

// Whether anything has changed. Documents are never taken back, so nothing leaves.
template <typename T>
absl::StatusOr<bool> Checkouts::Refresh(const char* kind, LoadedById<T>& loaded, Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(const auto heads, config_.CurrentHeads(kind, deadline));
  bool changed = false;
  for (const storage::VersionRow& head : heads) {
    Loaded<T>& mine = loaded[head.key.document_id];
    if (mine.version == head.version || mine.unreadable == head.version) continue;
    RUNG_ASSIGN_OR_RETURN(const storage::VersionRow row, config_.GetVersion(head.key, head.version, deadline));
    changed = true;
    auto document = ReadStored<T>(row);
    if (document.ok()) {
      mine = {row.version, *std::move(document)};
    } else {
      mine.unreadable = row.version;
      lifecycle::TellUnreadable(document.status(), mine.version);
    }
  }
  return changed;
}

absl::Status Checkouts::Reload(Deadline deadline) {
  const std::unique_lock lock(reloading_, Left(deadline));
  if (!lock) return DeadlineExceededError("prices are being reloaded; the deadline passed");
  const auto before = published();
  auto after = std::make_shared<Published>(*before);
  RUNG_ASSIGN_OR_RETURN(const bool books, Refresh(kPriceBookKind, after->books, deadline));
  RUNG_ASSIGN_OR_RETURN(const bool policies, Refresh(kPricePolicyKind, after->policies, deadline));
  RUNG_ASSIGN_OR_RETURN(const bool plans, Refresh(kBenefitPlanKind, after->plans, deadline));
  if (!books && !policies && !plans) return absl::OkStatus();
  Join(*after);
  {
    std::lock_guard publish(mutex_);
    published_ = after;
  }
  // Quotes of a moment ago are settled by the versions that were current then.
  std::lock_guard keep(loading_);
  for (const auto& [id, book] : before->books) {
    if (book.document != nullptr && after->books.at(id).version != book.version) catalogues_.Put({id, book.version}, book.document);
  }
  return absl::OkStatus();
}

void Checkouts::Join(Published& published) {
  published.checkouts.clear();
  for (const auto& [id, book] : published.books) published.checkouts.emplace(id, JoinBook(published, id));
}

Checkouts::Joined Checkouts::JoinBook(const Published& published, const std::string& id) {
  const auto& book = published.books.at(id);
  if (book.document == nullptr) return Unreadable("NO_PRICE_BOOK", "price book", id);
  const auto policy = Choose(published.policies, id);
  if (policy == published.policies.end()) return Missing(published.policies, "NO_POLICY", "price policy", "price policies", id);
  if (policy->second.document == nullptr) return Unreadable("NO_POLICY", "price policy", policy->first);
  const auto plan = Choose(published.plans, id);
  if (plan == published.plans.end()) return Missing(published.plans, "NO_BENEFIT_PLAN", "benefit plan", "benefit plans", id);
  if (plan->second.document == nullptr) return Unreadable("NO_BENEFIT_PLAN", "benefit plan", plan->first);
  const std::string& currency = book.document->book().currency;
  if (plan->second.document->plan().currency != currency) {
    return WithReason(FailedPreconditionError("price book \"{}\" is in {}, benefit plan \"{}\" in {}: thresholds and fixed prices can't be compared; publish a plan in {} called \"{}\"", id,
                                              currency, plan->first, plan->second.document->plan().currency, currency, id),
                      "CURRENCY_MISMATCH");
  }
  pricing::v1::Versions versions;
  versions.set_price_book_id(id);
  versions.set_price_book_version(book.version);
  versions.set_price_policy_id(policy->first);
  versions.set_price_policy_version(policy->second.version);
  versions.set_benefit_plan_id(plan->first);
  versions.set_benefit_plan_version(plan->second.version);
  return std::make_shared<const Checkout>(MakeCheckout(book.document, *policy->second.document, plan->second.document, std::move(versions)));
}

std::vector<Checkouts::Joined> Checkouts::With(const std::string& id, std::shared_ptr<const pricing::Catalogue> book) const {
  Published then = *published();
  then.books[id].document = std::move(book);
  return {JoinBook(then, id)};
}

std::vector<Checkouts::Joined> Checkouts::With(const std::string& id, std::shared_ptr<const pricing::Policy> policy) const {
  Published then = *published();
  then.policies[id].document = std::move(policy);
  std::vector<Joined> joined;
  for (const auto& [book, unused] : then.books) {
    const auto chosen = Choose(then.policies, book);
    if (chosen == then.policies.end() || chosen->first == id) joined.push_back(JoinBook(then, book));
  }
  return joined;
}

std::vector<Checkouts::Joined> Checkouts::With(const std::string& id, std::shared_ptr<const benefits::Benefits> plan) const {
  Published then = *published();
  then.plans[id].document = std::move(plan);
  std::vector<Joined> joined;
  for (const auto& [book, unused] : then.books) {
    if (const auto chosen = Choose(then.plans, book); chosen != then.plans.end() && chosen->first == id) joined.push_back(JoinBook(then, book));
  }
  return joined;
}

absl::StatusOr<std::shared_ptr<const Checkout>> Checkouts::Current(std::string_view price_book_id, Deadline) const {
  const auto now = published();
  if (price_book_id.empty()) {
    const auto book = Choose(now->books, kDefaultId);
    if (book != now->books.end()) return now->checkouts.at(book->first);
    if (now->books.empty()) return WithReason(FailedPreconditionError("no price book is published yet; `rungctl price import FILE` drafts one"), "NO_PRICE_BOOK");
    return WithReason(FailedPreconditionError("{} price books are published and none is called \"default\": name one in price_book_id", now->books.size()), "NO_PRICE_BOOK");
  }
  const auto found = now->checkouts.find(price_book_id);
  if (found == now->checkouts.end()) {
    return WithReason(FailedPreconditionError("no price book \"{}\" is published", Shorten(price_book_id, 80)), "NO_PRICE_BOOK");
  }
  return found->second;
}

absl::StatusOr<std::shared_ptr<const Checkout>> Checkouts::At(const pricing::v1::Versions& versions, Deadline deadline) const {
  const Pin book{versions.price_book_id(), versions.price_book_version()};
  const Pin policy{versions.price_policy_id(), versions.price_policy_version()};
  const Pin plan{versions.benefit_plan_id(), versions.benefit_plan_version()};
  const auto now = published();
  if (const auto current = now->checkouts.find(book.first); current != now->checkouts.end() && current->second.ok()) {
    const pricing::v1::Versions& theirs = (*current->second)->versions;
    if (theirs.price_book_version() == book.second && Pin(theirs.price_policy_id(), theirs.price_policy_version()) == policy &&
        Pin(theirs.benefit_plan_id(), theirs.benefit_plan_version()) == plan) {
      return *current->second;
    }
  }
  const std::unique_lock lock(loading_, Left(deadline));
  if (!lock) return WithRetry(UnavailableError("earlier prices are being read; the deadline passed"), 1'000);
  const Pins pins{book, policy, plan};
  if (const auto kept = checkouts_.Find(pins)) return *kept;
  RUNG_ASSIGN_OR_RETURN(const auto catalogue, CatalogueAt(book, deadline));
  RUNG_ASSIGN_OR_RETURN(const auto policy_row, config_.GetVersion({kPricePolicyKind, policy.first}, policy.second, deadline));
  RUNG_ASSIGN_OR_RETURN(const auto old_policy, ReadStored<pricing::Policy>(policy_row));
  RUNG_ASSIGN_OR_RETURN(const auto plan_row, config_.GetVersion({kBenefitPlanKind, plan.first}, plan.second, deadline));
  RUNG_ASSIGN_OR_RETURN(const auto old_plan, ReadStored<benefits::Benefits>(plan_row));
  pricing::v1::Versions pinned = versions;
  pinned.clear_tier_version();
  auto checkout = std::make_shared<const Checkout>(MakeCheckout(catalogue, *old_policy, old_plan, std::move(pinned)));
  checkouts_.Put(pins, checkout);
  return checkout;
}

absl::StatusOr<std::shared_ptr<const pricing::Catalogue>> Checkouts::CatalogueAt(const Pin& pin, Deadline deadline) const {
  const auto now = published();
  if (const auto found = now->books.find(pin.first); found != now->books.end() && found->second.document != nullptr && found->second.version == pin.second) {
    return found->second.document;
  }
  if (const auto kept = catalogues_.Find(pin)) return *kept;
  RUNG_ASSIGN_OR_RETURN(const auto row, config_.GetVersion({kPriceBookKind, pin.first}, pin.second, deadline));
  RUNG_ASSIGN_OR_RETURN(auto catalogue, ReadStored<pricing::Catalogue>(row));
  catalogues_.Put(pin, catalogue);
  return catalogue;
}

}  // namespace rung::pricing_service
