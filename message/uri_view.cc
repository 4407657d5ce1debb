// The URIs of a message (PerMsgStatus::get_uri_detail_list): from its text, its HTML and its DKIM
// signatures, each with its canonical forms, hosts and domains.

#include <algorithm>

#include "message/charset.h"
#include "message/views.h"
#include "util/strings.h"

namespace message {

// Joins what is known of one URI; false when it is dropped for having no valid domain.
class UriViewBuilder {
public:
    UriViewBuilder(const Message& message, Message::Views& views)
        : message_(message), views_(views), settings_(message.settings()) {}

    Uri* add(const UriString& uri, const std::set<std::string>& types, bool needs_domain) {
        std::string text = uri.rule_text();
        // Octets and wide characters are two URIs to Perl even where their UTF-8 is the same.
        bool wide = uri.is_characters && text == uri.bytes && !is_all_ascii(text);
        std::string key = wide ? text + '\0' : text;
        if (views_.uri_details.size() >= settings_.limits.max_uris &&
            views_.uri_index.find(key) == views_.uri_index.end())
            return nullptr;
        bool canonical = types.count("nocanon") == 0;
        std::vector<UriString> forms = canonical
                                           ? canonicalize(std::vector<UriString>{uri}, settings_)
                                           : std::vector<UriString>{uri};
        Uri found;
        for (auto& form : forms) {
            if (form.truncate(settings_.limits.max_uri_length))
                views_.defects.insert("uri_truncated");
            found.cleaned.push_back(form.rule_text());
            HostAndDomain where = uri_host_and_domain(form, settings_);
            if (!where.domain.empty()) {
                found.domains.insert(where.domain);
                found.hosts[where.host] = where.domain;
            }
        }
        if (found.cleaned.empty() || (needs_domain && found.domains.empty()))
            return nullptr;
        auto it = views_.uri_index.find(key);
        if (it == views_.uri_index.end()) {
            it = views_.uri_index.emplace(key, views_.uri_details.size()).first;
            views_.uri_details.emplace_back();
            views_.uri_details.back().raw = std::move(text);
        }
        Uri& known = views_.uri_details[it->second];
        if (types.count("noclean") == 0)
            for (size_t i = 0; i < forms.size(); ++i)
                if (std::find(known.cleaned.begin(), known.cleaned.end(), found.cleaned[i]) ==
                    known.cleaned.end()) {
                    known.cleaned.push_back(std::move(found.cleaned[i]));
                    known.forms.push_back(std::move(forms[i]));
                }
        known.domains.merge(found.domains);
        for (auto& [host, domain] : found.hosts)
            known.hosts[host] = domain;
        known.types.insert(types.begin(), types.end());
        return &known;
    }

    void build() {
        for (const TextUri& text : find_text_uris(message_.body_lines(), settings_)) {
            std::set<std::string> types{"parsed"};
            if (text.schemeless)
                types.insert("schemeless");
            if (text.unlinked)
                types.insert("unlinked");
            add(UriString(text.uri), types, true);
        }
        for (const Part* part : message_.leaves()) {
            const html::Results* html = part->html_results();
            if (html == nullptr)
                continue;
            if (html->uri_truncated)
                views_.defects.insert("uri_truncated");
            for (const html::Link& link : html->links)
                add_link(link);
        }
        if (settings_.parse_dkim_uris)
            for (const char* header : {"DomainKey-Signature", "DKIM-Signature"})
                for (auto value : message_.root().header_values(header))
                    add_signature(value);
    }

private:
    void add_link(const html::Link& link) {
        std::set<std::string> types(link.types.begin(), link.types.end());
        if (types.empty())
            types.insert("parsed");  // an anchor that leads nowhere by itself
        Uri* uri = add(UriString(link.uri, link.is_characters), types, false);
        if (uri == nullptr)
            return;
        uri->nofollow |= link.nofollow;
        std::set<std::string_view> seen;
        for (const auto& text : link.anchor_texts)
            if (seen.insert(text).second)
                uri->anchor_text.push_back(UriString(text, true).rule_text());
    }

    // Every "d=domain" of a signature.
    void add_signature(std::string_view value) {
        for (size_t at = 0; at < value.size(); ++at) {
            if (value[at] != 'd' || (at > 0 && util::is_word(value[at - 1])))
                continue;
            size_t i = at + 1;
            while (i < value.size() && util::is_space(value[i]))
                ++i;
            if (i >= value.size() || value[i] != '=')
                continue;
            ++i;
            size_t end = std::min(value.find(';', i), value.size());
            std::string domain;
            for (char c : value.substr(i, end - i))
                if (!util::is_space(c))
                    domain += c;
            if (end > i)
                add(UriString("domainkeys:" + domain), {"domainkeys", "nocanon", "noclean"}, true);
            at = end;
        }
    }

    const Message& message_;
    Message::Views& views_;
    const MessageSettings& settings_;
};

const std::vector<Uri>& Message::uri_details() const {
    if (!views_->uris_built) {
        views_->uris_built = true;
        UriViewBuilder(*this, *views_).build();
    }
    return views_->uri_details;
}

const std::vector<std::string>& Message::uris() const {
    if (!views_->uris) {
        std::vector<std::string> all;
        std::set<std::string_view> seen;
        for (const Uri& uri : uri_details())
            for (const std::string& form : uri.cleaned)
                if (seen.insert(form).second)
                    all.push_back(form);
        views_->uris = std::move(all);
    }
    return *views_->uris;
}

void Message::add_uri(std::string_view uri, std::string_view type) {
    uri_details();
    UriViewBuilder(*this, *views_).add(UriString(std::string(uri)), {std::string(type)}, false);
    views_->uris.reset();
}

}  // namespace message
