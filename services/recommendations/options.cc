#include "services/recommendations/options.h"

#include <CLI/CLI.hpp>

namespace rung::recommendations {

void AddOptions(CLI::App& app, Options& o) {
  app.add_option("--recommendation-training", o.training, "when recommendations are trained each day: 03:30, or off")
      ->envname("RUNG_RECOMMENDATION_TRAINING")->capture_default_str()
      ->check([](const std::string& text) { return TrainingTime(text) ? "" : "\"" + text + "\" isn't like 03:30, nor off"; });
  app.add_option("--recommendation-threads", o.threads, "threads of a training")->envname("RUNG_RECOMMENDATION_THREADS")->capture_default_str()
      ->check(CLI::Range(1, 64));
}

std::optional<int> TrainingTime(const std::string& text) {
  if (text == "off") return -1;
  const auto digit = [&](size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : 1000; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int hours = 10 * digit(0) + digit(1), minutes = 10 * digit(3) + digit(4);
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (hours * 60 + minutes) * 60;
}

}  // namespace rung::recommendations
