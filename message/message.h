// One mail: the pristine bytes, the MIME tree over them, and the views that rules look at.
//
// Construction parses the header and the MIME tree; every view is built on first use and kept.
// Nothing here fails or logs: oddities are in defects(). A Message is used by one thread.
// Views follow SpamAssassin 4.0.1 (reference: sections 3.5, 3.6 and 8 of its behaviour;
// PerMsgStatus::get, get_decoded_stripped_body_text_array, get_decoded_body_text_array,
// get_uri_detail_list).

#ifndef MESSAGE_MESSAGE_H
#define MESSAGE_MESSAGE_H

#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "message/part.h"
#include "message/relay.h"
#include "message/settings.h"
#include "message/uri.h"

namespace message {

// Facts about malformed input, under the names evals ask for: "missing_head_body_separator",
// "truncated_header", "missing_mime_headers", "missing_mime_head_body_separator",
// "mimepart_limit_exceeded", "missing_mime_boundary", "mime_epilogue_exists", "uri_truncated".
using Defects = std::set<std::string, std::less<>>;

class Message {
public:
    // Takes the bytes as they came. `settings` must outlive the message.
    Message(std::string bytes, const MessageSettings& settings);
    ~Message();
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;

    const MessageSettings& settings() const { return *settings_; }

    // --- bytes ---
    // As received, without an mbox "From " line in front.
    std::string_view pristine() const;
    std::string_view pristine_headers() const;  // through the blank line's predecessor newline
    std::string_view pristine_body() const;     // after the blank line
    std::string_view mbox_separator() const;    // "From ..." line or ""
    bool has_crlf_line_ends() const;            // first or last line ends in CRLF
    // SHA-1 in hex of the pristine body; in a message with CRLF line ends, of its LF form.
    const std::string& pristine_body_digest() const;

    // --- structure ---
    const Part& root() const { return *root_; }
    Part& mutable_root() { return *root_; }
    // Parts in depth-first order (root included) that satisfy the predicate.
    std::vector<const Part*> find_parts(const std::function<bool(const Part&)>& wanted) const;
    std::vector<const Part*> text_parts() const;  // leaves of type text/*
    std::vector<const Part*> leaves() const;
    // "sha1 hex of decoded():type" of every leaf, in order (Bayes tokens, HashBL).
    std::vector<std::string> part_digests() const;
    const Defects& defects() const;
    void note_defect(std::string_view name);
    const std::vector<HeaderField>& header_fields() const;
    // The X-Spam-* fields that came with the message. No other view has them: what a filter before
    // us said is not evidence when a message is checked. Learning looks at them.
    const std::vector<HeaderField>& filter_marks() const;

    // --- header view ---
    // What a header rule named `spec` sees: real headers, pseudo-headers (ALL, ALL-TRUSTED, ToCc,
    // MESSAGEID, EnvelopeFrom, X-Spam-Relays-*, metadata) with modifiers :raw :addr :name :first
    // :last :host :domain :ip :revip. nullopt when absent (undefined). The view lives as long as
    // the message and is computed once per spec.
    std::optional<std::string_view> get(std::string_view spec) const;
    std::string_view get_or(std::string_view spec, std::string_view fallback) const;
    // The same, value by value (what PerMsgStatus::get gives in list context); empty when absent.
    // ALL and its kin are one value.
    const std::vector<std::string>& values(std::string_view spec) const;
    // All addresses of a header, in order ("From", "To", "EnvelopeFrom", ...).
    std::vector<std::string> addresses(std::string_view header) const;
    // Pseudo-headers made by plugins (X-Languages ...). Replaces.
    void put_metadata(std::string_view name, std::string value);
    std::optional<std::string_view> metadata(std::string_view name) const;
    // All of it, the relay tables and X-SenderDomain, X-AuthorDomain included: lower-case names,
    // sorted.
    std::vector<std::pair<std::string, std::string>> all_metadata() const;
    // What stands between < and > of the last Message-Id, "" if there is none.
    std::string message_id() const;
    // "<sha1 hex>@sa_generated" without the brackets, of To, Date and the body.
    std::string generated_message_id() const;

    // --- trust path ---
    const TrustPath& trust_path() const;
    // When the message was received by us: newest trustworthy Received date, else Date, else now.
    std::time_t receive_date() const;

    // --- text views ---
    // Lines of the body view: decoded Subject first, then rendered text.
    const std::vector<std::string>& body_lines() const;
    // The same lines, for a plugin whose changes the body rules after it shall see.
    std::vector<std::string>& editable_body_lines();
    const std::vector<std::string>& visible_body_lines() const;
    const std::vector<std::string>& invisible_body_lines() const;
    // Chunks of the rawbody view.
    const std::vector<std::string>& rawbody_chunks() const;
    std::string_view full() const { return pristine(); }

    // --- URIs ---
    const std::vector<Uri>& uri_details() const;
    // Every distinct cleaned URI, as uri rules see them.
    const std::vector<std::string>& uris() const;
    // A plugin adds one (redirect targets, XML links); forms and domains are computed here.
    void add_uri(std::string_view uri, std::string_view type);

    // HTML facts of the first HTML part ($pms->{html}), and of each of them ($pms->{html_all}).
    const html::Results& html_results() const;
    std::vector<const html::Results*> all_html_results() const;

private:
    friend class Part;
    friend class HeaderViewBuilder;
    friend class UriViewBuilder;
    struct Views;
    struct HeaderView;
    const HeaderView& header_view(std::string_view spec) const;
    bool exceeds_header_limit() const;
    void note_domains() const;

    const MessageSettings* settings_;
    std::unique_ptr<Part> root_;
    std::unique_ptr<Views> views_;
};

}  // namespace message

#endif  // MESSAGE_MESSAGE_H
