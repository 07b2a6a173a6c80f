#include "libs/importer/line_source.h"

#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "libs/base/status.h"

namespace rung::importer {
namespace {

constexpr unsigned kChunkBytes = 1u << 18;

}  // namespace

struct LineSource::State {
  explicit State(std::string name) : path(std::move(name)), chunk(kChunkBytes) {}
  ~State() {
    if (file != nullptr) gzclose(file);
  }

  // False at the end of the file.
  absl::StatusOr<bool> Refill() {
    const int count = gzread(file, chunk.data(), kChunkBytes);
    int error = Z_OK;
    const char* message = gzerror(file, &error);
    if (count < 0 || (count == 0 && error != Z_OK && error != Z_STREAM_END)) {
      if (error == Z_ERRNO) message = std::strerror(errno);
      return absl::DataLossError(ToAbsl(fmt::format("{}: can't be read after line {}: {}", path, line_number, message)));
    }
    position = 0;
    end = static_cast<size_t>(count);
    return count > 0;
  }

  std::string path;
  gzFile file = nullptr;
  std::vector<char> chunk;
  size_t position = 0;
  size_t end = 0;
  int64_t line_number = 0;
};

LineSource::LineSource(std::unique_ptr<State> state) : state_(std::move(state)) {}
LineSource::LineSource(LineSource&&) noexcept = default;
LineSource& LineSource::operator=(LineSource&&) noexcept = default;
LineSource::~LineSource() = default;

absl::StatusOr<LineSource> LineSource::Open(const std::string& path) {
  auto state = std::make_unique<State>(path);
  errno = 0;
  // A copy of the descriptor, so that closing the source leaves the process its standard input.
  state->file = path == "-" ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path.c_str(), "rb");
  if (state->file == nullptr) {
    return NotFoundError("{}: can't be opened: {}", path, errno != 0 ? std::strerror(errno) : "out of memory");
  }
  return LineSource(std::move(state));
}

absl::StatusOr<bool> LineSource::Next(std::string& line) {
  State& state = *state_;
  line.clear();
  size_t length = 0;  // of the line so far; what is over the bound isn't kept
  while (true) {
    if (state.position == state.end) {
      RUNG_ASSIGN_OR_RETURN(const bool more, state.Refill());
      if (!more) break;
    }
    const char* from = state.chunk.data() + state.position;
    const size_t available = state.end - state.position;
    const void* feed = std::memchr(from, '\n', available);
    const size_t piece = feed == nullptr ? available : static_cast<size_t>(static_cast<const char*>(feed) - from) + 1;
    length += piece;
    if (length <= kMaxLineBytes) line.append(from, piece);
    state.position += piece;
    if (feed != nullptr) break;
  }
  if (length == 0) return false;
  if (++state.line_number == 1 && line.starts_with(kByteOrderMark)) line.erase(0, std::strlen(kByteOrderMark));
  if (length > kMaxLineBytes) {
    line.clear();
    return OutOfRangeError("{}, line {}: longer than {} bytes", state.path, state.line_number, kMaxLineBytes);
  }
  return true;
}

int64_t LineSource::line_number() const { return state_->line_number; }

}  // namespace rung::importer
