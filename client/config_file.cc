#include "client/config_file.h"

#include <system_error>

#include "util/file.h"
#include "util/strings.h"

namespace client {

util::Expected<std::vector<std::string>, std::string> read_config(std::string_view text,
                                                                  const std::string& path) {
    if (!text.empty() && text.back() != '\n')
        return util::Unexpected(path + ": the last line has no line feed");
    std::vector<std::string> words;
    for (const std::string_view line : util::split(text, '\n')) {
        const std::string_view content = util::trim(line);
        if (content.empty() || content[0] == '#')
            continue;
        for (const std::string_view word : util::words(content))
            words.emplace_back(word);
    }
    return words;
}

ConfigFile load_config(const std::string& path) {
    ConfigFile file;
    std::string text;
    try {
        text = util::read_file(path);
    } catch (const std::system_error& error) {
        file.status = ConfigStatus::Missing;
        file.error = error.what();
        return file;
    }
    if (auto words = read_config(text, path)) {
        file.words = std::move(*words);
    } else {
        file.status = ConfigStatus::Bad;
        file.error = words.error();
    }
    return file;
}

}  // namespace client
