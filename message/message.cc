#include "message/message.h"

#include <algorithm>
#include <ctime>

#include "message/date.h"
#include "message/host_name.h"
#include "message/mime_parser.h"
#include "message/views.h"
#include "util/digest.h"
#include "util/strings.h"

namespace message {

Message::Message(std::string bytes, const MessageSettings& settings)
    : settings_(&settings), root_(new Part()), views_(std::make_unique<Views>()) {
    MimeParser parser(*this, settings.limits, views_->defects);
    Envelope envelope = parser.parse(bytes, *root_);
    views_->mbox_separator = std::move(envelope.mbox_separator);
    views_->crlf = envelope.crlf;
    views_->header_bytes = envelope.headers.size();
    views_->pristine = std::move(envelope.headers);
    views_->pristine += envelope.body_front;
    views_->pristine += envelope.body;
    // What a filter before us said is not evidence.
    std::erase_if(root_->headers_, [&](HeaderField& field) {
        bool is_mark = util::istarts_with(field.name, "X-Spam-");
        if (is_mark)
            views_->filter_marks.push_back(field);
        return is_mark;
    });
    if (exceeds_header_limit())
        views_->defects.insert("truncated_header");
}

Message::~Message() = default;

const std::vector<HeaderField>& Message::filter_marks() const {
    return views_->filter_marks;
}

std::string_view Message::pristine() const {
    return views_->pristine;
}
std::string_view Message::pristine_headers() const {
    return pristine().substr(0, views_->header_bytes);
}
std::string_view Message::pristine_body() const {
    return pristine().substr(views_->header_bytes);
}
std::string_view Message::mbox_separator() const {
    return views_->mbox_separator;
}
bool Message::has_crlf_line_ends() const {
    return views_->crlf;
}
const Defects& Message::defects() const {
    return views_->defects;
}
void Message::note_defect(std::string_view name) {
    views_->defects.emplace(name);
}
const std::vector<HeaderField>& Message::header_fields() const {
    return root_->headers();
}

std::vector<const Part*> Message::find_parts(const std::function<bool(const Part&)>& wanted) const {
    std::vector<const Part*> found, stack{root_.get()};
    while (!stack.empty()) {
        const Part* part = stack.back();
        stack.pop_back();
        // A part whose type is all forbidden characters has none, and no search finds it.
        if (!part->type().empty() && wanted(*part))
            found.push_back(part);
        for (auto it = part->children().rbegin(); it != part->children().rend(); ++it)
            stack.push_back(it->get());
    }
    return found;
}

std::vector<const Part*> Message::leaves() const {
    return find_parts([](const Part& part) { return part.is_leaf(); });
}

std::vector<const Part*> Message::text_parts() const {
    return find_parts([](const Part& part) {
        return part.is_leaf() && part.effective_type().starts_with("text/");
    });
}

const TrustPath& Message::trust_path() const {
    if (views_->trust_path)
        return *views_->trust_path;
    std::vector<std::string> received;
    for (auto value : root_->header_values("Received"))
        received.emplace_back(value);
    std::vector<std::pair<std::string, std::string>> originating;
    // The last of several headers of a name, as there.
    for (const auto& name : settings_->originating_ip_headers)
        if (auto values = root_->header_values(name); !values.empty())
            originating.emplace_back(name, std::string(values.back()) + "\n");
    views_->trust_path = build_trust_path(received, originating, *settings_);
    return *views_->trust_path;
}

std::time_t Message::receive_date() const {
    std::string block = views_->mbox_separator;
    block += get_or("ALL", "");
    return find_receive_date(block).value_or(std::time(nullptr));
}

std::string Message::message_id() const {
    // What stands between the outermost angle brackets of the last Message-Id.
    if (auto id = root_->header("Message-Id")) {
        std::string_view text = util::trim(*id);
        if (text.size() > 2 && text.front() == '<' && text.back() == '>')
            return std::string(text.substr(1, text.size() - 2));
    }
    return {};
}

std::string Message::generated_message_id() const {
    auto value = [&](std::string_view name) {
        auto header = root_->header(name);
        return header ? std::string(*header) + "\n" : std::string();
    };
    return util::to_hex(
               util::sha1(value("To") + '\0' + value("Date") + '\0' + pristine_body_digest())) +
           "@sa_generated";
}

void Message::put_metadata(std::string_view name, std::string value) {
    std::string lower = util::lower(name);
    for (auto& [known, old] : views_->metadata)
        if (known == lower) {
            old = std::move(value);
            return;
        }
    views_->metadata.emplace_back(std::move(lower), std::move(value));
}

// The domains that SpamAssassin notes for everybody: X-SenderDomain of the envelope,
// X-AuthorDomain of From.
void Message::note_domains() const {
    if (views_->domains_noted)
        return;
    views_->domains_noted = true;
    auto note = [&](const char* name, std::string value) {
        for (const auto& entry : views_->metadata)
            if (entry.first == name)
                return;
        views_->metadata.emplace_back(name, std::move(value));
    };
    if (const auto& sender = values("EnvelopeFrom:first:addr:host"); !sender.empty())
        note("x-senderdomain", idn_to_ascii(sender.front()));
    std::set<std::string_view> seen;
    std::string authors;
    for (const std::string& author : values("From:addr:host"))
        if (seen.insert(author).second)
            authors += (authors.empty() ? "" : " ") + idn_to_ascii(author);
    if (!authors.empty())
        note("x-authordomain", std::move(authors));
}

std::optional<std::string_view> Message::metadata(std::string_view name) const {
    if (util::iequals(name, "X-SenderDomain") || util::iequals(name, "X-AuthorDomain"))
        note_domains();
    for (const auto& [known, value] : views_->metadata)
        if (util::iequals(known, name))
            return value;
    return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> Message::all_metadata() const {
    note_domains();
    auto all = views_->metadata;
    const TrustPath& path = trust_path();
    all.emplace_back("x-spam-relays-trusted", TrustPath::as_string(path.trusted));
    all.emplace_back("x-spam-relays-untrusted", TrustPath::as_string(path.untrusted));
    all.emplace_back("x-spam-relays-internal", TrustPath::as_string(path.internal));
    all.emplace_back("x-spam-relays-external", TrustPath::as_string(path.external));
    std::sort(all.begin(), all.end());
    return all;
}

const std::string& Message::pristine_body_digest() const {
    if (views_->body_digest.empty()) {
        if (views_->crlf)
            views_->body_digest = util::to_hex(
                util::sha1(util::replace_all(std::string(pristine_body()), "\r\n", "\n")));
        else
            views_->body_digest = util::to_hex(util::sha1(pristine_body()));
    }
    return views_->body_digest;
}

std::vector<std::string> Message::part_digests() const {
    std::vector<std::string> digests;
    std::vector<const Part*> stack{root_.get()};
    while (!stack.empty()) {
        const Part* part = stack.back();
        stack.pop_back();
        if (part->is_leaf())
            digests.push_back(util::to_hex(util::sha1(part->decoded())) + ":" + part->type());
        for (auto it = part->children().rbegin(); it != part->children().rend(); ++it)
            stack.push_back(it->get());
    }
    return digests;
}

std::vector<const html::Results*> Message::all_html_results() const {
    std::vector<const html::Results*> all;
    for (const Part* part : leaves())
        if (const html::Results* results = part->html_results())
            all.push_back(results);
    return all;
}

const html::Results& Message::html_results() const {
    static const html::Results none;
    auto all = all_html_results();
    return all.empty() ? none : *all.back();
}

}  // namespace message
