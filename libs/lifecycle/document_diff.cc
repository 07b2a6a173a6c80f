#include "libs/lifecycle/document_diff.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace rung::lifecycle {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string MessageJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  return google::protobuf::util::MessageToJsonString(message, &json, options).ok() ? json : std::string();
}

// A field alone, as JSON: printed within an otherwise empty message of its type.
std::string FieldJson(const Message& message, const FieldDescriptor* field) {
  const Reflection& reflection = *message.GetReflection();
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(*copy, &set);
  for (const FieldDescriptor* other : set) {
    if (other != field) reflection.ClearField(copy.get(), other);
  }
  const std::string json = MessageJson(*copy);
  const size_t colon = json.find(':');
  if (colon == std::string::npos) return "";
  return json.substr(colon + 1, json.size() - colon - 2);
}

// The field that names an element among its like, or nullptr.
const FieldDescriptor* NameField(const google::protobuf::Descriptor& type) {
  for (const char* name : {"name", "code", "id", "sku", "tier_code", "feature"}) {
    const FieldDescriptor* field = type.FindFieldByName(name);
    if (field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field->is_repeated()) return field;
  }
  return nullptr;
}

class Differ {
 public:
  explicit Differ(config::v1::DiffResponse& out) : out_(out) {}

  void Compare(const std::string& path, const Message& before, const Message& after) {
    const Reflection& reflection = *before.GetReflection();
    const auto* type = before.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      const std::string at = path.empty() ? field->name() : path + "." + field->name();
      if (field->is_repeated()) {
        CompareLists(at, before, after, field);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && reflection.HasField(before, field) &&
                 reflection.HasField(after, field)) {
        Compare(at, reflection.GetMessage(before, field), reflection.GetMessage(after, field));
      } else {
        Add(at, FieldJson(before, field), FieldJson(after, field));
      }
    }
  }

 private:
  void CompareLists(const std::string& path, const Message& before, const Message& after, const FieldDescriptor* field) {
    const std::string old_list = FieldJson(before, field);
    const std::string new_list = FieldJson(after, field);
    if (field->is_map() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return Add(path, old_list, new_list);
    if (old_list == new_list) return;
    const Named old_items(before, field), new_items(after, field);
    const int changes = out_.changes_size();
    for (const auto& [name, item] : old_items.items) {
      const auto* other = new_items.Find(name);
      const std::string at = path + "[" + name + "]";
      if (other == nullptr) {
        Add(at, MessageJson(*item), "");
      } else {
        Compare(at, *item, *other);
      }
    }
    for (const auto& [name, item] : new_items.items) {
      if (old_items.Find(name) == nullptr) Add(path + "[" + name + "]", "", MessageJson(*item));
    }
    if (out_.changes_size() == changes) Add(path, old_list, new_list);  // another order
  }

  // Elements by name; by place when they have none or share one.
  struct Named {
    Named(const Message& message, const FieldDescriptor* field) {
      const Reflection& reflection = *message.GetReflection();
      const FieldDescriptor* name = NameField(*field->message_type());
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        const Message& item = reflection.GetRepeatedMessage(message, field, i);
        std::string key = name == nullptr ? std::string() : item.GetReflection()->GetString(item, name);
        if (key.empty() || index.contains(key)) key = std::to_string(i);
        index[key] = &item;
        items.emplace_back(std::move(key), &item);
      }
    }
    const Message* Find(const std::string& name) const {
      const auto it = index.find(name);
      return it == index.end() ? nullptr : it->second;
    }

    std::vector<std::pair<std::string, const Message*>> items;
    std::unordered_map<std::string, const Message*> index;
  };

  void Add(const std::string& path, const std::string& before, const std::string& after) {
    if (before == after) return;
    auto& change = *out_.add_changes();
    change.set_field(path);
    change.set_before(before);
    change.set_after(after);
  }

  config::v1::DiffResponse& out_;
};

}  // namespace

void DiffDocuments(const Message& before, const Message& after, config::v1::DiffResponse& out) {
  Differ(out).Compare("", before, after);
}

}  // namespace rung::lifecycle
