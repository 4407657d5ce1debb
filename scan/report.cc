#include "scan/report.h"

#include <fmt/core.h>

#include "scan/wrap.h"
#include "util/strings.h"

namespace scan {

namespace {

constexpr size_t kPreviewLength = 200;
constexpr int kPreviewLines = 3;
constexpr size_t kDetailMin = 30, kDetailMax = 48;  // where a long detail is cut at a blank
constexpr size_t kDetailIndent = 47;                // longer ones are set flush right
constexpr size_t kOrnament = 10;                    // a run of rule characters worth dropping

bool is_space(char c) {
    return util::is_space(static_cast<unsigned char>(c));
}

std::string score_column(double score) {
    return score >= 10 || score <= -10 ? fmt::format("{:4.0f}", score)
                                       : fmt::format("{:4.1f}", score);
}

std::string wrapped_description(std::string_view description, size_t column,
                                std::string_view continuation, size_t width) {
    std::string first(column, ' ');
    std::string text = wrap(description, {.first = first, .prefix = continuation, .width = width});
    return std::string(util::trim_left(text));
}

// A detail in pieces: 30 to 48 bytes of one line, cut at white space.
std::vector<std::string_view> detail_pieces(std::string_view detail) {
    std::vector<std::string_view> pieces;
    for (;;) {
        size_t line = std::min(detail.find('\n'), detail.size());
        size_t cut = std::min(kDetailMax, line);
        while (cut >= kDetailMin && (cut >= detail.size() || !is_space(detail[cut])))
            --cut;
        if (cut < kDetailMin)
            break;
        pieces.push_back(detail.substr(0, cut));
        detail.remove_prefix(cut + 1);
    }
    pieces.push_back(detail);
    return pieces;
}

// Runs of - _ * . of ten and more.
std::string without_ornaments(std::string_view text) {
    std::string out;
    for (size_t p = 0; p < text.size();) {
        size_t end = text.find_first_not_of("-_*.", p);
        end = std::min(end, text.size());
        if (end - p < kOrnament)
            out += text.substr(p, end - p);
        p = end;
        if (p < text.size())
            out += text[p++];
    }
    return out;
}

std::string with_single_blanks(std::string_view text) {
    std::string out;
    for (size_t p = 0; p < text.size(); ++p) {
        if (!is_space(text[p]))
            out += text[p];
        else if (out.empty() || out.back() != ' ')
            out += ' ';
    }
    return out;
}

}  // namespace

std::string report_lines(const std::vector<ReportedHit>& hits, size_t wrap_width) {
    static constexpr std::string_view kContinuation = "*      ";
    std::string out;
    for (const auto& hit : hits) {
        std::string score = score_column(hit.score);
        out += fmt::format("* {} {} {}{}\n", score, hit.rule, hit.area,
                           wrapped_description(hit.description,
                                               4 + hit.rule.size() + score.size() + hit.area.size(),
                                               kContinuation, wrap_width));
        bool is_first = true;
        for (const auto& detail : hit.details)
            for (auto piece : detail_pieces(detail)) {
                // Only the first carries the star, as SpamAssassin prints them.
                if (is_first)
                    out += kContinuation;
                is_first = false;
                out += fmt::format("[{}]\n", piece);
            }
    }
    return out;
}

std::string summary_lines(const std::vector<ReportedHit>& hits, size_t wrap_width) {
    const std::string continuation(28, ' ');
    std::string out;
    for (const auto& hit : hits) {
        std::string score = score_column(hit.score);
        out += fmt::format("{} {:<22} {}{}\n", score, hit.rule, hit.area,
                           wrapped_description(hit.description,
                                               3 + hit.rule.size() + score.size() + hit.area.size(),
                                               continuation, wrap_width));
        for (const auto& detail : hit.details)
            for (auto piece : detail_pieces(detail)) {
                std::string bracketed = fmt::format("[{}]", piece);
                size_t indent = 28;
                if (piece.size() > kDetailIndent)
                    indent = bracketed.size() < 78 ? 78 - bracketed.size() : 0;
                out.append(indent, ' ');
                out += bracketed + "\n";
            }
    }
    return out;
}

std::string content_preview(const std::vector<std::string>& body_lines, size_t first) {
    std::string text;
    for (int taken = 0;
         text.size() < kPreviewLength && first < body_lines.size() && taken < kPreviewLines;
         ++taken)
        text += body_lines[first++];

    std::string shortened;
    bool ended = text.ends_with('\n');
    if (ended)
        text.pop_back();
    auto lines = util::split(text, '\n');
    for (size_t i = 0; i < lines.size(); ++i) {
        auto line = lines[i];
        std::string cut(line);
        if (line.size() > kPreviewLength)
            cut = std::string(line.substr(0, kPreviewLength)) + " [...]";
        size_t original = cut.find("-----Original Message-----");
        if (original != std::string::npos)
            cut.resize(original);
        shortened += cut + "\n";
    }
    shortened =
        util::replace_all(std::move(shortened), "This is a multi-part message in MIME format.", "");
    shortened = with_single_blanks(without_ornaments(shortened));

    static constexpr std::string_view kLabel = "Content preview:  ";
    std::string out =
        wrap(shortened, {.first = kLabel, .prefix = "  ", .width = 75, .may_overflow = true});
    return std::string(util::trim_left(std::string_view(out).substr(16)));
}

std::string expand_report(std::string_view report_template, const TagSource& tags) {
    std::string report = expand_template(
        report_template.empty() ? std::string_view("(no report template found)") : report_template,
        tags);
    size_t end = report.find_last_not_of('\n');
    report.resize(end == std::string::npos ? 0 : end + 1);
    return report + "\n\n";
}

}  // namespace scan
