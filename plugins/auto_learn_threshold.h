// The keywords of AutoLearnThreshold. The decision itself looks at a finished scan and lives in
// scan/auto_learn.h; without this plugin nothing is learned automatically.

#ifndef PLUGINS_AUTO_LEARN_THRESHOLD_H
#define PLUGINS_AUTO_LEARN_THRESHOLD_H

namespace plugins {

struct AutoLearnThresholds {
    double nonspam = 0.1;   // below: ham
    double spam = 12.0;     // from here on: spam
    bool on_error = false;  // only what the classifier did not know
};

inline constexpr char kAutoLearnThresholdClass[] = "Mail::SpamAssassin::Plugin::AutoLearnThreshold";

}  // namespace plugins

#endif  // PLUGINS_AUTO_LEARN_THRESHOLD_H
