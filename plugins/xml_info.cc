// Miharu::XMLInfo: looks into attached XML, which SpamAssassin does not: SVG, XHTML, RSS and Atom,
// and office documents of the zip kind. See xml_document.h for what is found. Not part of
// SpamAssassin's plugins; its functions hit nothing until the plugin is loaded.

#include <algorithm>

#include "plugins/arguments.h"
#include "plugins/makers.h"
#include "plugins/xml_document.h"
#include "plugins/zip_reader.h"
#include "rules/regexp_syntax.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

bool ends_with_one_of(std::string_view name, std::initializer_list<std::string_view> ends) {
    return std::any_of(ends.begin(), ends.end(), [&](auto end) { return name.ends_with(end); });
}

// Argument 0 is a regex for any of these texts. `optional`: without one, any text will do.
using Texts = std::function<bool(const XmlFacts&, const std::function<bool(std::string_view)>&)>;
rules::EvalFactory any_matches(Texts any_of, bool optional) {
    return [any_of, optional](const EvalCall& c, config::Diagnostics& d,
                              const config::SourcePosition& p) -> rules::EvalFunction {
        if (c.args.empty() && optional)
            return [any_of](MessageStatus& s, const EvalCall&) -> double {
                return any_of(s.state<XmlFacts>(), [](std::string_view) { return true; });
            };
        auto compiled = rules::compile_regexp(c.arg(0), rules::Delimiters::Optional);
        if (!compiled) {
            d.warn(p, "xmlinfo: invalid regexp for " + std::string(c.rule_name) + " '" +
                          std::string(c.arg(0)) + "': " + compiled.error());
            return [](MessageStatus&, const EvalCall&) -> double { return 0; };
        }
        auto re = std::make_shared<regex::Regex>(std::move(*compiled));
        return [re, any_of](MessageStatus& s, const EvalCall&) -> double {
            return any_of(s.state<XmlFacts>(),
                          [&](std::string_view text) { return re->search(text); });
        };
    };
}

class XmlInfo : public rules::Plugin {
public:
    std::string_view name() const override { return "Miharu::XMLInfo"; }
    // URIs are added before the other plugins look at them.
    int parsed_metadata_order() const override { return -1; }

    void message_parsed(message::Message& message, const config::Settings& settings,
                        const util::Deadline& deadline) override {
        const auto& own = settings.get<XmlSettings>();
        facts_ = XmlFacts();
        of_ = &message;
        XmlCollector collector(facts_, own, deadline);
        look_at(message, message.mutable_root(), collector, own);
    }

    void parsed_metadata(MessageStatus& status) override {
        if (of_ != &status.message())
            return;
        of_ = nullptr;
        for (const auto& uri : facts_.uris)
            status.message().add_uri(uri, "xml");
        status.state<XmlFacts>() = std::move(facts_);
    }

    void register_in(rules::Registration& r) override {
        add_keywords(r);
        auto yes_no = [&](const char* function, bool XmlFacts::*fact) {
            r.eval(function, [fact](MessageStatus& s, const EvalCall&) -> double {
                return s.state<XmlFacts>().*fact;
            });
        };
        yes_no("xml_has_script", &XmlFacts::script);
        yes_no("xml_redirect", &XmlFacts::redirect);
        yes_no("xml_foreign_object", &XmlFacts::foreign);
        yes_no("xml_refused", &XmlFacts::refused);
        r.eval("xml_count", [](MessageStatus& s, const EvalCall& c) -> double {
            auto count = static_cast<double>(s.state<XmlFacts>().documents);
            return !c.args.empty() && count >= number(c.arg(0)) &&
                   (c.args.size() < 2 || count <= number(c.arg(1)));
        });
        r.prepared_eval("xml_external_uri", any_matches(
                                                [](const XmlFacts& f, const auto& matches) {
                                                    return std::any_of(f.external.begin(),
                                                                       f.external.end(), matches);
                                                },
                                                true));
        r.prepared_eval("xml_data_uri", any_matches(
                                            [](const XmlFacts& f, const auto& matches) {
                                                return std::any_of(f.data_types.begin(),
                                                                   f.data_types.end(), matches);
                                            },
                                            true));
        r.prepared_eval("xml_text_match", any_matches(
                                              [](const XmlFacts& f, const auto& matches) {
                                                  return !f.text.empty() && matches(f.text);
                                              },
                                              false));
        r.prepared_eval("xml_script_match", any_matches(
                                                [](const XmlFacts& f, const auto& matches) {
                                                    return !f.script_text.empty() &&
                                                           matches(f.script_text);
                                                },
                                                false));
    }

private:
    static void add_keywords(rules::Registration& r) {
        using config::ValueType;
        using config::Who;
        static constexpr struct {
            const char* name;
            double XmlSettings::*member;
            const char* value;
            const char* help;
        } kNumbers[] = {
            {"xml_max_size", &XmlSettings::max_size, "4194304",
             "Bytes of XML that are read of a message, unpacked."},
            {"xml_max_documents", &XmlSettings::max_documents, "100",
             "XML documents that are read of a message, those in archives included."},
            {"xml_max_depth", &XmlSettings::max_depth, "256",
             "XML elements inside each other; deeper documents are refused."},
            {"xml_max_expansion", &XmlSettings::max_expansion, "8",
             "How many times its size an XML document may reach by its entities."},
            {"xml_max_text", &XmlSettings::max_text, "65536",
             "Bytes of text, and of scripts, that are kept of the XML of a message."},
            {"xml_max_uris", &XmlSettings::max_uris, "500",
             "URIs that are taken from the XML of a message."},
            {"xml_time_limit", &XmlSettings::time_limit, "2",
             "Seconds for reading the XML of a message."},
        };
        for (const auto& row : kNumbers)
            r.keyword({.name = row.name,
                       .type = ValueType::Number,
                       .who = Who::Admin,
                       .default_value = row.value,
                       .help = row.help,
                       .set = config::set_number(row.member)});
        r.keyword({.name = "xml_text_in_body",
                   .type = ValueType::Bool,
                   .who = Who::User,
                   .default_value = "0",
                   .help = "Body rules and Bayes see the text of attached XML.",
                   .set = config::set_bool(&XmlSettings::text_in_body)});
    }

    void look_at(message::Message& message, message::Part& part, XmlCollector& collector,
                 const XmlSettings& own) {
        for (const auto& child : part.children())
            look_at(message, *child, collector, own);
        if (!part.is_leaf())
            return;
        size_t before = facts_.text.size();
        if (!read(part, collector) || !own.text_in_body || facts_.text.size() == before)
            return;
        part.set_rendered(facts_.text.substr(before));
    }

    static bool read(const message::Part& part, XmlCollector& collector) {
        std::string_view type = part.type();
        std::string name = util::lower(part.name());
        // As SpamAssassin does, the message calls most of text/* text/plain.
        bool is_text_xml =
            type == "text/plain" &&
            util::istarts_with(util::trim(part.header("Content-Type").value_or("")), "text/xml");
        bool is_xml =
            is_text_xml || type.ends_with("+xml") || type == "application/xml" ||
            ends_with_one_of(name, {".svg", ".xhtml", ".xht", ".xml", ".rss", ".atom", ".rdf"});
        // Text and pages are read elsewhere, whatever they are called inside.
        if (!is_xml && (type == "text/plain" || type == "text/html"))
            return false;
        bool may_be_zip =
            type.starts_with("application/") ||
            ends_with_one_of(name, {".docx", ".docm", ".dotx", ".dotm", ".xlsx", ".xlsm", ".xlsb",
                                    ".xltx", ".xltm", ".pptx", ".pptm", ".ppsx", ".ppsm", ".odt",
                                    ".ods",  ".odp",  ".odg",  ".ott",  ".zip",  ".epub"});
        if (!is_xml && !may_be_zip && !type.starts_with("image/"))
            return false;
        const std::string& bytes = part.decoded();
        if (ZipReader::looks_like_zip(bytes))
            return collector.read_archive(bytes);
        if (!is_xml && !XmlCollector::looks_like_xml(bytes))
            return false;
        collector.read(bytes);
        return true;
    }

    // Of the message that is on its way from message_parsed() to parsed_metadata().
    const message::Message* of_ = nullptr;
    XmlFacts facts_;
};

}  // namespace

std::unique_ptr<rules::Plugin> make_xml_info() {
    return std::make_unique<XmlInfo>();
}

}  // namespace plugins
