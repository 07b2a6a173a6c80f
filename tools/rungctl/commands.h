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
int Run(const TierList& command, Session& session);
int Run(const TierDistribution& command, Session& session);
int Run(const TierExplain& command, Session& session);
int Run(const FeaturesGet& command, Session& session);
int Run(const FeaturesDefinitions& command, Session& session);
int Run(const FeaturesAudit& command, Session& session);
int Run(const GradeCommand& command, Session& session);
int Run(const ModelList& command, Session& session);
int Run(const ModelGet& command, Session& session);
int Run(const ModelApply& command, Session& session);
int Run(const ModelSimulate& command, Session& session);
int Run(const TierReplay& command, Session& session);
int Run(const AuditVerify& command, Session& session);
int Run(const AuditList& command, Session& session);
int Run(const AuditRoot& command, Session& session);
int Run(const RegradeStart& command, Session& session);
int Run(const RegradeStatus& command, Session& session);
int Run(const RegradePause& command, Session& session);
int Run(const RegradeResume& command, Session& session);
int Run(const RegradeCancel& command, Session& session);
int Run(const RegradeList& command, Session& session);
int Run(const StatusCommand& command, Session& session);

/// Currency of the server's installation; empty when the server doesn't say.
std::string CurrencyOf(Session& session);

}  // namespace rung::ctl
