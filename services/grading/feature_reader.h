// Features of one customer as of a day, and the audit of kept against rebuilt ones.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include <absl/status/statusor.h>

#include "libs/base/clock.h"
#include "libs/features/customer_state.h"
#include "libs/features/feature.h"
#include "libs/sealing/codec.h"
#include "libs/storage/customer_store.h"
#include "libs/storage/model_store.h"
#include "rung/grading/v1/feature.pb.h"
#include "services/grading/calendars.h"
#include "services/grading/fits.h"
#include "services/grading/pooled_facts.h"

namespace rung::grading {

/// A customer's row with a state that is good for evaluations as of a day.
struct ReadCustomer {
  storage::CustomerRow row;
  features::CustomerState state;
  CustomerNumber subject{};  ///< whose facts the state holds: the customer's, or its group's
};

/// Thread-safe.
class FeatureReader {
 public:
  FeatureReader(storage::CustomerStore& customers, const storage::CodeStore& codes, const sealing::Codec& codec,
                const Calendars& calendars, const Fits& fits, const BusinessZone& zone, const Clock& clock, features::Sources sources)
      : customers_(customers), codes_(codes), codec_(codec), calendars_(calendars), fits_(fits), zone_(zone), clock_(clock), sources_(sources) {}

  /// Days that the kept state no longer reaches are computed from the events. NOT_FOUND/CUSTOMER_UNKNOWN.
  absl::StatusOr<ReadCustomer> Read(const std::string& customer_id, Day as_of, Deadline deadline) const;
  /// The same with the facts that the customer is graded by: those of its group, if it is in one.
  absl::StatusOr<ReadCustomer> ReadGraded(const std::string& customer_id, Day as_of, Deadline deadline) const;
  /// The facts of a group's accounts, each good as of the day on its own and pooled.
  absl::StatusOr<std::vector<AccountFacts>> ReadGroup(CustomerNumber group, Day as_of, Deadline deadline) const;
  /// All of a customer's events, opened.
  absl::StatusOr<std::vector<features::Event>> Events(CustomerNumber customer, Deadline deadline) const;
  /// "" is today; not after it.
  absl::StatusOr<Day> ParseAsOf(const std::string& text) const;
  absl::Status Get(const v1::GetFeaturesRequest& request, v1::GetFeaturesResponse& response, Deadline deadline) const;
  void Definitions(v1::ListFeatureDefinitionsResponse& response) const;
  /// Rebuilds every n-th customer and compares; `report` is called with growing counts, the last time with done set.
  absl::Status Audit(int sample_every, const std::function<bool(const v1::AuditFeaturesResponse&)>& report) const;

  /// Makes a scanned customer's kept state good for evaluations as of a day: from the events where it doesn't reach that far.
  absl::Status Reach(CustomerNumber customer, const features::CalendarSet& calendars, Day as_of, features::CustomerState& state) const;
  /// A customer's state from its events.
  absl::StatusOr<features::CustomerState> Build(CustomerNumber customer, Day fold_day, Deadline deadline) const;

  features::Sources sources() const { return sources_; }
  const Calendars& calendars() const { return calendars_; }
  const Fits& fits() const { return fits_; }

 private:
  storage::CustomerStore& customers_;
  const storage::CodeStore& codes_;
  const sealing::Codec& codec_;
  const Calendars& calendars_;
  const Fits& fits_;
  const BusinessZone& zone_;
  const Clock& clock_;
  const features::Sources sources_;
};

}  // namespace rung::grading
