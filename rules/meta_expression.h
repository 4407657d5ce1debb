// The right-hand side of `meta NAME expression`.
//
// Operators and precedence are Perl's, because SpamAssassin hands the text to Perl: unary ! - +,
// then * /, + -, < > <= >= (chains allowed), == != (chains allowed), ^ (integers), &&, ||, ?: .
// && and || yield the operand that decided, so a meta of `multiple` rules has their count as its
// value. Rule names, `local_tests_only`, decimal (and octal) numbers and rules_matching(GLOB) are
// the operands. What its lexer does not know is skipped there, and so it is here; what it refuses
// (numbers glued to a sign, "::", division by zero when nothing has hit) is refused here.
//
// Parsing is iterative over tokens with a bounded nesting depth; evaluation cannot fail, except
// that a division by zero makes the value undecided.

#ifndef RULES_META_EXPRESSION_H
#define RULES_META_EXPRESSION_H

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule.h"
#include "util/expected.h"

namespace rules {

// Values of rules, of which some are found out only when they are asked for.
class RuleValues {
public:
    virtual ~RuleValues() = default;
    // Makes the value of a deferred rule true.
    virtual void decide(RuleId rule) = 0;

    const std::vector<double>* numbers = nullptr;    // by RuleId; 0 for rules beyond the end
    const std::vector<uint8_t>* deferred = nullptr;  // by RuleId; null when none is
};

// Bytecode of one meta.
class MetaProgram {
public:
    // nullopt: division by zero. Only the rules are decided that the value depends on, in their
    // order.
    std::optional<double> evaluate(RuleValues& rules, bool local_tests_only) const;
    // With all values known.
    std::optional<double> evaluate(const std::vector<double>& values, bool local_tests_only) const;
    // Every rule the value can depend on, distinct, in order of appearance.
    const std::vector<RuleId>& dependencies() const { return dependencies_; }
    // What must hold, or the value is 0: the rule hit, or it did not. As A, B and C in
    // "A && !B && C > 2 && (D || E)".
    struct Condition {
        RuleId rule;
        bool hit;
    };
    const std::vector<Condition>& conditions() const { return conditions_; }
    // The cheapest first.
    void sort_conditions(const std::vector<uint32_t>& cost_by_rule);

private:
    friend class MetaExpression;
    enum class Op : uint8_t {
        Constant,
        Value,
        LocalTestsOnly,
        Not,
        Negate,
        Multiply,
        Divide,
        Add,
        Subtract,
        Less,
        Greater,
        LessEqual,
        GreaterEqual,
        Equal,
        NotEqual,
        Xor,
        AndThen,   // false: keep and jump, else pop
        OrElse,    // true: keep and jump, else pop
        JumpIfNot  // pop; jump when false
        ,
        Jump
    };
    struct Instruction {
        Op op;
        uint32_t argument = 0;
    };
    std::vector<Instruction> code_;
    std::vector<double> constants_;
    std::vector<RuleId> dependencies_;
    std::vector<Condition> conditions_;
    size_t stack_size_ = 0;
};

class MetaExpression {
public:
    // The error is the reason, without the rule's name.
    static util::Expected<MetaExpression, std::string> parse(std::string_view text);

    // Rule names used, distinct, in order of appearance; without those of rules_matching().
    const std::vector<std::string>& names() const { return names_; }
    // Arguments of rules_matching(), distinct.
    const std::vector<std::string>& globs() const { return globs_; }
    // `meta NAME ()`: nothing to evaluate, only a plugin can make it hit.
    bool is_placeholder() const { return placeholder_; }

    // kNoRule for a name that is no rule makes it a constant 0; `matching` answers the rules that a
    // glob stands for (without the meta itself).
    MetaProgram compile(const std::function<RuleId(std::string_view)>& find,
                        const std::function<std::vector<RuleId>(std::string_view)>& matching) const;

private:
    friend class MetaParser;
    enum class Kind : uint8_t { Number, Name, Glob, LocalTestsOnly, Unary, Binary, Chain, Choice };
    struct Node {
        Kind kind;
        std::string op;                  // Unary, Binary
        double number = 0;               // Number
        uint32_t index = 0;              // Name, Glob
        std::vector<uint32_t> operands;  // into nodes_
        std::vector<std::string> ops;    // Chain: between its operands
    };
    struct Emitter;
    std::vector<Node> nodes_;
    uint32_t root_ = 0;
    bool placeholder_ = false;
    std::vector<std::string> names_, globs_;
};

// rules_matching's globs: * and ? over a whole rule name.
bool rule_name_matches(std::string_view glob, std::string_view name);

}  // namespace rules

#endif  // RULES_META_EXPRESSION_H
