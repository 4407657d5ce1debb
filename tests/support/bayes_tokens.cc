// Prints the Bayes tokens of messages, one a line: file, key, text; sorted by text. For comparing
// with what other programs make of the same messages.
//
//   bayes_tokens FILE...

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "bayes/tokenizer.h"
#include "plugins/bayes.h"
#include "rules/core_settings.h"
#include "scan/engine.h"
#include "util/strings.h"

int main(int argc, char** argv) {
    config::Diagnostics diagnostics;
    scan::LoadOptions options;
    options.local_tests_only = true;
    auto engine = scan::Engine::load(options, diagnostics);
    const auto& core = engine->settings().get<rules::CoreSettings>();
    bayes::Tokenizer tokenizer(plugins::tokenizer_settings(engine->settings()));
    for (int i = 1; i < argc; ++i) {
        std::ifstream in(argv[i], std::ios::binary);
        std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
        message::Message message(std::move(text), core.message);
        auto tokens = tokenizer.tokenize(message);
        std::sort(tokens.begin(), tokens.end(),
                  [](const auto& a, const auto& b) { return a.text < b.text; });
        for (const auto& token : tokens)
            std::printf("%s %s %s\n", argv[i],
                        util::to_hex({token.key.data(), token.key.size()}).c_str(),
                        token.text.c_str());
    }
}
