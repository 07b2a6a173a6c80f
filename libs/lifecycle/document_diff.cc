#include "libs/lifecycle/document_diff.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/message_differencer.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

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

// The value of a field, as JSON: printed within an otherwise empty message. Empty when the field isn't set; numbers and
// flags that can't be unset print their 0 and false.
std::string FieldJson(const Message& message, const FieldDescriptor* field) {
  const Reflection& reflection = *message.GetReflection();
  const bool has_value = field->is_repeated() ? reflection.FieldSize(message, field) > 0 : reflection.HasField(message, field);
  if (!has_value) {
    const auto type = field->cpp_type();
    if (field->is_repeated() || field->has_presence() || type == FieldDescriptor::CPPTYPE_STRING || type == FieldDescriptor::CPPTYPE_ENUM) return "";
    return type == FieldDescriptor::CPPTYPE_BOOL ? "false" : "0";
  }
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(*copy, &set);
  for (const FieldDescriptor* other : set) {
    if (other != field) reflection.ClearField(copy.get(), other);
  }
  const std::string json = MessageJson(*copy);
  const size_t colon = json.find(':');
  return json.substr(colon + 1, json.size() - colon - 2);
}

// The value of a map's entry, as JSON. An entry prints its key whether it is set or not.
std::string EntryJson(const Message& entry) {
  static constexpr std::string_view kValue = "\"value\":";
  std::unique_ptr<Message> copy(entry.New());
  copy->CopyFrom(entry);
  copy->GetReflection()->ClearField(copy.get(), copy->GetDescriptor()->map_key());
  const std::string json = MessageJson(*copy);
  const size_t at = json.find(kValue);
  return at == std::string::npos ? "" : json.substr(at + kValue.size(), json.size() - at - kValue.size() - 1);
}

// The field that names an element among its like, or nullptr.
const FieldDescriptor* NameField(const google::protobuf::Descriptor& type) {
  for (const char* name : {"name", "code", "id", "sku", "break_id", "tier_code", "feature"}) {
    const FieldDescriptor* field = type.FindFieldByName(name);
    if (field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field->is_repeated()) return field;
  }
  return nullptr;
}

// A list's elements by name, in their order.
struct NamedList {
  std::vector<std::string> names;
  std::map<std::string, const Message*> items;

  // Whether all elements have a name, each another one.
  bool Read(const Message& message, const FieldDescriptor* field, const FieldDescriptor* name) {
    const Reflection& reflection = *message.GetReflection();
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      const Message& item = reflection.GetRepeatedMessage(message, field, i);
      names.push_back(item.GetReflection()->GetString(item, name));
      if (names.back().empty() || !items.emplace(names.back(), &item).second) return false;
    }
    return true;
  }

  // The names that the other list has, too, as JSON.
  std::string OrderJson(const NamedList& other) const {
    google::protobuf::ListValue common;
    for (const std::string& name : names) {
      if (other.items.contains(name)) common.add_values()->set_string_value(name);
    }
    return MessageJson(common);
  }
};

class Differ {
 public:
  explicit Differ(config::v1::DiffResponse& out) : out_(out) {}

  void Compare(const std::string& path, const Message& before, const Message& after) {
    // Most elements of a long list are as they were, and printing fields takes a hundred times as long.
    if (google::protobuf::util::MessageDifferencer::Equals(before, after)) return;
    const Reflection& reflection = *before.GetReflection();
    const auto* type = before.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      const std::string at = path.empty() ? field->name() : path + "." + field->name();
      if (field->is_map()) {
        CompareMaps(at, before, after, field);
      } else if (field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        CompareLists(at, before, after, field);
      } else if (!field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && reflection.HasField(before, field) &&
                 reflection.HasField(after, field)) {
        Compare(at, reflection.GetMessage(before, field), reflection.GetMessage(after, field));
      } else {
        Add(at, FieldJson(before, field), FieldJson(after, field));
      }
    }
  }

 private:
  void CompareLists(const std::string& path, const Message& before, const Message& after, const FieldDescriptor* field) {
    const FieldDescriptor* name = NameField(*field->message_type());
    NamedList old_list, new_list;
    if (name == nullptr || !old_list.Read(before, field, name) || !new_list.Read(after, field, name)) {
      return CompareByPlace(path, before, after, field);
    }
    for (const std::string& item : old_list.names) {
      const std::string at = path + "[" + item + "]";
      const auto other = new_list.items.find(item);
      if (other == new_list.items.end()) {
        Add(at, MessageJson(*old_list.items[item]), "");
      } else {
        Compare(at, *old_list.items[item], *other->second);
      }
    }
    for (const std::string& item : new_list.names) {
      if (!old_list.items.contains(item)) Add(path + "[" + item + "]", "", MessageJson(*new_list.items[item]));
    }
    Add(path, old_list.OrderJson(new_list), new_list.OrderJson(old_list));
  }

  void CompareByPlace(const std::string& path, const Message& before, const Message& after, const FieldDescriptor* field) {
    const Reflection& reflection = *before.GetReflection();
    const int old_size = reflection.FieldSize(before, field), new_size = reflection.FieldSize(after, field);
    for (int i = 0; i < std::max(old_size, new_size); ++i) {
      const std::string at = fmt::format("{}[{}]", path, i);
      if (i >= new_size) {
        Add(at, MessageJson(reflection.GetRepeatedMessage(before, field, i)), "");
      } else if (i >= old_size) {
        Add(at, "", MessageJson(reflection.GetRepeatedMessage(after, field, i)));
      } else {
        Compare(at, reflection.GetRepeatedMessage(before, field, i), reflection.GetRepeatedMessage(after, field, i));
      }
    }
  }

  // By key: maps have no order.
  void CompareMaps(const std::string& path, const Message& before, const Message& after, const FieldDescriptor* field) {
    const auto read = [&](const Message& message) {
      std::map<std::string, std::string> entries;
      const Reflection& reflection = *message.GetReflection();
      const auto* entry = field->message_type();
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        const Message& item = reflection.GetRepeatedMessage(message, field, i);
        const bool text_key = entry->map_key()->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
        const std::string key = text_key ? item.GetReflection()->GetString(item, entry->map_key()) : FieldJson(item, entry->map_key());
        entries[key] = EntryJson(item);
      }
      return entries;
    };
    auto old_entries = read(before), new_entries = read(after);
    for (const auto& [key, value] : old_entries) Add(path + "[" + key + "]", value, new_entries[key]);
    for (const auto& [key, value] : new_entries) {
      if (!old_entries.contains(key)) Add(path + "[" + key + "]", "", value);
    }
  }

  void Add(const std::string& path, const std::string& before, const std::string& after) {
    if (before == after) return;
    bytes_ += path.size() + before.size() + after.size();
    if (bytes_ > kMaxDiffBytes) {
      out_.set_omitted_count(out_.omitted_count() + 1);
      return;
    }
    auto& change = *out_.add_changes();
    change.set_field(path);
    change.set_before(before);
    change.set_after(after);
  }

  config::v1::DiffResponse& out_;
  size_t bytes_ = 0;
};

}  // namespace

void DiffDocuments(const Message& before, const Message& after, config::v1::DiffResponse& out) {
  Differ(out).Compare("", before, after);
}

}  // namespace rung::lifecycle
