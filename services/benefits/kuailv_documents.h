// Plans from KuaiLv's JSON document, and back. Nothing is stored.
#pragma once

#include <absl/status/status.h>

#include "rung/benefits/v1/benefit.pb.h"

namespace rung::benefits_service {

absl::Status ImportKuaiLvDocument(const benefits::v1::ImportKuaiLvDocumentRequest& request, benefits::v1::ImportKuaiLvDocumentResponse& response);
absl::Status ExportKuaiLvDocument(const benefits::v1::ExportKuaiLvDocumentRequest& request, benefits::v1::ExportKuaiLvDocumentResponse& response);

}  // namespace rung::benefits_service
