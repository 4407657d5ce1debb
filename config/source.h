// Where a configuration line stands: file (or "--cf" and the like) and line number.

#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include <memory>
#include <string>

namespace config {

struct SourcePosition {
    std::shared_ptr<const std::string> file;  // shared by all lines of the file; may be null
    int line = 0;                             // 1-based, 0 = unknown
    std::string to_string() const {
        return (file ? *file : std::string("(unknown)")) + ":" + std::to_string(line);
    }
};

}  // namespace config

#endif  // CONFIG_SOURCE_H
