// Which kind of rule an eval function expects to be called from: a rule of another kind is refused.

#ifndef RULES_EVAL_TYPES_H
#define RULES_EVAL_TYPES_H

#include <string_view>

namespace rules {

enum class EvalType { Any, Header, Body, Full, Rbl };

EvalType expected_eval_type(std::string_view function);

}  // namespace rules

#endif  // RULES_EVAL_TYPES_H
