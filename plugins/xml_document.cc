#include "plugins/xml_document.h"

#include <algorithm>
#include <cmath>

#include "message/transfer.h"
#include "plugins/arguments.h"
#include "plugins/patterns.h"
#include "plugins/zip_reader.h"
#include "util/strings.h"

namespace plugins {

namespace {

constexpr size_t npos = std::string_view::npos;
constexpr int kMaxNesting = 2;  // documents in data: URIs
constexpr size_t kMaxUri = 2048;
constexpr size_t kMaxEntries = 1000;  // of an archive, looked at

template <size_t N>
bool one_of(std::string_view word, const std::string_view (&words)[N]) {
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// "xlink:HREF" -> "href"
std::string local_name(std::string_view name) {
    size_t colon = name.rfind(':');
    return util::lower(colon == npos ? name : name.substr(colon + 1));
}

// What a browser drops from a URI: blanks around it, line ends and tabs in it.
std::string clean_uri(std::string_view value) {
    std::string out;
    for (char c : util::trim(value.substr(0, std::min(value.size(), kMaxUri))))
        if (c != '\n' && c != '\r' && c != '\t')
            out += c;
    return out;
}

bool is_outside(std::string_view uri) {
    return util::istarts_with(uri, "http:") || util::istarts_with(uri, "https:") ||
           util::istarts_with(uri, "ftp:") || util::istarts_with(uri, "file:") ||
           uri.starts_with("//") || uri.starts_with("\\\\");
}

bool is_script_uri(std::string_view uri) {
    return util::istarts_with(uri, "javascript:") || util::istarts_with(uri, "vbscript:");
}

bool ends_uri(char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' ||
           c == '`' || c == '\\' || c == ')' || c == 0x7f;
}

// Every http(s) address that stands in a text.
template <typename Take>
void scan_uris(std::string_view text, Take take) {
    for (size_t at = 0; (at = text.find("://", at)) != npos; at += 3) {
        size_t scheme = at >= 5 && util::iequals(text.substr(at - 5, 5), "https")  ? 5
                        : at >= 4 && util::iequals(text.substr(at - 4, 4), "http") ? 4
                                                                                   : 0;
        if (scheme == 0)
            continue;
        size_t end = at + 3;
        while (end < text.size() && end - at < kMaxUri && !ends_uri(text[end]))
            ++end;
        std::string_view uri = text.substr(at - scheme, end - at + scheme);
        while (!uri.empty() && (uri.back() == '.' || uri.back() == ',' || uri.back() == ';'))
            uri.remove_suffix(1);
        if (uri.size() > scheme + 3)
            take(uri);
        at = end - 3;
    }
}

// Texts in base64 that begin with "http", as scripts hide them.
template <typename Take>
void scan_base64_uris(std::string_view text, Take take) {
    for (size_t at = 0; (at = text.find("aHR0c", at)) != npos;) {
        size_t end = at;
        while (end < text.size() && end - at < kMaxUri &&
               (util::is_alnum(static_cast<unsigned char>(text[end])) || text[end] == '+' ||
                text[end] == '/' || text[end] == '='))
            ++end;
        std::string plain = message::decode_base64(text.substr(at, end - at));
        scan_uris(plain, take);
        at = end;
    }
}

std::string percent_decode(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        int high = -1, low = -1;
        if (text[i] == '%' && i + 2 < text.size()) {
            high = util::hex_value(static_cast<unsigned char>(text[i + 1]));
            low = util::hex_value(static_cast<unsigned char>(text[i + 2]));
        }
        if (high >= 0 && low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

bool leads_elsewhere(std::string_view script) {
    static const Pattern kLeave(
        R"(\blocation(?:\.href|\[['"]href['"]\])?\s*=(?!=)|\blocation\s*\.\s*(?:replace|assign)\s*\(|)"
        R"(\blocation\[['"](?:replace|assign)['"]\]\s*\()");
    return kLeave(script);
}

// Entries that hold text, relationships or a document of their own.
bool is_wanted_entry(std::string_view name) {
    std::string lower = util::lower(name);
    std::string_view n = lower;
    if (n.ends_with(".rels") || n.ends_with(".svg") || n.ends_with(".xhtml") || n.ends_with(".xht"))
        return true;
    if (!n.ends_with(".xml"))
        return false;
    size_t slash = n.rfind('/');
    std::string_view folder = slash == npos ? std::string_view() : n.substr(0, slash);
    std::string_view base = slash == npos ? n : n.substr(slash + 1);
    if (base == "content.xml" || base == "sharedstrings.xml" || folder == "ppt/slides")
        return true;
    if (folder != "word")
        return false;
    static constexpr std::string_view kTexts[] = {"document", "header",    "footer",
                                                  "comments", "footnotes", "endnotes"};
    return std::any_of(std::begin(kTexts), std::end(kTexts),
                       [&](auto text) { return base.starts_with(text); });
}

}  // namespace

// The events of one document.
class XmlDocument : public XmlEvents {
public:
    XmlDocument(XmlCollector& to, int nesting, bool is_picture)
        : to_(to),
          facts_(to.facts_),
          nesting_(nesting),
          is_picture_(is_picture),
          text_begin_(to.facts_.text.size()) {}

    void start_element(std::string_view name, const std::vector<XmlAttribute>& given) override {
        std::string local = local_name(name);
        if (open_.empty() && !had_root_) {
            had_root_ = true;
            root_ = local;
        }
        Open open;
        if (local == "svg" || local == "html")
            ++pages_;
        open.is_page = local == "svg" || local == "html";
        open.is_foreign = local == "foreignobject";
        foreign_ += open.is_foreign;
        static constexpr std::string_view kPageParts[] = {"iframe", "frame",  "embed", "object",
                                                          "form",   "input",  "meta",  "script",
                                                          "html",   "button", "body"};
        if (foreign_ > 0 && runs() && one_of(local, kPageParts))
            facts_.foreign = true;

        Attributes a;
        for (const XmlAttribute& attribute : given)
            look_at(local, attribute, a);
        if (local == "script" && runs() && a.type.find("json") == npos) {
            open.is_script = true;
            ++scripts_;
            if (!a.target.empty())
                facts_.script = true;
        }
        if (local == "style" && runs()) {
            open.is_style = true;
            ++styles_;
        }
        open.is_link = is_feed() && (local == "link" || local == "comments" || local == "guid");
        links_ += open.is_link;
        if (local == "meta" && runs() && a.http_equiv == "refresh")
            refresh(a.content);
        if (!a.srcdoc.empty() && runs())
            page(a.srcdoc);
        if (!a.target.empty())
            link(local, a);
        open_.push_back(open);
    }

    void end_element(std::string_view name) override {
        if (open_.empty())
            return;
        Open open = open_.back();
        open_.pop_back();
        pages_ -= open.is_page;
        foreign_ -= open.is_foreign;
        if (open.is_script) {
            --scripts_;
            script(own_);
            own_.clear();
        } else if (open.is_style) {
            --styles_;
            style(own_);
            own_.clear();
        } else if (open.is_link) {
            --links_;
            add_uri(clean_uri(own_));
            own_.clear();
        }
        static constexpr std::string_view kInline[] = {"t",    "r", "rpr", "tspan", "span",
                                                       "a",    "b", "i",   "em",    "strong",
                                                       "font", "u", "s",   "small", "hyperlink"};
        if (!one_of(local_name(name), kInline))
            end_line();
    }

    void text(std::string_view bytes) override {
        if (scripts_ > 0 || styles_ > 0 || links_ > 0) {
            size_t most = as_size(to_.settings_.max_text);
            own_ += bytes.substr(0, most - std::min(most, own_.size()));
        } else {
            add_text(bytes);
        }
    }

    void processing_instruction(std::string_view target, std::string_view data) override {
        if (target == "xml-stylesheet")
            scan_uris(data, [&](std::string_view uri) { add_external(std::string(uri)); });
    }

    void external_entity(std::string_view system_id) override {
        std::string uri = clean_uri(system_id);
        if (is_outside(uri))
            add_external(uri);
    }

    void finish() {
        // A document cut in its script.
        if (scripts_ > 0)
            script(own_);
        std::string_view text = facts_.text;
        scan_uris(text.substr(std::min(text_begin_, text.size())),
                  [&](std::string_view uri) { add_uri(std::string(uri)); });
    }

private:
    struct Open {
        bool is_page = false, is_foreign = false, is_script = false, is_style = false,
             is_link = false;
    };
    // Of one element.
    struct Attributes {
        std::string target, type, rel, mode, http_equiv, content, srcdoc;
    };

    bool is_feed() const { return root_ == "rss" || root_ == "feed" || root_ == "rdf"; }
    // In a drawing or a page, where scripts run.
    bool runs() const { return pages_ > 0 && !is_picture_; }

    void look_at(std::string_view element, const XmlAttribute& attribute, Attributes& a) {
        if (attribute.name == "xmlns" || attribute.name.starts_with("xmlns:"))
            return;
        std::string name = local_name(attribute.name);
        std::string_view value = attribute.value;
        static constexpr std::string_view kTargets[] = {
            "href", "src", "action", "formaction", "data", "poster", "background", "target"};
        bool is_target = one_of(name, kTargets) || (name == "url" && element != "namespace");
        // Windows are named by "target" everywhere but in relationships.
        if (name == "target" && element != "relationship")
            is_target = false;
        if (is_target && a.target.empty())
            a.target = value;
        else if (name == "type")
            a.type = util::lower(value);
        else if (name == "rel")
            a.rel = util::lower(value);
        else if (name == "targetmode")
            a.mode = util::lower(value);
        else if (name == "http-equiv")
            a.http_equiv = util::lower(util::trim(value));
        else if (name == "content")
            a.content = value.substr(0, kMaxUri);
        else if (name == "srcdoc")
            a.srcdoc = value;
        else if (name == "style" && runs())
            style(value);
        if (!runs())
            return;
        if (name.size() > 2 && name.starts_with("on") &&
            util::is_alpha(static_cast<unsigned char>(name[2])) && !util::trim(value).empty())
            script(value);
        // Also what <set> and <animate> write into a link.
        std::string uri = clean_uri(value);
        if (is_script_uri(uri))
            script(percent_decode(value.substr(0, as_size(to_.settings_.max_text))));
    }

    void link(std::string_view element, const Attributes& a) {
        std::string_view whole = util::trim(a.target);
        if (util::istarts_with(whole, "data:"))
            return data_uri(element, whole.substr(5));
        std::string uri = clean_uri(whole);
        if (element == "relationship") {
            if (a.mode != "external")
                return;
            if (a.type.ends_with("/hyperlink"))
                add_uri(uri);
            else
                add_external(uri);
            // "mhtml:http://...!x-usc:http://..."
            scan_uris(uri, [&](std::string_view inner) { add_uri(std::string(inner)); });
            return;
        }
        if (!is_outside(uri) && !util::istarts_with(uri, "mailto:"))
            return;
        static constexpr std::string_view kFetched[] = {
            "image",      "img",     "feimage", "use",    "script",     "iframe",         "frame",
            "embed",      "object",  "audio",   "video",  "source",     "input",          "body",
            "track",      "animate", "set",     "applet", "background", "floating-frame", "plugin",
            "object-ole", "base"};
        bool fetched = !is_feed() && (one_of(element, kFetched) ||
                                      (element == "link" && a.rel.find("stylesheet") != npos));
        if (fetched)
            add_external(uri);
        else
            add_uri(uri);
    }

    void refresh(std::string_view content) {
        size_t at = util::ifind(content, "url");
        if (at == npos)
            return;
        at = content.find('=', at);
        if (at == npos)
            return;
        std::string_view uri = util::trim(content.substr(at + 1));
        while (!uri.empty() && (uri.front() == '\'' || uri.front() == '"'))
            uri.remove_prefix(1);
        while (!uri.empty() && (uri.back() == '\'' || uri.back() == '"'))
            uri.remove_suffix(1);
        facts_.redirect = true;
        if (util::istarts_with(uri, "data:"))
            data_uri("meta", uri.substr(5));
        else
            add_uri(clean_uri(uri));
    }

    // Behind "data:".
    void data_uri(std::string_view element, std::string_view rest) {
        size_t comma = rest.find(',');
        if (comma == npos)
            return;
        std::string head = util::lower(rest.substr(0, std::min<size_t>(comma, 200)));
        std::string type(util::trim(std::string_view(head).substr(0, head.find(';'))));
        if (type.empty())
            type = "text/plain";
        if (facts_.data_types.size() < as_size(to_.settings_.max_uris))
            facts_.data_types.insert(type);
        bool is_xml = type.ends_with("+xml") || type.ends_with("/xml");
        bool is_script = type.find("script") != npos;
        if (!is_xml && !is_script && type != "text/html")
            return;
        std::string bytes = percent_decode(rest.substr(comma + 1));
        if (head.find(";base64") != std::string::npos)
            bytes = message::decode_base64(bytes);
        static constexpr std::string_view kPictures[] = {"image", "img", "feimage"};
        bool is_picture = one_of(element, kPictures);
        if (is_xml)
            to_.read(bytes, nesting_ + 1, is_picture || is_picture_);
        else if (is_picture || !runs())
            return;
        else if (is_script)
            script(bytes);
        else
            page(bytes);
    }

    // HTML that is not ours to parse: is there a script, and where does it lead?
    void page(std::string_view html) {
        size_t at = util::ifind(html, "<script");
        if (at != npos)
            script(html.substr(at));
        scan_uris(html, [&](std::string_view uri) { add_uri(std::string(uri)); });
    }

    void script(std::string_view code) {
        if (util::trim(code).empty())
            return;
        facts_.script = true;
        code = code.substr(0, as_size(to_.settings_.max_text));
        if (leads_elsewhere(code))
            facts_.redirect = true;
        auto take = [&](std::string_view uri) { add_uri(std::string(uri)); };
        scan_uris(code, take);
        scan_base64_uris(code, take);
        size_t most = as_size(to_.settings_.max_text);
        facts_.script_text += code.substr(0, most - std::min(most, facts_.script_text.size()));
        facts_.script_text += facts_.script_text.size() < most ? "\n" : "";
    }

    void style(std::string_view css) {
        scan_uris(css, [&](std::string_view uri) { add_external(std::string(uri)); });
    }

    // Runs of blanks become one: indentation is no text.
    void add_text(std::string_view bytes) {
        size_t most = as_size(to_.settings_.max_text);
        std::string& all = facts_.text;
        for (char c : bytes) {
            if (all.size() >= most)
                return;
            if (!util::is_space(static_cast<unsigned char>(c)))
                all += c;
            else if (!all.empty() && all.back() != '\n' && all.back() != ' ')
                all += ' ';
        }
    }
    void end_line() {
        std::string& all = facts_.text;
        if (!all.empty() && all.back() == ' ')
            all.back() = '\n';
        else if (!all.empty() && all.back() != '\n' && all.size() < as_size(to_.settings_.max_text))
            all += '\n';
    }

    void add_uri(const std::string& uri) {
        if (uri.empty() || facts_.uris.size() >= as_size(to_.settings_.max_uris))
            return;
        if (to_.seen_uris_.insert(uri).second)
            facts_.uris.push_back(uri);
    }
    void add_external(const std::string& uri) {
        add_uri(uri);
        if (!uri.empty() && facts_.external.size() < as_size(to_.settings_.max_uris) &&
            to_.seen_external_.insert(uri).second)
            facts_.external.push_back(uri);
    }

    XmlCollector& to_;
    XmlFacts& facts_;
    int nesting_;
    bool is_picture_;
    bool had_root_ = false;
    std::string root_;
    std::vector<Open> open_;
    int pages_ = 0, foreign_ = 0, scripts_ = 0, styles_ = 0, links_ = 0;
    std::string own_;  // of the script, style or link that is open
    size_t text_begin_;
};

XmlCollector::XmlCollector(XmlFacts& facts, const XmlSettings& settings,
                           const util::Deadline& deadline)
    : facts_(facts), settings_(settings), bytes_left_(as_size(settings.max_size)) {
    double seconds = std::clamp(settings.time_limit, 0.0, 1e6);
    deadline_ = util::Deadline::after(std::chrono::milliseconds(std::lround(seconds * 1000)))
                    .sooner(deadline);
}

bool XmlCollector::looks_like_xml(std::string_view bytes) {
    bytes = bytes.substr(0, 1024);
    if (bytes.starts_with("\xff\xfe<") || bytes.starts_with(std::string_view("\xfe\xff\0<", 4)))
        return true;
    if (bytes.starts_with("\xef\xbb\xbf"))
        bytes.remove_prefix(3);
    bytes = util::trim_left(bytes);
    return bytes.starts_with("<?xml") || util::istarts_with(bytes, "<svg") ||
           util::istarts_with(bytes, "<!doctype svg");
}

bool XmlCollector::take_document() {
    if (facts_.documents >= as_size(settings_.max_documents) || bytes_left_ == 0)
        return false;
    if (deadline_.expired()) {
        facts_.refused = true;
        return false;
    }
    ++facts_.documents;
    return true;
}

void XmlCollector::read(std::string_view bytes, int nesting, bool is_picture) {
    if (nesting > kMaxNesting || !take_document())
        return;
    // A declaration must stand first; many mails have a line before it.
    if (!bytes.empty() && util::is_space(static_cast<unsigned char>(bytes.front())))
        bytes = util::trim_left(bytes);
    bytes = bytes.substr(0, bytes_left_);
    bytes_left_ -= bytes.size();
    XmlDocument document(*this, nesting, is_picture);
    XmlReader reader(document, {as_size(settings_.max_depth), settings_.max_expansion, deadline_});
    reader.feed(bytes);
    if (reader.finish() == XmlReader::Outcome::Refused)
        facts_.refused = true;
    document.finish();
}

bool XmlCollector::read_archive(std::string_view bytes) {
    if (!ZipReader::looks_like_zip(bytes))
        return false;
    ZipReader zip(bytes);
    size_t entries = std::min(zip.entry_count(), kMaxEntries);
    for (size_t i = 0; i < entries && bytes_left_ > 0; ++i)
        if (is_wanted_entry(zip.entry(i).name))
            read(zip.read(i, bytes_left_), 0, false);
    return zip.is_open();
}

}  // namespace plugins
