// Responses of many strings that the next call uses again, each string with the memory that it has.
#pragma once

#include <grpcpp/support/message_allocator.h>

#include <memory>
#include <vector>

namespace rung::rpc {

/// A gRPC message allocator, for responses whose size the API bounds: what they once needed stays theirs. Of small messages and few
/// strings a MessageArena makes less. Each thread keeps up to `kMostKept`. Thread-safe.
template <typename Request, typename Response, size_t kMostKept>
class KeptResponse final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override {
    auto& kept = Kept();
    if (kept.empty()) return new Messages;  // until its Release()
    Messages* messages = kept.back().release();
    kept.pop_back();
    return messages;
  }

 private:
  class Messages final : public grpc::MessageHolder<Request, Response> {
   public:
    Messages() {
      this->set_request(&request_);
      this->set_response(&response_);
    }
    void Release() override {
      std::unique_ptr<Messages> self(this);
      if (Kept().size() >= kMostKept) return;
      request_ = Request();  // a caller's strings can be of any size
      response_.Clear();
      Kept().push_back(std::move(self));
    }

   private:
    Request request_;
    Response response_;
  };

  static std::vector<std::unique_ptr<Messages>>& Kept() {
    thread_local std::vector<std::unique_ptr<Messages>> kept;
    return kept;
  }
};

}  // namespace rung::rpc
