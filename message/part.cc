#include "message/part.h"

#include "message/charset.h"
#include "message/message.h"
#include "message/transfer.h"
#include "util/strings.h"

namespace message {

struct Part::Rendering {
    std::string type;  // "" = not rendered
    Text text, visible, invisible;
    std::unique_ptr<html::Results> html;
};

Part::Part() = default;
Part::~Part() = default;

std::string Part::effective_type() const {
    // /\.s?html?$/i
    std::string_view file = name_;
    if (file.ends_with('\n'))
        file.remove_suffix(1);
    for (std::string_view ending : {".htm", ".html", ".shtm", ".shtml"})
        if (file.size() >= ending.size() &&
            util::iequals(file.substr(file.size() - ending.size()), ending))
            return "text/html";
    return type_;
}

std::vector<std::string_view> Part::header_values(std::string_view name) const {
    std::vector<std::string_view> out;
    for (const auto& field : headers_)
        if (util::iequals(field.name, name))
            out.push_back(field.decoded);
    return out;
}

std::optional<std::string_view> Part::header(std::string_view name) const {
    for (auto it = headers_.rbegin(); it != headers_.rend(); ++it)
        if (util::iequals(it->name, name))
            return it->decoded;
    return std::nullopt;
}

std::optional<std::string_view> Part::raw_header(std::string_view name) const {
    for (auto it = headers_.rbegin(); it != headers_.rend(); ++it)
        if (util::iequals(it->name, name))
            return it->raw;
    return std::nullopt;
}

static std::string crlf_to_lf(std::string text) {
    return text.find('\r') == std::string::npos ? std::move(text)
                                                : util::replace_all(std::move(text), "\r\n", "\n");
}

const std::string& Part::decoded() const {
    if (transfer_encoding_ != "quoted-printable" && transfer_encoding_ != "base64")
        return raw_body_;
    if (decoded_)
        return *decoded_;
    if (transfer_encoding_ == "quoted-printable") {
        decoded_ = crlf_to_lf(decode_quoted_printable(raw_body_));
    } else {
        decoded_ = decode_base64(raw_body_);
        std::string_view kind = std::string_view(type_).substr(0, type_.find('/'));
        if (kind.size() < type_.size() && (kind == "text" || kind == "message"))
            decoded_ = crlf_to_lf(std::move(*decoded_));
    }
    return *decoded_;
}

void Part::render() const {
    if (rendering_)
        return;
    rendering_ = std::make_unique<Rendering>();
    std::string type = effective_type();
    if (!is_leaf_ || (type != "text/plain" && type != "text/html"))
        return;
    Rendering& r = *rendering_;
    r.type = type;
    const std::string& bytes = decoded();
    Text text;
    if (message_->settings().normalize_charset) {
        text = normalize_text(bytes, charset_);
    } else {
        text.bytes = bytes;
        if ((charset_ == "us-ascii" || charset_ == "utf-8") && !is_all_ascii(bytes)) {
            if (auto decoded = decode_charset(bytes, "utf-8", OnMalformed::Fail))
                text = {std::move(*decoded), true};
        }
    }
    if (type != "text/html" || bytes.empty()) {
        r.visible = text;
        r.text = std::move(text);
        return;
    }
    html::Limits limits;
    limits.max_uri_length = message_->settings().limits.max_uri_length;
    html::Input input = text.is_characters                       ? html::Input::Characters
                        : message_->settings().normalize_charset ? html::Input::Octets
                                                                 : html::Input::Utf8Octets;
    html::RenderedText rendered = html::render(text.bytes, limits, input);
    r.text = {std::move(rendered.text), rendered.text_is_characters};
    r.visible = {std::move(rendered.visible), rendered.visible_is_characters};
    r.invisible = {std::move(rendered.invisible), rendered.invisible_is_characters};
    r.html = std::make_unique<html::Results>(std::move(rendered.results));
    double source = static_cast<double>(bytes.size());
    r.html->numbers["ratio"] = (source - r.html->numbers["html_length"]) / source;
}

const std::string& Part::rendered() const {
    render();
    return rendering_->text.bytes;
}
const std::string& Part::visible_rendered() const {
    render();
    return rendering_->visible.bytes;
}
const std::string& Part::invisible_rendered() const {
    render();
    return rendering_->invisible.bytes;
}
bool Part::rendered_is_characters() const {
    render();
    return rendering_->text.is_characters;
}
bool Part::visible_is_characters() const {
    render();
    return rendering_->visible.is_characters;
}
bool Part::invisible_is_characters() const {
    render();
    return rendering_->invisible.is_characters;
}
const html::Results* Part::html_results() const {
    render();
    return rendering_->html.get();
}
const std::string& Part::rendered_type() const {
    render();
    return rendering_->type;
}

void Part::set_rendered(std::string text, std::string type) {
    rendering_ = std::make_unique<Rendering>();
    rendering_->type = std::move(type);
    bool characters = !is_all_ascii(text) && is_strict_utf8(text);
    rendering_->visible = {text, characters};
    rendering_->text = {std::move(text), characters};
}

}  // namespace message
