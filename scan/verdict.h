// What came out of one scan, as plain values: what reports, headers and log lines are made from.

#ifndef SCAN_VERDICT_H
#define SCAN_VERDICT_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scan {

struct ReportedHit {
    std::string rule;
    double score = 0;                  // of the rule, not of this message, for _REPORT_
    std::string score_text;            // as the configuration wrote it, for _TESTSSCORES_
    std::string area;                  // "BODY: " ... or ""
    std::string description;           // one line
    std::vector<std::string> details;  // shown in brackets
};

struct Verdict {
    bool is_spam = false;
    double score = 0;  // rounded to 3 decimals
    double required_score = 5;
    std::vector<ReportedHit> hits;      // in the order they hit; a `multiple` rule may come twice
    std::vector<std::string> subtests;  // sorted, one entry a hit; empty if nobody looks
    // Prefixes of the rules that hit, each followed by a blank; unset when none has one.
    std::optional<std::string> subject_prefix;
    std::string autolearn = "unavailable";  // with " autolearn_force=..." where decided
    double autolearn_points = 0;
    std::optional<double> bayes_score;

    std::vector<std::string> sorted_tests() const;
    // The score as headers, reports and the protocol show it: one decimal, and never as high as the
    // threshold on ham (then a tenth below it, written as Perl writes a number: "4.9", but "6").
    std::string shown_score() const;
    std::string shown_required_score() const;
};

// A number as Perl prints it: up to 15 significant digits, no trailing zeros.
std::string perl_number(double value);

}  // namespace scan

#endif  // SCAN_VERDICT_H
