// Explanations as messages.
#pragma once

#include "libs/explanation/explanation.h"
#include "libs/explanation/sentences.h"
#include "rung/grading/v1/explanation.pb.h"

namespace rung::grading {

/// `message` is the model that was explained. Ids, model version and current tier are the caller's.
void ToWire(const explanation::Explanation& explained, const explanation::Sentences& sentences, const v1::Model& message,
            v1::Explanation& out);

void ToWire(const explanation::Text& text, v1::Sentence& out);

}  // namespace rung::grading
