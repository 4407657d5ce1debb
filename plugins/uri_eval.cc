// Mail::SpamAssassin::Plugin::URIEval.

#include "plugins/html_parts.h"
#include "plugins/makers.h"
#include "plugins/patterns.h"
#include "rules/plugin.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

class URIEval : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::URIEval"; }

    void register_in(rules::Registration& r) override {
        r.eval("check_for_http_redirector", [this](MessageStatus& s, const EvalCall&) -> double {
            regex::MatchData m;
            for (const std::string& start : s.message().uris()) {
                std::string uri = start;
                while (redirector_(uri, m)) {
                    auto domain_of = [&](std::string_view host) {
                        std::string domain =
                            message::uri_host_and_domain(host, s.message().settings()).domain;
                        return domain.empty() ? std::string(host) : domain;
                    };
                    std::string from = domain_of(m.text(1)), to = domain_of(m.text(3));
                    if (from != to)
                        return 1;
                    uri = std::string(m.text(2));
                }
            }
            return 0;
        });
        r.eval("check_https_ip_mismatch", [this](MessageStatus& s, const EvalCall&) -> double {
            for (const html::Results* part : html_parts(s))
                for (const auto& link : part->links) {
                    if (!http_ip_(link.uri))
                        continue;
                    for (const auto& text : link.anchor_texts)
                        if (!https_ip_text_(text) && https_text_(text))
                            return 1;
                }
            return 0;
        });
        r.eval("check_uri_truncated", [](MessageStatus& s, const EvalCall&) -> double {
            s.message().uri_details();
            return s.message().defects().count("uri_truncated") != 0;
        });
    }

private:
    Pattern redirector_{"^https?:\\/\\/([^\\/:\\?]+).+?(https?:\\/{0,2}?([^\\/:\\?]+).*)$", "i"};
    Pattern http_ip_{"^https?:\\/*(?:[^\\@\\/]+\\@)?\\d+\\.\\d+\\.\\d+\\.\\d+", "i"};
    Pattern https_ip_text_{"^https:\\/*(?:[^\\@\\/]+\\@)?\\d+\\.\\d+\\.\\d+\\.\\d+", "i"};
    Pattern https_text_{"https:", "i"};
};

class HTTPSMismatch : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::HTTPSMismatch"; }

    void register_in(rules::Registration& r) override {
        r.eval("check_https_http_mismatch", [this](MessageStatus& s, const EvalCall& c) -> double {
            double least =
                c.arg(0).empty() || c.arg(0) == "0" ? 1 : std::atof(std::string(c.arg(0)).c_str());
            for (const html::Results* part : html_parts(s)) {
                auto [anchors, hit] = look_at(*part, s);
                if (hit && anchors >= least &&
                    (c.args.size() < 2 || anchors < std::atof(std::string(c.arg(1)).c_str())))
                    return 1;
            }
            return 0;
        });
    }

private:
    std::pair<double, bool> look_at(const html::Results& part, MessageStatus& s) const {
        double anchors = 0;
        bool hit = false;
        const auto& registry = s.message().settings().registry;
        if (!registry)
            return {0, false};
        regex::MatchData m;
        for (const auto& link : part.links) {
            if (link.anchor_texts.empty() || !http_host_(link.uri, m))
                continue;
            std::string host(m.text(1));
            if (ip_(host))
                continue;
            std::string target = registry->trim_domain(host);
            if (!registry->is_domain_valid(registry->registered_domain(target)))
                continue;
            ++anchors;
            for (const auto& text : link.anchor_texts) {
                if (!https_host_(text, m))
                    continue;
                std::string shown(m.text(1));
                if (!ip_(shown)) {
                    shown = registry->trim_domain(shown);
                    if (!registry->is_domain_valid(shown))
                        continue;
                }
                if (!shown.empty() && shown != target) {
                    hit = true;
                    break;
                }
            }
        }
        return {anchors, hit};
    }

    Pattern http_host_{"^https?:\\/\\/([^\\/:?#]+)", "i"};
    Pattern https_host_{"https:\\/\\/([^\\s\\/:?#]+)", "i"};
    Pattern ip_{"^(?:@IP@)$"};
};

}  // namespace

std::unique_ptr<rules::Plugin> make_uri_eval() {
    return std::make_unique<URIEval>();
}
std::unique_ptr<rules::Plugin> make_https_mismatch() {
    return std::make_unique<HTTPSMismatch>();
}

}  // namespace plugins
