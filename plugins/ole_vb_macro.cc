// Mail::SpamAssassin::Plugin::OLEVBMacro: macros and other dangers in attached office documents,
// also inside zip archives. See office_document.h for what is found.

#include "plugins/arguments.h"
#include "plugins/makers.h"
#include "plugins/office_document.h"
#include "plugins/patterns.h"
#include "rules/regexp_syntax.h"
#include "rules/rule_set_builder.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

config::Setter set_regex(OfficeSettings::Regex OfficeSettings::*member) {
    return [member](config::Settings& s, const config::Directive& d,
                    config::Diagnostics& diagnostics) {
        if (d.value.empty()) {
            report_missing(d, diagnostics);
            return;
        }
        auto compiled = rules::compile_regexp(d.value, rules::Delimiters::None);
        if (!compiled)
            report_invalid(d, diagnostics);
        else
            s.edit<OfficeSettings>().*member =
                std::make_shared<const regex::Regex>(std::move(*compiled));
    };
}

class OleVbMacro : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::OLEVBMacro"; }
    // Its URIs are there when other plugins look at them.
    int parsed_metadata_order() const override { return -1; }

    void register_in(rules::Registration& r) override {
        add_keywords(r);
        for (const char* feature :
             {"has_olemacro_redirect_uri", "has_olemacro_mhtml_uri", "has_olertfobject"})
            r.feature(feature);
        auto yes_no = [&](const char* function, bool OfficeFacts::*fact) {
            r.eval(function, [fact](MessageStatus& s, const EvalCall&) -> double {
                return s.state<OfficeFacts>().*fact;
            });
        };
        yes_no("check_olemacro", &OfficeFacts::macro);
        yes_no("check_oleobject", &OfficeFacts::object);
        yes_no("check_olertfobject", &OfficeFacts::rtf_object);
        yes_no("check_olemacro_csv", &OfficeFacts::csv);
        yes_no("check_olemacro_malice", &OfficeFacts::malice);
        yes_no("check_olemacro_renamed", &OfficeFacts::renamed);
        yes_no("check_olemacro_encrypted", &OfficeFacts::encrypted);
        yes_no("check_olemacro_zip_password", &OfficeFacts::zip_password);
        yes_no("check_olemacro_download_exe", &OfficeFacts::download);
        auto any_uri = [&](const char* function, std::vector<std::string> OfficeFacts::*uris) {
            r.eval(function, [uris](MessageStatus& s, const EvalCall& c) -> double {
                const auto& found = s.state<OfficeFacts>().*uris;
                for (const auto& uri : found)
                    s.test_log(c.rule, uri);
                return !found.empty();
            });
        };
        any_uri("check_olemacro_redirect_uri", &OfficeFacts::redirect_uris);
        any_uri("check_olemacro_mhtml_uri", &OfficeFacts::mhtml_uris);
    }

    // Two of the searches are made only for rules that ask.
    void finish_parsing_end(rules::RuleSetBuilder& builder, config::Settings&,
                            config::Diagnostics&) override {
        csv_wanted_ = download_wanted_ = false;
        for (rules::RuleId id = 0; id < builder.size(); ++id) {
            csv_wanted_ = csv_wanted_ || builder.rule(id).header == "check_olemacro_csv";
            download_wanted_ =
                download_wanted_ || builder.rule(id).header == "check_olemacro_download_exe";
        }
    }

    void parsed_metadata(MessageStatus& status) override {
        const auto& own = status.settings().get<OfficeSettings>();
        auto& facts = status.state<OfficeFacts>();
        OfficeInspector inspector(facts, own, csv_wanted_, download_wanted_);
        double looked_at = 0;
        for (const message::Part* part : status.message().leaves()) {
            if (own.skipped_types->search(part->type()))
                continue;
            std::string name = attachment_name(*part, own.prefer_disposition);
            if (name.empty() || own.skipped_names->search(name))
                continue;
            std::string_view bytes =
                std::string_view(part->decoded()).substr(0, as_size(own.max_file));
            if (!bytes.empty() && inspector.look_at(name, bytes) && ++looked_at >= own.max_parts)
                break;
        }
        for (const auto& uri : facts.redirect_uris)
            status.message().add_uri(uri, "parsed");
    }

private:
    // "" when it has none, or its encoding is none of those that attachments come in.
    std::string attachment_name(const message::Part& part, bool prefer_disposition) const {
        auto type = part.header("content-type");
        auto encoding = part.header("content-transfer-encoding");
        if (!type || !encoding ||
            !(util::iequals(*encoding, "base64") || util::iequals(*encoding, "quoted-printable")))
            return {};
        std::string of_type = value_of(type_name_, *type);
        std::string of_disposition =
            value_of(disposition_name_, part.header("content-disposition").value_or(""));
        if (of_disposition.empty() ||
            (!of_type.empty() && !prefer_disposition && !util::iequals(of_type, of_disposition)))
            return of_type;
        return of_disposition;
    }

    static std::string value_of(const Pattern& pattern, std::string_view field) {
        regex::MatchData match;
        return pattern(field, match) ? std::string(util::trim_right(match.text(1))) : std::string();
    }

    static void add_keywords(rules::Registration& r) {
        using config::ValueType;
        auto add = [&](const char* name, ValueType type, const char* value, const char* help,
                       config::Setter set) {
            r.keyword({.name = name,
                       .type = type,
                       .who = config::Who::User,
                       .default_value = value,
                       .help = help,
                       .set = std::move(set)});
        };
        auto number = [&](const char* name, double OfficeSettings::*member, const char* value,
                          const char* help) {
            add(name, ValueType::Number, value, help, config::set_number(member));
        };
        number("olemacro_num_mime", &OfficeSettings::max_parts, "5",
               "Attachments that are looked at of a message.");
        number("olemacro_num_zip", &OfficeSettings::max_entries, "8",
               "Files that are looked at of a zip archive; 0 leaves archives alone.");
        number("olemacro_zip_depth", &OfficeSettings::zip_depth, "2",
               "How deep archives inside each other are followed.");
        number("olemacro_max_file", &OfficeSettings::max_file, "1024000",
               "Bytes that are looked at of an attachment.");
        number("olemacro_max_unpacked", &OfficeSettings::max_unpacked, "33554432",
               "Bytes that are unpacked from the archives of a message.");
        number("olemacro_max_names", &OfficeSettings::max_names, "10000",
               "Entries of a zip archive that are seen.");
        add("olemacro_extended_scan", ValueType::Bool, "0",
            "Looks at files of every name, and so finds renamed documents.",
            config::set_bool(&OfficeSettings::extended_scan));
        add("olemacro_prefer_contentdisposition", ValueType::Bool, "1",
            "Where they differ, the file name of Content-Disposition counts, not that of "
            "Content-Type.",
            config::set_bool(&OfficeSettings::prefer_disposition));
        auto pattern = [&](const char* name, OfficeSettings::Regex OfficeSettings::*member,
                           const char* value, const char* help) {
            add(name, ValueType::String, value, help, set_regex(member));
        };
        pattern("olemacro_exts", &OfficeSettings::names,
                "(?:doc|docx|dot|pot|ppa|pps|ppt|rtf|sldm|xl|xla|xls|xlsx|xlt|xltx|xslb)$",
                "Regex for the names of documents.");
        pattern("olemacro_macro_exts", &OfficeSettings::macro_names,
                "(?:docm|dotm|ppam|potm|ppst|ppsm|pptm|sldm|xlm|xlam|xlsb|xlsm|xltm|xps)$",
                "Regex for the names of documents with macros.");
        pattern("olemacro_skip_exts", &OfficeSettings::skipped_names,
                "(?:dotx|potx|ppsx|pptx|sldx)$", "Regex for the names of files to leave alone.");
        pattern("olemacro_skip_ctypes", &OfficeSettings::skipped_types, "^(?:text/)",
                "Regex for the types of attachments to leave alone.");
        pattern("olemacro_zips", &OfficeSettings::zip_names, "(?:zip)$",
                "Regex for the names of zip archives.");
        pattern("olemacro_download_marker", &OfficeSettings::download,
                "(?:cmd(?:\\.exe)? /c ms\\^h\\^ta ht\\^tps?:/\\^/)",
                "Regex for what a document says that fetches a program.");
    }

    Pattern type_name_{"name\\s*=\\s*[\"']?([^\"';]*)", "i"};
    Pattern disposition_name_{"filename\\s*=\\s*[\"']?([^\"';]*)", "i"};
    bool csv_wanted_ = false, download_wanted_ = false;
};

}  // namespace

std::unique_ptr<rules::Plugin> make_ole_vb_macro() {
    return std::make_unique<OleVbMacro>();
}

}  // namespace plugins
