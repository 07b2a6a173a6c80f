// Factories of the stores behind PostgreSQL. All are thread-safe unless their interface says otherwise.
#pragma once

#include <memory>
#include <string>

#include "libs/storage/abuse_store.h"
#include "libs/storage/account_store.h"
#include "libs/storage/appeal_store.h"
#include "libs/storage/audit_store.h"
#include "libs/storage/churn_store.h"
#include "libs/storage/config_store.h"
#include "libs/storage/customer_store.h"
#include "libs/storage/fit_store.h"
#include "libs/storage/history_store.h"
#include "libs/storage/ingest_store.h"
#include "libs/storage/model_store.h"
#include "libs/storage/outbox.h"
#include "libs/storage/override_store.h"
#include "libs/storage/redemption_store.h"
#include "libs/storage/recommendation_store.h"
#include "libs/storage/run_store.h"

namespace rung::storage::postgres {

class PqConnection;
class Sessions;

/// `conninfo` as libpq takes it. Connections are opened on demand; an unreachable server shows at the first call.
std::unique_ptr<IngestStore> MakeIngestStore(const std::string& conninfo, int connections);
std::unique_ptr<CustomerStore> MakeCustomerStore(const std::string& conninfo, int connections);
std::unique_ptr<Outbox> MakeOutbox(const std::string& conninfo);
/// Shared sessions for the stores of small, ordinary reads and writes.
std::shared_ptr<Sessions> MakeSessions(const std::string& conninfo, int connections);
std::unique_ptr<ModelStore> MakeModelStore(std::shared_ptr<Sessions> sessions);
std::unique_ptr<ConfigStore> MakeConfigStore(std::shared_ptr<Sessions> sessions);
std::unique_ptr<OverrideStore> MakeOverrideStore(std::shared_ptr<Sessions> sessions);
std::unique_ptr<RedemptionStore> MakeRedemptionStore(std::shared_ptr<Sessions> sessions);
std::unique_ptr<CouponStore> MakeCouponStore(std::shared_ptr<Sessions> sessions);
std::unique_ptr<AuditStore> MakeAuditStore(std::shared_ptr<Sessions> sessions, const std::string& conninfo);
std::unique_ptr<AccountStore> MakeAccountStore(std::shared_ptr<Sessions> sessions);
std::unique_ptr<AbuseStore> MakeAbuseStore(std::shared_ptr<Sessions> sessions);
std::unique_ptr<FitStore> MakeFitStore(std::shared_ptr<Sessions> sessions);
std::unique_ptr<AppealStore> MakeAppealStore(std::shared_ptr<Sessions> sessions);
std::unique_ptr<ChurnStore> MakeChurnStore(std::shared_ptr<Sessions> sessions, const std::string& conninfo);
std::unique_ptr<CodeStore> MakeCodeStore(std::shared_ptr<Sessions> sessions);
std::unique_ptr<HistoryStore> MakeHistoryStore(std::shared_ptr<Sessions> sessions);
std::unique_ptr<RunStore> MakeRunStore(std::shared_ptr<Sessions> sessions, const std::string& conninfo);
std::unique_ptr<RecommendationStore> MakeRecommendationStore(std::shared_ptr<Sessions> sessions, const std::string& conninfo);
/// OK when PostgreSQL answers and the schema is there.
absl::Status CheckHealth(Sessions& sessions, Deadline deadline);
/// A few stored events, whichever come first: customer, id, key, body and its hash.
absl::StatusOr<std::vector<EventRow>> SampleEvents(Sessions& sessions, int count, Deadline deadline);

absl::StatusOr<std::vector<EventRow>> ReadEvents(PqConnection& connection, CustomerNumber customer);

}  // namespace rung::storage::postgres
