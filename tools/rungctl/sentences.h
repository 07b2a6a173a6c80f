// Sentences of the server in the user's language.
#pragma once

#include <fmt/format.h>

#include "rung/grading/v1/explanation.pb.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/display_width.h"

namespace rung::ctl {

inline std::string SentenceIn(const grading::v1::Sentence& sentence, const Session& session) {
  return Printable(session.options.language == Language::kChinese ? sentence.zh() : sentence.en());
}

/// A heading and a line for each sentence; nothing without sentences.
template <typename List>
void PrintSection(const Label& heading, const List& sentences, const Session& session) {
  if (sentences.empty()) return;
  fmt::print("\n{}\n", session.In(heading));
  for (const grading::v1::Sentence& sentence : sentences) fmt::print("  {}\n", SentenceIn(sentence, session));
}

}  // namespace rung::ctl
