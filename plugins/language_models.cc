#include "plugins/language_models.h"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <map>
#include <memory>
#include <system_error>
#include <unordered_map>

#include "util/file.h"

namespace plugins {

namespace {

constexpr size_t kLongestNgram = 5;

// Languages that SpamAssassin documents for ok_languages.
constexpr std::string_view kLanguages =
    "am ar be bg bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd he hi hr hu hy id is it ja "
    "ka ko la lt lv mr ms ne nl no pl pt qu rm ro ru sa sco sk sl sq sr sv sw ta th tl tr uk vi yi "
    "zh";

bool parts_words(unsigned char c) {
    return util::is_space(c) || (c > 0x20 && c < 0x7f && c != '\'' && !util::is_alpha(c));
}

bool is_latin1_letter(unsigned char c) {
    return util::is_alpha(c) || (c >= 0xc0 && c != 0xd7 && c != 0xdf && c != 0xf7 && c != 0xff);
}

// Words that shout or begin a sentence count as small ones; shorter than four letters they may be
// something else.
void lower_latin1(std::string& word) {
    bool has_capital = std::any_of(word.begin(), word.end(), util::is_upper);
    size_t run = 0;
    bool has_run = false;
    for (unsigned char c : word) {
        run = is_latin1_letter(c) ? run + 1 : 0;
        has_run = has_run || run >= 4;
    }
    if (!has_capital || !has_run)
        return;
    for (char& letter : word) {
        auto c = static_cast<unsigned char>(letter);
        if (util::is_upper(c) || (c >= 0xc0 && c <= 0xde && c != 0xd7))
            letter = static_cast<char>(c + 0x20);
    }
}

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

std::vector<std::string> rank_ngrams(std::string_view text, bool of_characters, double limit,
                                     double more_often_than) {
    std::unordered_map<std::string, double> counts;
    std::string word;
    std::vector<size_t> starts;  // of the units of the word, and its end
    for (size_t at = 0; at < text.size();) {
        auto unsuitable = [](char c) { return parts_words(static_cast<unsigned char>(c)); };
        auto begin = std::find_if_not(text.begin() + static_cast<long>(at), text.end(), unsuitable);
        auto end = std::find_if(begin, text.end(), unsuitable);
        at = static_cast<size_t>(end - text.begin());
        if (begin == end)
            break;
        word.assign(begin, end);
        if (of_characters)
            util::lower_in_place(word);
        else
            lower_latin1(word);
        word.insert(word.begin(), '\0');
        word.push_back('\0');
        starts.clear();
        for (size_t i = 0; i < word.size(); ++i)
            if (!of_characters || !continues_character(word[i]))
                starts.push_back(i);
        starts.push_back(word.size());
        for (size_t i = 0; i + 1 < starts.size(); ++i)
            for (size_t n = 1; n <= kLongestNgram && i + n < starts.size(); ++n)
                ++counts[word.substr(starts[i], starts[i + n] - starts[i])];
    }

    std::vector<std::pair<std::string, double>> sorted;
    sorted.reserve(counts.size());
    for (auto& [ngram, count] : counts)
        if (more_often_than <= 0 || count > more_often_than)
            sorted.emplace_back(ngram, count);
    size_t keep =
        limit < 0 ? 0 : static_cast<size_t>(std::min(limit, static_cast<double>(sorted.size())));
    std::partial_sort(sorted.begin(), sorted.begin() + static_cast<long>(keep), sorted.end(),
                      [](const auto& a, const auto& b) {
                          return a.second != b.second ? a.second > b.second : a.first < b.first;
                      });
    std::vector<std::string> ngrams;
    ngrams.reserve(keep);
    for (size_t i = 0; i < keep; ++i)
        ngrams.push_back(std::move(sorted[i].first));
    return ngrams;
}

void LanguageModels::add(std::string name, const std::vector<std::string>& ngrams) {
    auto model = static_cast<uint32_t>(names_.size());
    names_.push_back(std::move(name));
    uint32_t rank = 0;
    for (const auto& ngram : ngrams) {
        ++rank;
        auto& known = ranks_[ngram];
        // An n-gram that a model lists twice has its later rank.
        if (!known.empty() && known.back().model == model)
            known.back().rank = rank;
        else
            known.push_back({model, rank});
    }
}

void LanguageModels::add_languages_file(std::string_view text) {
    std::vector<std::string> ngrams;
    for (auto line : util::split(text, '\n')) {
        if (line.starts_with("0 ") && line.size() > 2) {
            add(std::string(line.substr(2)), ngrams);
            ngrams.clear();
        } else {
            ngrams.emplace_back(line);
        }
    }
}

void LanguageModels::add_folder(const std::string& path) {
    std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
    if (!folder)
        throw std::system_error(errno, std::generic_category(), "open " + path);
    std::map<std::string, std::string> files;  // name of the model -> file name
    auto known = util::words(kLanguages);
    while (const dirent* entry = ::readdir(folder.get())) {
        std::string file = entry->d_name;
        if (!file.ends_with(".lm"))
            continue;
        std::string name = file.substr(0, file.size() - 3);
        std::replace(name.begin(), name.end(), '-', '.');
        // Both written forms of Norwegian are one language to ok_languages.
        if (name == "nb" || name == "nn")
            name = "no." + name;
        if (std::find(known.begin(), known.end(), name.substr(0, name.find('.'))) != known.end())
            files[name] = file;
    }
    of_characters_ = true;
    for (const auto& [name, file] : files) {
        std::string text = util::read_file(path + "/" + file);
        std::vector<std::string> ngrams;
        for (auto line : util::split(text, '\n')) {
            std::string ngram(line.substr(0, line.find('\t')));
            std::replace(ngram.begin(), ngram.end(), '_', '\0');
            if (!ngram.empty())
                ngrams.push_back(std::move(ngram));
        }
        add(name, ngrams);
    }
}

std::vector<std::pair<std::string, double>> LanguageModels::distances(
    const std::vector<std::string>& ngrams, double penalty,
    const std::function<bool(std::string_view)>& skipped) const {
    std::vector<double> sums(names_.size(), penalty * static_cast<double>(ngrams.size()));
    for (size_t i = 0; i < ngrams.size(); ++i) {
        auto known = ranks_.find(ngrams[i]);
        if (known == ranks_.end())
            continue;
        for (const Rank& r : known->second)
            sums[r.model] +=
                std::abs(static_cast<double>(r.rank) - static_cast<double>(i)) - penalty;
    }
    std::map<std::string, double> nearest;
    for (size_t model = 0; model < names_.size(); ++model) {
        std::string_view name = names_[model], language = name.substr(0, name.find('.'));
        if (skipped(language))
            continue;
        if (size_t at = name.find(".utf8"); at != 0 && at != std::string_view::npos)
            name = language;
        auto [it, is_new] = nearest.emplace(std::string(name), sums[model]);
        if (!is_new)
            it->second = std::min(it->second, sums[model]);
    }
    std::vector<std::pair<std::string, double>> all(nearest.begin(), nearest.end());
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.second < b.second; });
    return all;
}

}  // namespace plugins
