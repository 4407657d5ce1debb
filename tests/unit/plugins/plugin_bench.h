// A configuration and the plugins it loads, for checking small mails against it.

#ifndef TESTS_UNIT_PLUGINS_PLUGIN_BENCH_H
#define TESTS_UNIT_PLUGINS_PLUGIN_BENCH_H

#include <memory>
#include <string>
#include <string_view>

#include "config/reader.h"
#include "plugins/plugins.h"
#include "rules/address_lists.h"
#include "rules/core_settings.h"
#include "rules/matcher.h"
#include "rules/rule_set_builder.h"

// What one mail came to. The message lives as long as this.
struct Checked {
    std::unique_ptr<message::Message> message;
    std::unique_ptr<rules::MessageStatus> status;

    bool hit(std::string_view rule) const { return status->value(rule) != 0; }
    std::string tag(std::string_view name) const { return status->tag(name).value_or("(none)"); }
    std::string metadata(std::string_view name) const {
        return std::string(message->metadata(name).value_or("(none)"));
    }
    bool has_uri(std::string_view uri) const {
        for (const auto& known : message->uris())
            if (known == uri)
                return true;
        return false;
    }
    // The "[...]" lines of a rule, joined by "|".
    std::string details(std::string_view rule) const {
        std::string all;
        for (const auto& hit : status->hits())
            if (status->rules().rule(hit.rule).name == rule)
                for (const auto& detail : hit.details)
                    all += (all.empty() ? "" : "|") + detail;
        return all;
    }
};

class PluginBench {
public:
    config::Schema schema;
    rules::PluginRegistry plugins;
    rules::RuleSetBuilder builder;
    rules::RegistryConditions conditions{plugins, true};
    config::Diagnostics diagnostics;
    config::Settings settings;
    rules::RuleSet rules;
    std::unique_ptr<const rules::Program> program;
    std::unique_ptr<rules::Matcher> matcher;

    // `plugin` is a class name below Mail::SpamAssassin::Plugin, or a whole one.
    PluginBench(std::string_view plugin, std::string_view config) {
        ::plugins::add_all_keywords(schema, plugins, builder);
        rules::init_core_settings(settings);
        std::string text = "util_rb_tld com org net uk example\nutil_rb_2tld co.uk\nloadplugin ";
        if (plugin.find("::") == std::string_view::npos)
            text += "Mail::SpamAssassin::Plugin::";
        text += std::string(plugin) + "\n" + std::string(config);
        config::Reader(schema, conditions, diagnostics)
            .read_text(text, "x.cf", settings, config::ReadOptions());
        rules = builder.build(settings, plugins, diagnostics);
        builder.serve(rules);
        program = rules::Program::compile(rules, settings, plugins, diagnostics);
        matcher = std::make_unique<rules::Matcher>(*program, plugins);
        for (const auto& loaded : plugins.loaded())
            loaded->worker_start(settings);
    }

    Checked check(std::string mail) {
        Checked c;
        c.message = std::make_unique<message::Message>(std::move(mail),
                                                       settings.get<rules::CoreSettings>().message);
        c.status = std::make_unique<rules::MessageStatus>(rules, settings, *c.message,
                                                          rules::StatusOptions());
        matcher->run(*c.status);
        return c;
    }
};

// Bytes as a base64 body.
inline std::string base64(std::string_view bytes) {
    static constexpr char kLetters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        auto byte = [&](size_t at) {
            return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u;
        };
        unsigned value = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        for (int k = 0; k < 4; ++k)
            out += i + static_cast<size_t>(k) > bytes.size() ? '='
                                                             : kLetters[value >> (18 - 6 * k) & 63];
        if (i % 57 == 54)
            out += '\n';
    }
    return out + "\n";
}

// A mail with one attachment in base64 below a line of text.
inline std::string mail_with(std::string_view type, std::string_view name, std::string_view bytes,
                             std::string_view text = "Hello there\n") {
    return "From: a@b.example\nTo: c@d.example\nSubject: papers\nMIME-Version: 1.0\n"
           "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\n" +
           std::string(text) + "--x\nContent-Type: " + std::string(type) + "; name=\"" +
           std::string(name) + "\"\nContent-Disposition: attachment; filename=\"" +
           std::string(name) + "\"\nContent-Transfer-Encoding: base64\n\n" + base64(bytes) +
           "--x--\n";
}

#endif  // TESTS_UNIT_PLUGINS_PLUGIN_BENCH_H
