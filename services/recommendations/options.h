// What an operator configures of recommendations, beside what every service has (libs/host).
#pragma once

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace rung::recommendations {

struct Options {
  std::string training = "03:30";  ///< business time of the daily training, or "off"
  int threads = 2;                 ///< of a training
};

/// Adds the flags that fill `options` when they are parsed.
void AddOptions(CLI::App& app, Options& options);

/// "03:30" as seconds after midnight; -1 for "off"; nullopt for anything else.
std::optional<int> TrainingTime(const std::string& text);

}  // namespace rung::recommendations
