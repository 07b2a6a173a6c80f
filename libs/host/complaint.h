// What work that comes round every second has to tell operators.
#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

#include "libs/base/status.h"
#include "libs/storage/store_error.h"

namespace rung::host {

/// Says what is wrong once, and again when it changes. For one thread.
class Complaint {
 public:
  /// `consequence`: what that means, as "prices stay as they are".
  explicit Complaint(std::string consequence) : consequence_(std::move(consequence)) {}

  /// A store that is out of reach shows elsewhere, and isn't told.
  void Take(const absl::Status& status) {
    if (storage::MayPass(status)) return;  // and says nothing of the rest
    std::string now = status.ok() ? std::string() : std::string(Message(status));
    if (now == said_) return;
    if (!now.empty()) spdlog::error("{}: {}", consequence_, now);
    said_ = std::move(now);
  }

 private:
  const std::string consequence_;
  std::string said_;
};

}  // namespace rung::host
