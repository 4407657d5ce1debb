// Scans messages with a configuration and prints what came of each, for comparing with others:
//
//   scan_dump [-C DIR] [--siteconfigpath DIR] [-L] [--pre LINE]... [--cf LINE]... [--tag NAME]...
//             [--meta NAME]... FILE...
//
// A line a file and fact: FILE <TAB> tests|subtests|score|uris|details|tag NAME|meta NAME <TAB>
// value.

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "rules/rule_set.h"
#include "scan/scanner.h"
#include "util/file.h"

int main(int argc, char** argv) {
    scan::LoadOptions options;
    std::vector<std::string> files, tags, metadata;
    bool messages = false;
    for (int i = 1; i < argc; ++i) {
        std::string arg = argv[i];
        auto value = [&] { return std::string(i + 1 < argc ? argv[++i] : ""); };
        if (arg == "-C")
            options.config_path = value();
        else if (arg == "--siteconfigpath")
            options.site_config_path = value();
        else if (arg == "-L")
            options.local_tests_only = true;
        else if (arg == "--pre")
            options.pre_lines.push_back(value());
        else if (arg == "--cf")
            options.cf_lines.push_back(value());
        else if (arg == "--tag")
            tags.push_back(value());
        else if (arg == "--meta")
            metadata.push_back(value());
        else if (arg == "--messages")
            messages = true;
        else
            files.push_back(std::move(arg));
    }
    config::Diagnostics diagnostics;
    auto engine = scan::Engine::load(options, diagnostics);
    if (messages)
        for (const auto& d : diagnostics.all())
            std::fprintf(stderr, "%s\n", d.text.c_str());
    for (const auto& plugin : engine->plugins().loaded())
        plugin->worker_start(engine->settings());
    scan::Scanner scanner(*engine);
    for (const auto& file : files) {
        scan::ScanRequest request;
        request.message = util::read_file(file);
        auto scan = scanner.scan(std::move(request));
        auto print = [&](const std::string& fact, const std::string& value) {
            std::string line = file + "\t" + fact + "\t" + value + "\n";
            std::fwrite(line.data(), 1, line.size(), stdout);
        };
        print("tests", scan->tests());
        print("subtests", scan->subtests());
        print("score", std::to_string(scan->score()));
        auto uris = scan->message().uris();
        std::sort(uris.begin(), uris.end());
        for (const auto& uri : uris)
            print("uri", uri);
        for (const auto& hit : scan->status().hits())
            for (const auto& detail : hit.details)
                print("detail " + scan->status().rules().rule(hit.rule).name, detail);
        for (const auto& tag : tags)
            print("tag " + tag, scan->expand("_" + tag + "_"));
        for (const auto& name : metadata)
            print("meta " + name, std::string(scan->message().metadata(name).value_or("(none)")));
    }
}
