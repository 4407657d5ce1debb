// What a scan tells people: the rule tables of _REPORT_ and _SUMMARY_, the content preview, and the
// report itself (SpamAssassin's PerMsgStatus: check_cleanup, get_content_preview, get_report).

#ifndef SCAN_REPORT_H
#define SCAN_REPORT_H

#include <string>
#include <string_view>
#include <vector>

#include "scan/template.h"
#include "scan/verdict.h"

namespace scan {

// "* SCORE RULE AREAdescription" lines, for a header.
std::string report_lines(const std::vector<ReportedHit>& hits, size_t wrap_width);
// " pts rule name  description" lines, for people.
std::string summary_lines(const std::vector<ReportedHit>& hits, size_t wrap_width);

// The first lines of the body, about 200 bytes, wrapped so that they fit behind "Content preview:".
// `body_lines` without the Subject.
std::string content_preview(const std::vector<std::string>& body_lines, size_t first = 0);

// The report template expanded; ends in exactly two newlines.
std::string expand_report(std::string_view report_template, const TagSource& tags);

}  // namespace scan

#endif  // SCAN_REPORT_H
