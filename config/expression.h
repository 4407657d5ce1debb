// The small arithmetic that `if` lines and `meta` rules share, with Perl's grammar and values:
//   ?:   ||   &&   ^   == !=   < > <= >=   + -   * /   unary ! - +   ( )
// from weakest to strongest; && and || give one of their operands, comparisons chain.
//
// lex() cuts a line as SpamAssassin's ARITH_EXPRESSION_LEXER does: what belongs to no token is
// skipped without a word. Evaluation is total: a syntax error, a division by zero and nesting
// beyond kMaxExpressionDepth are results, not exceptions.

#ifndef CONFIG_EXPRESSION_H
#define CONFIG_EXPRESSION_H

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace config {

inline constexpr int kMaxExpressionDepth = 200;

std::vector<std::string_view> lex(std::string_view text);
// Only of characters + - . and digits, as the lexer's number class takes them.
bool is_number_token(std::string_view token);

// A Perl scalar as far as expressions need it: a class name is true and worth 0.
struct Scalar {
    double number = 0;
    bool truth = false;
    static Scalar of(double n) { return {n, n != 0}; }
    static Scalar of_bool(bool b) { return {b ? 1.0 : 0.0, b}; }
};

struct ExpressionToken {
    enum class Kind { Operator, Value, Call } kind = Kind::Operator;
    std::string_view text;        // operator, or the name of a call
    Scalar value;                 // Value
    std::string_view class_name;  // Value that came from a class name
};

// Called for `name ( argument )`; argument is empty for `name` and `name ( )`.
using ExpressionCall = std::function<bool(std::string_view name, std::string_view argument)>;

struct ExpressionResult {
    Scalar value;
    std::string error;  // empty when all is well
    bool ok() const { return error.empty(); }
};

ExpressionResult evaluate(const std::vector<ExpressionToken>& tokens,
                          const ExpressionCall& call = nullptr);

// A Perl numeric literal without sign: decimal, or octal when it starts with 0. False for what
// Perl would not compile ("08").
bool parse_perl_number(std::string_view text, double& out);

}  // namespace config

#endif  // CONFIG_EXPRESSION_H
