#include "libs/lifecycle/documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/errors/errors.h"
#include "rung/grading/v1/model.pb.h"

namespace rung::lifecycle {
namespace {

using grading::v1::Model;

class ModelLike final : public DocumentKind {
 public:
  std::string name() const override { return "model"; }
  const google::protobuf::Message& prototype() const override { return Model::default_instance(); }
  std::string IdOf(const google::protobuf::Message& document) const override { return static_cast<const Model&>(document).model_id(); }
  std::vector<Finding> Check(const google::protobuf::Message&) const override { return {}; }
};

// "field REASON" of the first violation; empty: unpacked.
std::string Refusal(const google::protobuf::Any& any) {
  const auto document = Unpack(ModelLike(), any, "document");
  if (document.ok()) return "";
  const auto violations = ViolationsOf(document.status());
  return violations.at(0).field + " " + violations.at(0).reason;
}

google::protobuf::Any Packed(const Model& model, const std::string& more = "") {
  google::protobuf::Any any;
  any.PackFrom(model);
  any.set_value(any.value() + more);
  return any;
}

TEST(DocumentsTest, UnknownFieldsAreRefusedWithTheirPath) {
  // Field 2000 as a varint of 1.
  const std::string unknown = "\x80\x7d\x01";
  EXPECT_EQ(Refusal(Packed(Model())), "");
  EXPECT_EQ(Refusal(Packed(Model(), unknown)), "document UNKNOWN_FIELD");
  Model model;
  model.add_dimensions();
  model.add_dimensions()->add_factors()->ParseFromString(unknown);
  EXPECT_EQ(Refusal(Packed(model)), "document.dimensions[1].factors[0] UNKNOWN_FIELD");
}

TEST(DocumentsTest, BytesThatAreNoDocumentAreRefused) {
  google::protobuf::Any any;
  any.set_value("\xff\xff\xff");
  EXPECT_EQ(Refusal(any), "document BAD_DOCUMENT");
  any.set_value(std::string(kMaxDocumentBytes + 1, 'x'));
  EXPECT_EQ(Refusal(any), "document TOO_LONG");
}

TEST(DocumentsTest, AFloodOfElementsIsRefusedOnce) {
  Model model;
  for (size_t i = 0; i <= kMaxElements; ++i) model.add_dimensions();
  const auto problems = FindShapeProblems(model);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].field + " " + problems[0].reason, "dimensions TOO_MANY");
}

TEST(DocumentsTest, IdsAreThoseOfLaddersAndFiles) {
  EXPECT_EQ(IdField(ModelLike()), "model_id");
  for (const char* good : {"a", "kuailv-rfmpl", "price_2026"}) EXPECT_FALSE(FindIdProblem("id", good)) << good;
  for (const std::string& bad : {std::string(), std::string(65, 'a'), std::string("A"), std::string("a b"), std::string("a\"b"), std::string("a/b"),
                                std::string("a\0b", 3), std::string("快驴")}) {
    const auto problem = FindIdProblem("id", bad);
    ASSERT_TRUE(problem) << bad;
    EXPECT_EQ(problem->reason, "BAD_ID");
  }
}

TEST(DocumentsTest, TheKindIsThatOfTheType) {
  ModelLike kind;
  Documents documents;
  documents.Add(kind);
  google::protobuf::Any any = Packed(Model());
  EXPECT_TRUE(documents.KindOf(any, "document").ok());
  for (const char* wrong : {"", "rung.grading.v1.Model", "type.googleapis.com/rung.grading.v1.Tier", "type.googleapis.com/xrung.grading.v1.Model",
                            "type.googleapis.com/", "/"}) {
    any.set_type_url(wrong);
    const auto found = documents.KindOf(any, "document");
    ASSERT_FALSE(found.ok()) << wrong;
    EXPECT_EQ(ViolationsOf(found.status()).at(0).reason, "UNKNOWN_TYPE");
    EXPECT_THAT(std::string(Message(found.status())), ::testing::HasSubstr("rung.grading.v1.Model"));
  }
  EXPECT_EQ(ReasonOf(documents.Kind("benefits").status()), "KIND_UNKNOWN");
}

TEST(DocumentsTest, FindingsAreBoundedErrorsFirst) {
  std::vector<Finding> findings(3, {Finding::kWarning, {"w", "W", "w"}});
  findings.resize(5000, {Finding::kError, {"e", "E", "e"}});
  google::protobuf::RepeatedPtrField<pb::Finding> out;
  lifecycle::ToWire(findings, &out);
  EXPECT_EQ(out.size(), static_cast<int>(kMaxFindings));
  EXPECT_EQ(out.begin()->severity(), pb::SEVERITY_ERROR);
  EXPECT_LE(ViolationsOf(Refuse(findings, "document")).size(), kMaxFindings);
}

}  // namespace
}  // namespace rung::lifecycle
