// Mail::SpamAssassin::Plugin::AntiVirus: attachments that Windows would run, by name or first
// bytes, and names that do not go with their type. No virus scanner.

#include "message/content_type.h"
#include "plugins/makers.h"
#include "plugins/patterns.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

struct Attachments {
    bool found = false;
    bool executable = false, suspect_name = false;
};

class AntiVirus : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::AntiVirus"; }

    void register_in(rules::Registration& r) override {
        r.eval("check_microsoft_executable", [this](MessageStatus& s, const EvalCall&) -> double {
            return attachments(s).executable;
        });
        r.eval("check_suspect_name", [this](MessageStatus& s, const EvalCall&) -> double {
            return attachments(s).suspect_name;
        });
    }

private:
    const Attachments& attachments(MessageStatus& s) const {
        auto& all = s.state<Attachments>();
        if (all.found)
            return all;
        all.found = true;
        for (const message::Part* part : s.message().leaves()) {
            // The name that Content-Type gives; Content-Disposition is not looked at.
            auto type = message::parse_content_type(part->header("content-type"));
            std::string name = util::lower(type.name);
            if (name == "0")  // Perl holds it for no name
                name.clear();
            all.executable = all.executable || is_executable(*part, type.type, name);
            all.suspect_name = all.suspect_name || is_suspect(type.type, name);
        }
        return all;
    }

    bool is_executable(const message::Part& part, const std::string& type,
                       const std::string& name) const {
        if (!name.empty() && executable_name_(name))
            return true;
        std::string_view raw = part.raw_body();
        auto encoding = part.header("content-transfer-encoding");
        if (encoding && util::icontains(*encoding, "base64") &&
            encoded_program_(raw.substr(0, raw.find('\n'))))
            return true;
        return text_type_(type) && uuencoded_program_(raw);
    }

    bool is_suspect(const std::string& type, const std::string& name) const {
        if (name.empty() || type == "application/octet-stream")
            return false;
        size_t dot = name.rfind('.');
        std::string_view extension = dot == std::string::npos
                                         ? std::string_view(name)
                                         : std::string_view(name).substr(dot + 1);
        std::string plain_type = type;
        if (size_t slash = plain_type.find('/'); slash != std::string::npos) {
            std::string_view subtype = std::string_view(plain_type).substr(slash + 1);
            if (subtype.starts_with("x-"))
                plain_type.erase(slash + 1, 2);
            else if (subtype.starts_with("vnd."))
                plain_type.erase(slash + 1, 4);
        }
        auto contradicts = [&](const Pattern& extensions, const Pattern& types) {
            return extensions(extension) && !types(plain_type);
        };
        return contradicts(text_names_, text_types_) || contradicts(image_names_, image_types_) ||
               (extension == "vcf" && plain_type != "text/vcard") ||
               contradicts(program_names_, program_types_) ||
               (extension == "doc" && !word_types_(plain_type)) ||
               (extension == "ppt" && !powerpoint_types_(plain_type)) ||
               (extension == "xls" && !excel_types_(plain_type));
    }

    // What Windows starts on a double click.
    Pattern executable_name_{
        "\\.(?:ade|adp|asx|bas|bat|chm|cmd|com|cpl|crt|dll|exe|hlp|hta|inf|ins|isp|js|jse|lnk|mda|"
        "mdb|mde|mdt|mdw|mdz|msc|msi|msp|mst|nws|ops|pcd|pif|prf|reg|scf|scr\\??|sct|shb|shs|shm|"
        "swf|url|vb|vbe|vbs|vbx|vxd|wsc|wsf|wsh)$"};
    // The MZ header in both encodings.
    Pattern encoded_program_{"^TV[opqr].A..[AB].[AQgw][A-H].A"};
    Pattern uuencoded_program_{"^M35[GHIJK].`..`..*````", "m"};
    Pattern text_type_{"^text\\b"};
    Pattern text_names_{"^(?:txt|[px]?html?|xml)$"};
    Pattern text_types_{
        "^(?:text/(?:plain|[px]?html?|english|sgml|xml|enriched|richtext)|message/external-body)"};
    Pattern image_names_{"^(?:jpe?g|tiff?|gif|png)$"};
    Pattern image_types_{"^(?:image/|application/mac-binhex)"};
    Pattern program_names_{"^(?:bat|com|exe|pif|scr|swf|vbs)$"};
    Pattern program_types_{"^application/"};
    Pattern word_types_{"^application/.*word$"};
    Pattern powerpoint_types_{"^application/.*(?:powerpoint|ppt)$"};
    Pattern excel_types_{"^application/.*excel$"};
};

}  // namespace

std::unique_ptr<rules::Plugin> make_anti_virus() {
    return std::make_unique<AntiVirus>();
}

}  // namespace plugins
