// Ranked n-grams of languages, and how far a text is from each (Cavnar and Trenkle 1994).
//
// Two kinds of model are read:
//   * the file `languages` that comes with SpamAssassin's rules: n-grams of bytes, most frequent
//     first, each language ended by a line "0 name"; several encodings of a language have a model
//     each ("ru.koi8_r"). Results are SpamAssassin's own, number for number.
//   * the folder of libexttextcat: NAME.lm with "ngram<tab>count" lines, n-grams of UTF-8
//     characters, "_" for the edges of words. Only languages that ok_languages can name are taken.
//
// Immutable once read; distances() may be called from several threads.

#ifndef PLUGINS_LANGUAGE_MODELS_H
#define PLUGINS_LANGUAGE_MODELS_H

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/strings.h"

namespace plugins {

// Most frequent first, at most `limit`; of those that occur as often, the lesser bytes first.
// N-grams of one to five units (bytes or UTF-8 characters) of words with a NUL at both ends; digits
// and punctuation other than ' part words. With `more_often_than` > 0 rarer ones are left out.
std::vector<std::string> rank_ngrams(std::string_view text, bool of_characters, double limit,
                                     double more_often_than);

class LanguageModels {
public:
    void add(std::string name, const std::vector<std::string>& ngrams);
    // The text of a `languages` file.
    void add_languages_file(std::string_view text);
    // Reads every model of a libexttextcat folder; throws std::system_error for what is unreadable.
    void add_folder(const std::string& path);

    bool empty() const { return names_.empty(); }
    size_t size() const { return names_.size(); }
    bool of_characters() const { return of_characters_; }

    // Nearest first; equal ones by name. Of the encodings "xx" and "xx.utf8" of a language the
    // nearer counts, under the name "xx". `skipped` is asked for the name before the first dot.
    std::vector<std::pair<std::string, double>> distances(
        const std::vector<std::string>& ngrams, double penalty,
        const std::function<bool(std::string_view)>& skipped) const;

private:
    struct Rank {
        uint32_t model, rank;
    };
    std::vector<std::string> names_;
    util::StringMap<std::vector<Rank>> ranks_;
    bool of_characters_ = false;
};

}  // namespace plugins

#endif  // PLUGINS_LANGUAGE_MODELS_H
