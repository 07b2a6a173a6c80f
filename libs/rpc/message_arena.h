// Messages of a call in an arena that the next call uses again, so that an answer from memory allocates next to nothing.
#pragma once

#include <google/protobuf/arena.h>
#include <grpcpp/support/message_allocator.h>

#include <memory>
#include <vector>

namespace rung::rpc {

/// A gRPC message allocator. Messages that need more than `kBlock` bytes take the rest from the heap and give it back.
/// Each thread keeps up to `kMostKept` blocks. Thread-safe.
template <typename Request, typename Response, size_t kBlock, size_t kMostKept>
class MessageArena final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override {
    auto& kept = Kept();
    std::unique_ptr<Messages> messages;
    if (kept.empty()) {
      messages = std::make_unique<Messages>();
    } else {
      messages = std::move(kept.back());
      kept.pop_back();
    }
    messages->Create();
    return messages.release();  // until its Release()
  }

 private:
  class Messages final : public grpc::MessageHolder<Request, Response> {
   public:
    void Create() {
      this->set_request(google::protobuf::Arena::CreateMessage<Request>(&arena_));
      this->set_response(google::protobuf::Arena::CreateMessage<Response>(&arena_));
    }
    void Release() override {
      std::unique_ptr<Messages> self(this);
      arena_.Reset();
      if (Kept().size() < kMostKept) Kept().push_back(std::move(self));
    }

   private:
    google::protobuf::ArenaOptions Options() {
      google::protobuf::ArenaOptions options;
      options.initial_block = block_.get();
      options.initial_block_size = kBlock;
      return options;
    }

    const std::unique_ptr<char[]> block_{new char[kBlock]};
    google::protobuf::Arena arena_{Options()};
  };

  static std::vector<std::unique_ptr<Messages>>& Kept() {
    thread_local std::vector<std::unique_ptr<Messages>> kept;
    return kept;
  }
};

}  // namespace rung::rpc
