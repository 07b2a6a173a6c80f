// What each command does. All return the exit code and write errors to standard error.
#pragma once

#include <string>

#include "tools/rungctl/connection.h"
#include "tools/rungctl/options.h"

namespace rung::ctl {

struct Session {
  const GlobalOptions& options;
  Connection& connection;

  std::string In(const Label& label) const { return label.in(options.language); }
};

int Run(const ImportCommand& command, Session& session);
int Run(const IngestCommand& command, Session& session);
int Run(const GenerateCommand& command, Session& session);
int Run(const TierGet& command, Session& session);
int Run(const TierBatch& command, Session& session);
int Run(const TierHistory& command, Session& session);
int Run(const TierAsOf& command, Session& session);
int Run(const TierWatch& command, Session& session);
int Run(const TierList& command, Session& session);
int Run(const TierDistribution& command, Session& session);
int Run(const TierExplain& command, Session& session);
int Run(const TierPath& command, Session& session);
int Run(const FeaturesGet& command, Session& session);
int Run(const FeaturesDefinitions& command, Session& session);
int Run(const FeaturesAudit& command, Session& session);
int Run(const GradeCommand& command, Session& session);
int Run(const ModelList& command, Session& session);
int Run(const ModelGet& command, Session& session);
int Run(const ModelApply& command, Session& session);
int Run(const ModelSimulate& command, Session& session);
int Run(const ModelSolve& command, Session& session);
int Run(const ModelCalibrate& command, Session& session);
int Run(const TierReplay& command, Session& session);
int Run(const AuditVerify& command, Session& session);
int Run(const AuditList& command, Session& session);
int Run(const AuditRoot& command, Session& session);
int Run(const ConfigList& command, Session& session);
int Run(const ConfigGet& command, Session& session);
int Run(const ConfigValidate& command, Session& session);
int Run(const ConfigDiff& command, Session& session);
int Run(const DraftSave& command, Session& session);
int Run(const DraftGet& command, Session& session);
int Run(const DraftList& command, Session& session);
int Run(const DraftDelete& command, Session& session);
int Run(const ConfigApprove& command, Session& session);
int Run(const ConfigPublish& command, Session& session);
int Run(const ConfigSchedules& command, Session& session);
int Run(const ConfigCancelSchedule& command, Session& session);
int Run(const ConfigVersions& command, Session& session);
int Run(const ConfigRollback& command, Session& session);
int Run(const ConfigApply& command, Session& session);
int Run(const BenefitsGet& command, Session& session);
int Run(const BenefitsImport& command, Session& session);
int Run(const BenefitsExport& command, Session& session);
int Run(const RedeemReserve& command, Session& session);
int Run(const RedeemCommit& command, Session& session);
int Run(const RedeemRelease& command, Session& session);
int Run(const RedeemList& command, Session& session);
int Run(const CouponIssue& command, Session& session);
int Run(const CouponList& command, Session& session);
int Run(const CouponUsage& command, Session& session);
int Run(const RegradeStart& command, Session& session);
int Run(const RegradeStatus& command, Session& session);
int Run(const RegradePause& command, Session& session);
int Run(const RegradeResume& command, Session& session);
int Run(const RegradeCancel& command, Session& session);
int Run(const RegradeList& command, Session& session);
int Run(const AbuseScan& command, Session& session);
int Run(const ChurnListCommand& command, Session& session);
int Run(const ChurnScanCommand& command, Session& session);
int Run(const ChurnActions& command, Session& session);
int Run(const ChurnClose& command, Session& session);
int Run(const AbuseList& command, Session& session);
int Run(const AbuseShow& command, Session& session);
int Run(const AbuseReview& command, Session& session);
int Run(const TagsOf& command, Session& session);
int Run(const TagsAudience& command, Session& session);
int Run(const AppealFile& command, Session& session);
int Run(const AppealList& command, Session& session);
int Run(const AppealShow& command, Session& session);
int Run(const AppealAssign& command, Session& session);
int Run(const AppealComment& command, Session& session);
int Run(const AppealResolve& command, Session& session);
int Run(const AppealWithdraw& command, Session& session);
int Run(const GroupCreate& command, Session& session);
int Run(const GroupChange& command, Session& session);
int Run(const GroupShow& command, Session& session);
int Run(const GroupList& command, Session& session);
int Run(const AccountMerge& command, Session& session);
int Run(const AccountShow& command, Session& session);
int Run(const OverrideSet& command, Session& session);
int Run(const OverrideEnd& command, Session& session);
int Run(const OverrideList& command, Session& session);
int Run(const OverrideImport& command, Session& session);
int Run(const StatusCommand& command, Session& session);
int Run(const HealthCommand& command, Session& session);
int Run(const PriceImport& command, Session& session);
int Run(const PriceExport& command, Session& session);
int Run(const PriceQuote& command, Session& session);
int Run(const PriceVerify& command, Session& session);
int Run(const PriceSettle& command, Session& session);
int Run(const PriceList& command, Session& session);
int Run(const StatsFit& command, Session& session);
int Run(const StatsEvaluate& command, Session& session);
int Run(const RecommendEvaluate& command, Session& session);
int Run(const RecommendGet& command, Session& session);
int Run(const RecommendClaim& command, Session& session);
int Run(const RecommendPreview& command, Session& session);
int Run(const RecommendTrain& command, Session& session);
int Run(const RecommendModelInfo& command, Session& session);
int Run(const RecommendAvailability& command, Session& session);
int Run(const RecommendConversion& command, Session& session);
int Run(const StatsShow& command, Session& session);
int Run(const StatsList& command, Session& session);
int Run(const OutlookGet& command, Session& session);
/// `stats fit --store`.
int FitStoredBase(const StatsFit& command, Session& session);

/// Who acts: `author`, else the user's name.
std::string AuthorOr(const std::string& author);

/// Currency of the server's installation; empty when the server doesn't say.
std::string CurrencyOf(Session& session);
/// The server's business zone.
grpc::Status ReadZone(Session& session, std::string& zone);

}  // namespace rung::ctl
