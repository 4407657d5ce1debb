#include "config/expression.h"

#include <cmath>

#include "util/strings.h"

namespace config {

static bool in_number_class(char c) {
    return c == '-' || c == '+' || c == '.' || util::is_digit(static_cast<unsigned char>(c));
}

std::vector<std::string_view> lex(std::string_view text) {
    std::vector<std::string_view> tokens;
    size_t i = 0;
    auto take = [&](size_t n) {
        tokens.push_back(text.substr(i, n));
        i += n;
    };
    while (i < text.size()) {
        char c = text[i];
        char next = i + 1 < text.size() ? text[i + 1] : '\0';
        if (in_number_class(c)) {
            size_t end = i;
            while (end < text.size() && in_number_class(text[end]))
                ++end;
            take(end - i);
        } else if (util::is_word(static_cast<unsigned char>(c))) {
            size_t end = i + 1;
            while (end < text.size() &&
                   (text[end] == ':' || util::is_word(static_cast<unsigned char>(text[end]))))
                ++end;
            take(end - i);
        } else {
            switch (c) {
                case '(':
                case ')':
                case '^':
                case '*':
                case '/':
                case '?':
                case ':':
                    take(1);
                    break;
                case '|':
                case '&':
                    if (next == c)
                        take(2);
                    else
                        ++i;
                    break;
                case '!':
                    take(next == '=' ? 2 : 1);
                    break;
                case '<':
                case '>':
                    take(next == '=' ? 2 : 1);
                    break;
                case '=':
                    if (next == '=')
                        take(2);
                    else
                        ++i;
                    break;
                default:
                    ++i;
            }
        }
    }
    return tokens;
}

bool is_number_token(std::string_view token) {
    if (token.empty())
        return false;
    for (char c : token)
        if (!in_number_class(c))
            return false;
    return true;
}

bool parse_perl_number(std::string_view text, double& out) {
    if (text.size() > 1 && text[0] == '0' && util::is_digit(static_cast<unsigned char>(text[1]))) {
        double value = 0;
        for (char c : text) {
            if (c < '0' || c > '7')
                return false;
            value = value * 8 + (c - '0');
        }
        out = value;
        return true;
    }
    auto value = util::parse_double(text);
    if (!value)
        return false;
    out = *value;
    return true;
}

namespace {

// Recursive descent. `live` is false on the side that && || ?: do not evaluate: its syntax counts,
// its divisions do not.
class Evaluator {
public:
    Evaluator(const std::vector<ExpressionToken>& tokens, const ExpressionCall& call)
        : tokens_(tokens), call_(call) {}

    ExpressionResult run() {
        ExpressionResult result;
        result.value = ternary(true);
        if (error_.empty() && at_ != tokens_.size())
            fail("syntax error");
        result.error = error_;
        return result;
    }

private:
    void fail(std::string_view why) {
        if (error_.empty())
            error_ = why;
        at_ = tokens_.size();
    }
    bool accept(std::string_view op) {
        if (at_ < tokens_.size() && tokens_[at_].kind == ExpressionToken::Kind::Operator &&
            tokens_[at_].text == op) {
            ++at_;
            return true;
        }
        return false;
    }

    Scalar ternary(bool live) {
        if (++depth_ > kMaxExpressionDepth) {
            fail("nested too deeply");
            return {};
        }
        Scalar condition = logical_or(live);
        if (accept("?")) {
            Scalar yes = ternary(live && condition.truth);
            if (!accept(":"))
                fail("syntax error");
            Scalar no = ternary(live && !condition.truth);
            condition = condition.truth ? yes : no;
        }
        --depth_;
        return condition;
    }
    Scalar logical_or(bool live) {
        Scalar left = logical_and(live);
        while (accept("||")) {
            Scalar right = logical_and(live && !left.truth);
            if (!left.truth)
                left = right;
        }
        return left;
    }
    Scalar logical_and(bool live) {
        Scalar left = exclusive_or(live);
        while (accept("&&")) {
            Scalar right = exclusive_or(live && left.truth);
            if (left.truth)
                left = right;
        }
        return left;
    }
    Scalar exclusive_or(bool live) {
        Scalar left = equality(live);
        while (accept("^")) {
            Scalar right = equality(live);
            left = Scalar::of(static_cast<double>(bits(left.number) ^ bits(right.number)));
        }
        return left;
    }
    static uint64_t bits(double n) {
        if (std::isnan(n))
            return 0;
        if (n < 0)
            return n <= -9.2e18 ? 0 : static_cast<uint64_t>(static_cast<int64_t>(n));
        return n >= 1.8e19 ? UINT64_MAX : static_cast<uint64_t>(n);
    }
    Scalar equality(bool live) {
        Scalar left = relation(live);
        bool chained = false, truth = true;
        for (;;) {
            bool equal = accept("==");
            if (!equal && !accept("!="))
                break;
            Scalar right = relation(live && truth);
            truth = truth && ((left.number == right.number) == equal);
            left = right;
            chained = true;
        }
        return chained ? Scalar::of_bool(truth) : left;
    }
    Scalar relation(bool live) {
        Scalar left = sum(live);
        bool chained = false, truth = true;
        for (;;) {
            int op = accept("<=") ? 1 : accept(">=") ? 2 : accept("<") ? 3 : accept(">") ? 4 : 0;
            if (op == 0)
                break;
            Scalar right = sum(live && truth);
            double a = left.number, b = right.number;
            truth = truth && (op == 1 ? a <= b : op == 2 ? a >= b : op == 3 ? a < b : a > b);
            left = right;
            chained = true;
        }
        return chained ? Scalar::of_bool(truth) : left;
    }
    Scalar sum(bool live) {
        Scalar left = product(live);
        for (;;) {
            if (accept("+"))
                left = Scalar::of(left.number + product(live).number);
            else if (accept("-"))
                left = Scalar::of(left.number - product(live).number);
            else
                return left;
        }
    }
    Scalar product(bool live) {
        Scalar left = unary(live);
        for (;;) {
            if (accept("*")) {
                left = Scalar::of(left.number * unary(live).number);
            } else if (accept("/")) {
                double divisor = unary(live).number;
                if (divisor == 0) {
                    if (live && error_.empty())
                        fail("division by zero");
                    left = Scalar::of(0);
                } else {
                    left = Scalar::of(left.number / divisor);
                }
            } else {
                return left;
            }
        }
    }
    Scalar unary(bool live) {
        if (++depth_ > kMaxExpressionDepth) {
            fail("nested too deeply");
            return {};
        }
        Scalar value;
        if (accept("!"))
            value = Scalar::of_bool(!unary(live).truth);
        else if (accept("-"))
            value = Scalar::of(-unary(live).number);
        else if (accept("+"))
            value = unary(live);
        else
            value = primary(live);
        --depth_;
        return value;
    }
    Scalar primary(bool live) {
        if (accept("(")) {
            if (accept(")"))
                return {};
            Scalar value = ternary(live);
            if (!accept(")"))
                fail("syntax error");
            return value;
        }
        if (at_ >= tokens_.size()) {
            fail("syntax error");
            return {};
        }
        const ExpressionToken& token = tokens_[at_];
        if (token.kind == ExpressionToken::Kind::Value) {
            ++at_;
            return token.value;
        }
        if (token.kind == ExpressionToken::Kind::Call) {
            ++at_;
            std::string_view argument;
            if (accept("(") && !accept(")")) {
                if (at_ < tokens_.size() && tokens_[at_].kind == ExpressionToken::Kind::Value)
                    argument = tokens_[at_++].class_name;
                if (!accept(")"))
                    fail("syntax error");
            }
            return Scalar::of_bool(error_.empty() && live && call_ && call_(token.text, argument));
        }
        fail("syntax error");
        return {};
    }

    const std::vector<ExpressionToken>& tokens_;
    const ExpressionCall& call_;
    size_t at_ = 0;
    int depth_ = 0;
    std::string error_;
};

}  // namespace

ExpressionResult evaluate(const std::vector<ExpressionToken>& tokens, const ExpressionCall& call) {
    return Evaluator(tokens, call).run();
}

}  // namespace config
