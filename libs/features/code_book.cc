#include "libs/features/code_book.h"

namespace rung::features {

int32_t LocalCodeBook::Intern(CodeKind kind, std::string_view word) {
  Words& words = kinds_[kind];
  const auto [it, inserted] = words.codes.try_emplace(std::string(word), static_cast<int32_t>(words.words.size()));
  if (inserted) words.words.emplace_back(word);
  return it->second;
}

int32_t LocalCodeBook::Find(CodeKind kind, std::string_view word) const {
  const auto kind_it = kinds_.find(kind);
  if (kind_it == kinds_.end()) return kUnknown;
  const auto it = kind_it->second.codes.find(word);
  return it == kind_it->second.codes.end() ? kUnknown : it->second;
}

std::string LocalCodeBook::Word(CodeKind kind, int32_t code) const {
  const auto kind_it = kinds_.find(kind);
  if (kind_it == kinds_.end() || code < 0 || static_cast<size_t>(code) >= kind_it->second.words.size()) return {};
  return kind_it->second.words[code];
}

}  // namespace rung::features
