// The standings of a whole base in little memory, for whoever goes through it from the first customer to the last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rung::labels {

/// Encoded standings of customers, one after the other, as they stand in storage. Neighbours differ in few of their bytes:
/// each is kept as what differs from the one before, some 14 bytes for one ladder instead of 45 with its length.
class StandingsColumn {
 public:
  /// Any bytes.
  void Add(std::string_view bytes);
  /// Puts the customers of another column behind these and empties it.
  void Append(StandingsColumn& other);

  /// Bytes that it takes.
  size_t bytes() const;

  /// Goes through the customers in order. The column must stay as it is meanwhile.
  class Reader {
   public:
    explicit Reader(const StandingsColumn& column) : column_(column) {}
    /// The next customer's bytes, until the next call. There must be one.
    std::string_view Next();

   private:
    const StandingsColumn& column_;
    size_t chunk_ = 0;
    uint32_t row_ = 0;
    size_t at_ = 0;
    std::string current_;  // padded with zeros to whole words
  };

 private:
  // Starts from zeros, so that chunks can be put behind each other.
  struct Chunk {
    uint32_t rows = 0;
    std::string packed;  // by row: length as a varint; by word: a mask of the bytes that differ, and these bytes xored
  };

  std::vector<Chunk> chunks_;
  bool open_ = false;  // rows may be added to the last chunk
  std::string last_;   // of the open chunk, padded
};

}  // namespace rung::labels
