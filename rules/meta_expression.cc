#include "rules/meta_expression.h"

#include <algorithm>
#include <array>

#include "util/check.h"
#include "util/strings.h"

namespace rules {

namespace {

// Nested parentheses and operators beyond this are refused; stock rules stay below ten.
constexpr int kMaxNesting = 200;

bool is_rule_name(std::string_view token) {
    if (token.empty() || token.size() > 128 || util::is_digit(static_cast<unsigned char>(token[0])))
        return false;
    return std::all_of(token.begin(), token.end(),
                       [](char c) { return util::is_word(static_cast<unsigned char>(c)); });
}

bool is_glob(std::string_view text) {
    if (text.empty() || text.size() > 128 || util::is_digit(static_cast<unsigned char>(text[0])))
        return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return util::is_word(static_cast<unsigned char>(c)) || c == '*' || c == '?';
    });
}

// 12, 1.5, 017; nullopt on +1, .5, 5. and 09.
std::optional<double> number_of(std::string_view token) {
    size_t digits = 0;
    while (digits < token.size() && util::is_digit(static_cast<unsigned char>(token[digits])))
        ++digits;
    if (digits == 0)
        return std::nullopt;
    if (digits == token.size()) {
        if (token[0] != '0' || token.size() == 1)
            return util::parse_double(token);
        double octal = 0;
        for (char c : token) {
            if (c > '7')
                return std::nullopt;
            octal = octal * 8 + (c - '0');
        }
        return octal;
    }
    if (token[digits] != '.' || digits + 1 == token.size())
        return std::nullopt;
    for (char c : token.substr(digits + 1)) {
        if (!util::is_digit(static_cast<unsigned char>(c)))
            return std::nullopt;
    }
    return util::parse_double(token);
}

struct Token {
    enum class Kind : uint8_t { Operator, Number, Name, Glob, End } kind = Kind::End;
    std::string_view text;
    double number = 0;
};

bool has_forbidden(std::string_view text) {
    return text.find("::") != std::string_view::npos || text.find("->") != std::string_view::npos ||
           text.find_first_of("$@%;{}") != std::string_view::npos;
}

// rules_matching( GLOB ) at `at`; the length of the whole call, 0 if there is none.
size_t glob_call(std::string_view text, size_t at, std::string_view& glob) {
    constexpr std::string_view kName = "rules_matching(";
    if (text.substr(at, kName.size()) != kName)
        return 0;
    if (at > 0 && util::is_word(static_cast<unsigned char>(text[at - 1])))
        return 0;
    size_t close = text.find(')', at);
    if (close == std::string_view::npos)
        return 0;
    glob = util::trim(text.substr(at + kName.size(), close - at - kName.size()));
    return is_glob(glob) ? close + 1 - at : 0;
}

size_t operator_length(std::string_view rest) {
    char c = rest[0];
    char next = rest.size() > 1 ? rest[1] : '\0';
    switch (c) {
        case '(':
        case ')':
        case '^':
        case '*':
        case '/':
        case '?':
        case ':':
            return 1;
        case '|':
        case '&':
        case '=':
            return next == c ? 2 : 0;
        case '!':
            return next == '=' ? 2 : 1;
        case '<':
        case '>':
            return next == '=' ? 2 : 1;
        default:
            return 0;
    }
}

// Perl's integer view of a number, for ^.
uint64_t bits_of(double value) {
    return value >= 0 && value < 1e18 ? static_cast<uint64_t>(value) : 0;
}

// Returns the reason why not, "" when all is well.
std::string tokenize(std::string_view text, std::vector<Token>& out) {
    for (size_t i = 0; i < text.size();) {
        auto c = static_cast<unsigned char>(text[i]);
        std::string_view glob;
        if (size_t n = glob_call(text, i, glob)) {
            out.push_back({Token::Kind::Glob, glob, 0});
            i += n;
            continue;
        }
        if (util::is_digit(c) || c == '-' || c == '+' || c == '.') {
            size_t end = std::min(text.find_first_not_of("-+.0123456789", i), text.size());
            std::string_view token = text.substr(i, end - i);
            i = end;
            if (token == "-" || token == "+") {
                out.push_back({Token::Kind::Operator, token, 0});
                continue;
            }
            auto number = number_of(token);
            if (!number)
                return "invalid token: " + std::string(token);
            out.push_back({Token::Kind::Number, token, *number});
            continue;
        }
        if (util::is_word(c)) {
            size_t end = i + 1;
            while (end < text.size() &&
                   (util::is_word(static_cast<unsigned char>(text[end])) || text[end] == ':'))
                ++end;
            std::string_view token = text.substr(i, end - i);
            if (!is_rule_name(token))
                return "invalid token: " + std::string(token);
            out.push_back({Token::Kind::Name, token, 0});
            i = end;
            continue;
        }
        size_t n = operator_length(text.substr(i));
        if (n > 0)
            out.push_back({Token::Kind::Operator, text.substr(i, n), 0});
        i += std::max<size_t>(n, 1);  // anything else is not even looked at
    }
    out.push_back({});
    return "";
}

}  // namespace

class MetaParser {
public:
    MetaParser(MetaExpression& out, std::vector<Token> tokens)
        : out_(out), tokens_(std::move(tokens)) {}

    bool parse() {
        if (tokens_.size() == 3 && is("(") && tokens_[1].text == ")") {
            out_.placeholder_ = true;
            out_.root_ = number(0);
            return true;
        }
        out_.root_ = choice(0);
        return ok_ && tokens_[at_].kind == Token::Kind::End;
    }

private:
    using Node = MetaExpression::Node;
    using Kind = MetaExpression::Kind;

    bool is(std::string_view op) const {
        return tokens_[at_].kind == Token::Kind::Operator && tokens_[at_].text == op;
    }
    uint32_t add(Node node) {
        out_.nodes_.push_back(std::move(node));
        return static_cast<uint32_t>(out_.nodes_.size() - 1);
    }
    uint32_t number(double value) { return add({Kind::Number, "", value, 0, {}, {}}); }
    uint32_t fail() {
        ok_ = false;
        return number(0);
    }
    static uint32_t intern(std::vector<std::string>& list, std::string_view text) {
        auto it = std::find(list.begin(), list.end(), text);
        if (it == list.end())
            it = list.emplace(list.end(), text);
        return static_cast<uint32_t>(it - list.begin());
    }

    uint32_t choice(int depth) {
        if (depth > kMaxNesting)
            return fail();
        uint32_t condition = binary(0, depth);
        if (!ok_ || !is("?"))
            return condition;
        ++at_;
        uint32_t yes = choice(depth + 1);
        if (!ok_ || !is(":"))
            return fail();
        ++at_;
        uint32_t no = choice(depth + 1);
        return add({Kind::Choice, "", 0, 0, {condition, yes, no}, {}});
    }

    // Binary operators by level, loosest first.
    static constexpr std::array<std::array<std::string_view, 4>, 7> kLevels = {
        {{"||"}, {"&&"}, {"^"}, {"==", "!="}, {"<", ">", "<=", ">="}, {"+", "-"}, {"*", "/"}}};
    bool is_level(size_t level) const {
        return std::any_of(kLevels[level].begin(), kLevels[level].end(),
                           [this](std::string_view op) { return !op.empty() && is(op); });
    }

    uint32_t binary(size_t level, int depth) {
        if (level == kLevels.size())
            return unary(depth);
        uint32_t left = binary(level + 1, depth);
        bool chains = level == 3 || level == 4;
        std::vector<uint32_t> operands{left};
        std::vector<std::string> ops;
        while (ok_ && is_level(level)) {
            std::string op(tokens_[at_++].text);
            uint32_t right = binary(level + 1, depth);
            if (chains) {
                ops.push_back(op);
                operands.push_back(right);
            } else {
                left = add({Kind::Binary, op, 0, 0, {left, right}, {}});
            }
        }
        if (ops.size() == 1)
            return add({Kind::Binary, ops[0], 0, 0, operands, {}});
        if (ops.size() > 1)
            return add({Kind::Chain, "", 0, 0, operands, ops});
        return left;
    }

    uint32_t unary(int depth) {
        if (depth > kMaxNesting)
            return fail();
        for (std::string_view op : {"!", "-", "+"}) {
            if (is(op)) {
                ++at_;
                uint32_t operand = unary(depth + 1);
                if (op == "+")
                    return operand;
                return add({Kind::Unary, std::string(op), 0, 0, {operand}, {}});
            }
        }
        return primary(depth);
    }

    uint32_t primary(int depth) {
        const Token& token = tokens_[at_];
        switch (token.kind) {
            case Token::Kind::Number:
                ++at_;
                return number(token.number);
            case Token::Kind::Name:
                ++at_;
                if (token.text == "local_tests_only")
                    return add({Kind::LocalTestsOnly, "", 0, 0, {}, {}});
                return add({Kind::Name, "", 0, intern(out_.names_, token.text), {}, {}});
            case Token::Kind::Glob:
                ++at_;
                return add({Kind::Glob, "", 0, intern(out_.globs_, token.text), {}, {}});
            case Token::Kind::Operator:
                if (token.text != "(")
                    return fail();
                ++at_;
                if (is(")")) {  // Perl's empty list, undefined, false
                    ++at_;
                    return number(0);
                }
                {
                    uint32_t inner = choice(depth + 1);
                    if (!ok_ || !is(")"))
                        return fail();
                    ++at_;
                    return inner;
                }
            case Token::Kind::End:
                break;
        }
        return fail();
    }

    MetaExpression& out_;
    std::vector<Token> tokens_;
    size_t at_ = 0;
    bool ok_ = true;
};

struct MetaExpression::Emitter {
    const MetaExpression& expression;
    const std::function<RuleId(std::string_view)>& find;
    const std::function<std::vector<RuleId>(std::string_view)>& matching;
    MetaProgram program;
    size_t depth = 0;

    using Op = MetaProgram::Op;
    static Op binary_op(std::string_view op) {
        static constexpr std::pair<std::string_view, Op> kOps[] = {
            {"*", Op::Multiply},      {"/", Op::Divide}, {"+", Op::Add},
            {"-", Op::Subtract},      {"<", Op::Less},   {">", Op::Greater},
            {"<=", Op::LessEqual},    {"==", Op::Equal}, {"!=", Op::NotEqual},
            {">=", Op::GreaterEqual}, {"^", Op::Xor},    {"&&", Op::AndThen},
            {"||", Op::OrElse}};
        for (const auto& [text, code] : kOps) {
            if (text == op)
                return code;
        }
        UTIL_CHECK(false);
    }

    void push(Op op, uint32_t argument = 0) {
        program.code_.push_back({op, argument});
        program.stack_size_ = std::max(program.stack_size_, ++depth);
    }
    void combine(Op op) {
        program.code_.push_back({op, 0});
        --depth;
    }
    size_t jump(Op op) {
        program.code_.push_back({op, 0});
        return program.code_.size() - 1;
    }
    void land(size_t jump_at) {
        program.code_[jump_at].argument = static_cast<uint32_t>(program.code_.size());
    }
    void constant(double value) {
        program.constants_.push_back(value);
        push(Op::Constant, static_cast<uint32_t>(program.constants_.size() - 1));
    }
    void value(RuleId id) {
        if (id == kNoRule) {
            constant(0);
            return;
        }
        auto& all = program.dependencies_;
        if (std::find(all.begin(), all.end(), id) == all.end())
            all.push_back(id);
        push(Op::Value, id);
    }

    void condition(const Node& node, bool hit) {
        if (node.kind != Kind::Name)
            return;
        if (RuleId id = find(expression.names_[node.index]); id != kNoRule)
            program.conditions_.push_back({id, hit});
    }
    void find_conditions(uint32_t at) {
        const Node& node = expression.nodes_[at];
        auto operand = [&](size_t i) -> const Node& { return expression.nodes_[node.operands[i]]; };
        if (node.kind == Kind::Binary && node.op == "&&") {
            find_conditions(node.operands[0]);
            find_conditions(node.operands[1]);
        } else if (node.kind == Kind::Unary && node.op == "!") {
            condition(operand(0), false);
        } else if (node.kind == Kind::Chain && node.ops.size() == 1) {
            // Values are never negative.
            double number = operand(1).kind == Kind::Number ? operand(1).number : -1;
            if ((node.ops[0] == ">" && number >= 0) || (node.ops[0] == ">=" && number > 0))
                condition(operand(0), true);
        } else {
            condition(node, true);
        }
    }

    void emit(uint32_t at) {
        const Node& node = expression.nodes_[at];
        switch (node.kind) {
            case Kind::Number:
                constant(node.number);
                break;
            case Kind::Name:
                value(find(expression.names_[node.index]));
                break;
            case Kind::LocalTestsOnly:
                push(Op::LocalTestsOnly);
                break;
            case Kind::Glob: {
                auto rules = matching(expression.globs_[node.index]);
                if (rules.empty())
                    constant(0);
                for (size_t i = 0; i < rules.size(); ++i) {
                    value(rules[i]);
                    if (i > 0)
                        combine(Op::Add);
                }
                break;
            }
            case Kind::Unary:
                emit(node.operands[0]);
                program.code_.push_back({node.op == "!" ? Op::Not : Op::Negate, 0});
                break;
            case Kind::Binary:
                emit(node.operands[0]);
                binary(node.op, node.operands[1]);
                break;
            case Kind::Chain:
                chain(node);
                break;
            case Kind::Choice: {
                emit(node.operands[0]);
                --depth;
                size_t otherwise = jump(Op::JumpIfNot);
                emit(node.operands[1]);
                --depth;
                size_t end = jump(Op::Jump);
                land(otherwise);
                emit(node.operands[2]);
                land(end);
                break;
            }
        }
    }
    void binary(std::string_view op, uint32_t right) {
        Op code = binary_op(op);
        if (code == Op::AndThen || code == Op::OrElse) {
            --depth;
            size_t decided = jump(code);
            emit(right);
            land(decided);
        } else {
            emit(right);
            combine(code);
        }
    }
    // a < b < c is a < b && b < c.
    void chain(const Node& node) {
        std::vector<size_t> exits;
        for (size_t i = 0; i < node.ops.size(); ++i) {
            if (i > 0) {
                --depth;
                exits.push_back(jump(Op::AndThen));
            }
            emit(node.operands[i]);
            binary(node.ops[i], node.operands[i + 1]);
        }
        for (size_t e : exits)
            land(e);
    }
};

util::Expected<MetaExpression, std::string> MetaExpression::parse(std::string_view text) {
    if (has_forbidden(text))
        return util::Unexpected(std::string("invalid character"));
    std::vector<Token> tokens;
    if (std::string reason = tokenize(text, tokens); !reason.empty())
        return util::Unexpected(std::move(reason));
    MetaExpression expression;
    if (!MetaParser(expression, std::move(tokens)).parse())
        return util::Unexpected(std::string("syntax error"));
    MetaProgram probe = expression.compile([](std::string_view) { return kNoRule; },
                                           [](std::string_view) { return std::vector<RuleId>(); });
    if (!probe.evaluate({}, false))
        return util::Unexpected(std::string("division by zero possible"));
    return expression;
}

MetaProgram MetaExpression::compile(
    const std::function<RuleId(std::string_view)>& find,
    const std::function<std::vector<RuleId>(std::string_view)>& matching) const {
    Emitter emitter{*this, find, matching, {}, 0};
    emitter.emit(root_);
    emitter.find_conditions(root_);
    return std::move(emitter.program);
}

std::optional<double> MetaProgram::evaluate(const std::vector<double>& values,
                                            bool local_tests_only) const {
    struct Known : RuleValues {
        void decide(RuleId) override {}
    } known;
    known.numbers = &values;
    return evaluate(known, local_tests_only);
}

std::optional<double> MetaProgram::evaluate(RuleValues& rules, bool local_tests_only) const {
    const std::vector<double>& values = *rules.numbers;
    constexpr size_t kSmall = 64;
    double small[kSmall];
    std::vector<double> large;
    double* stack = small;
    if (stack_size_ > kSmall) {
        large.resize(stack_size_);
        stack = large.data();
    }
    size_t top = 0;  // number of values on the stack
    for (size_t pc = 0; pc < code_.size(); ++pc) {
        const Instruction& in = code_[pc];
        auto binary = [&](auto fn) {
            --top;
            stack[top - 1] = fn(stack[top - 1], stack[top]);
        };
        switch (in.op) {
            case Op::Constant:
                stack[top++] = constants_[in.argument];
                break;
            case Op::Value:
                if (rules.deferred != nullptr && in.argument < rules.deferred->size() &&
                    (*rules.deferred)[in.argument])
                    rules.decide(in.argument);
                stack[top++] = in.argument < values.size() ? values[in.argument] : 0;
                break;
            case Op::LocalTestsOnly:
                stack[top++] = local_tests_only ? 1 : 0;
                break;
            case Op::Not:
                stack[top - 1] = stack[top - 1] == 0 ? 1 : 0;
                break;
            case Op::Negate:
                stack[top - 1] = -stack[top - 1];
                break;
            case Op::Multiply:
                binary([](double a, double b) { return a * b; });
                break;
            case Op::Divide:
                if (stack[top - 1] == 0)
                    return std::nullopt;
                binary([](double a, double b) { return a / b; });
                break;
            case Op::Add:
                binary([](double a, double b) { return a + b; });
                break;
            case Op::Subtract:
                binary([](double a, double b) { return a - b; });
                break;
            case Op::Less:
                binary([](double a, double b) { return a < b ? 1.0 : 0.0; });
                break;
            case Op::Greater:
                binary([](double a, double b) { return a > b ? 1.0 : 0.0; });
                break;
            case Op::LessEqual:
                binary([](double a, double b) { return a <= b ? 1.0 : 0.0; });
                break;
            case Op::GreaterEqual:
                binary([](double a, double b) { return a >= b ? 1.0 : 0.0; });
                break;
            case Op::Equal:
                binary([](double a, double b) { return a == b ? 1.0 : 0.0; });
                break;
            case Op::NotEqual:
                binary([](double a, double b) { return a != b ? 1.0 : 0.0; });
                break;
            case Op::Xor:
                binary([](double a, double b) {
                    return static_cast<double>(bits_of(a) ^ bits_of(b));
                });
                break;
            case Op::AndThen:
                if (stack[top - 1] == 0)
                    pc = in.argument - 1;
                else
                    --top;
                break;
            case Op::OrElse:
                if (stack[top - 1] != 0)
                    pc = in.argument - 1;
                else
                    --top;
                break;
            case Op::JumpIfNot:
                if (stack[--top] == 0)
                    pc = in.argument - 1;
                break;
            case Op::Jump:
                pc = in.argument - 1;
                break;
        }
    }
    return stack[0];
}

void MetaProgram::sort_conditions(const std::vector<uint32_t>& cost_by_rule) {
    std::stable_sort(conditions_.begin(), conditions_.end(),
                     [&](const Condition& a, const Condition& b) {
                         return cost_by_rule[a.rule] < cost_by_rule[b.rule];
                     });
}

bool rule_name_matches(std::string_view glob, std::string_view name) {
    size_t g = 0, n = 0, star = std::string_view::npos, mark = 0;
    while (n < name.size()) {
        if (g < glob.size() && (glob[g] == '?' || (glob[g] != '*' && glob[g] == name[n]))) {
            ++g;
            ++n;
        } else if (g < glob.size() && glob[g] == '*') {
            star = g++;
            mark = n;
        } else if (star != std::string_view::npos) {
            g = star + 1;
            n = ++mark;
        } else {
            return false;
        }
    }
    while (g < glob.size() && glob[g] == '*')
        ++g;
    return g == glob.size();
}

}  // namespace rules
