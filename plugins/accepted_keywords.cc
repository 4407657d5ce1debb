// Plugins that are known by name but have no code here: their keywords are taken and checked by
// type, their eval functions never hit, their features are answered for. A plugin that is written
// natively stands before these in add_all() and so takes their place.

#include "plugins/accepted_keywords.h"

#include <algorithm>
#include <string_view>

#include "rules/address_lists.h"
#include "rules/core_settings.h"
#include "rules/rule_set_builder.h"
#include "rules/rule_syntax.h"
#include "util/strings.h"

namespace plugins {

namespace {

using config::ValueType;
using config::Who;

struct AcceptedPlugin {
    std::string_view name;      // below Mail::SpamAssassin::Plugin
    std::string_view evals;     // words
    std::string_view features;  // words
};

struct AcceptedKeyword {
    std::string_view plugin, name, alias;
    ValueType type;
    Who who;
};

// clang-format off: two tables, one row each
constexpr AcceptedPlugin kPlugins[] = {
    {"AWL", "check_from_in_auto_welcomelist check_from_in_auto_whitelist", ""},
    {"AskDNS", "", "has_tag_header"},
    {"BodyEval",
     "check_blank_line_ratio check_body_length check_stock_info "
     "multipart_alternative_difference multipart_alternative_difference_count "
     "plaintext_body_length plaintext_body_sig_ratio plaintext_sig_length "
     "tvd_vertical_words",
     "has_check_body_length has_plaintext_body_sig_ratio"},
    {"BodyRuleBaseExtractor", "", ""},
    {"Check", "", ""},
    {"DCC", "check_dcc check_dcc_reputation_range", ""},
    {"DKIM",
     "check_arc_signed check_arc_valid check_dkim_adsp check_dkim_dependable "
     "check_dkim_signall check_dkim_signed check_dkim_signsome check_dkim_testing "
     "check_dkim_valid check_dkim_valid_author_sig check_dkim_valid_envelopefrom "
     "check_dkim_verified check_for_def_dkim_welcomelist_from "
     "check_for_def_dkim_whitelist_from check_for_dkim_welcomelist_from "
     "check_for_dkim_whitelist_from",
     "has_arc"},
    {"DMARC",
     "check_dmarc_missing check_dmarc_none check_dmarc_pass check_dmarc_quarantine "
     "check_dmarc_reject",
     ""},
    {"DNSEval",
     "check_dns_sender check_rbl check_rbl_accreditor check_rbl_envfrom "
     "check_rbl_from_domain check_rbl_from_host check_rbl_headers check_rbl_ns_from "
     "check_rbl_rcvd check_rbl_sub check_rbl_txt",
     "has_tflags_domains_only has_tflags_ips_only"},
    {"FreeMail",
     "check_freemail_body check_freemail_from check_freemail_header "
     "check_freemail_replyto",
     ""},
    {"HTMLEval",
     "check_iframe_src html_charset_faraway html_eval html_image_only "
     "html_image_ratio html_range html_tag_balance html_tag_exists html_test "
     "html_text_match html_text_not_match html_title_subject_ratio",
     ""},
    {"HTTPSMismatch", "check_https_http_mismatch", ""},
    {"HashBL",
     "check_hashbl_attachments check_hashbl_bodyre check_hashbl_emails "
     "check_hashbl_tag check_hashbl_uris",
     "has_hashbl_attachments has_hashbl_bodyre has_hashbl_bodyre_num "
     "has_hashbl_email_domain has_hashbl_email_domain_alias has_hashbl_email_regex "
     "has_hashbl_email_welcomelist has_hashbl_email_whitelist has_hashbl_emails "
     "has_hashbl_ignore has_hashbl_sha256 has_hashbl_tag has_hashbl_uris"},
    {"HeaderEval",
     "check_equal_from_domains check_for_fake_aol_relay_in_rcvd "
     "check_for_faraway_charset_in_headers "
     "check_for_forged_eudoramail_received_headers "
     "check_for_forged_gmail_received_headers check_for_forged_gw05_received_headers "
     "check_for_forged_hotmail_received_headers "
     "check_for_forged_juno_received_headers check_for_forged_yahoo_received_headers "
     "check_for_matching_env_and_hdr_from check_for_missing_to_header "
     "check_for_msn_groups_headers check_for_no_hotmail_received_headers "
     "check_for_shifted_date check_for_to_in_subject check_for_unique_subject_id "
     "check_header_count_range check_illegal_chars check_messageid_not_usable "
     "check_outlook_message_id check_ratware_envelope_from check_ratware_name_id "
     "check_unresolved_template gated_through_received_hdr_remover "
     "received_within_months similar_recipients sorted_recipients "
     "subject_is_all_caps",
     ""},
    {"ImageInfo",
     "image_count image_name_regex image_named image_size_exact image_size_range "
     "image_to_text_ratio pixel_coverage",
     ""},
    {"MIMEEval",
     "check_abundant_unicode_ratio check_base64_length check_for_ascii_text_illegal "
     "check_for_faraway_charset check_for_mime check_for_mime_html "
     "check_for_mime_html_only check_for_uppercase check_ma_non_text "
     "check_mime_multipart_ratio check_msg_parse_flags check_qp_ratio",
     "has_check_abundant_unicode_ratio has_check_for_ascii_text_illegal "
     "has_check_qp_ratio"},
    {"OneLineBodyRuleType", "", ""},
    {"P595Body", "", ""},
    {"PhishTag", "", ""},
    {"Pyzor", "check_pyzor", "has_fork has_perl"},
    {"Razor2", "check_razor2 check_razor2_range", "has_fork"},
    {"RelayEval",
     "check_all_trusted check_for_forged_received_ip_helo "
     "check_for_forged_received_trail check_for_from_domain_in_received_headers "
     "check_for_illegal_ip check_for_no_rdns_dotcom_helo check_for_numeric_helo "
     "check_for_sender_no_reverse check_no_relays check_relays_unparseable "
     "helo_ip_mismatch",
     ""},
    {"ResourceLimits", "", ""},
    {"Rule2XSBody", "", ""},
    {"SPF",
     "check_for_def_spf_welcomelist_from check_for_def_spf_whitelist_from "
     "check_for_spf_fail check_for_spf_helo_fail check_for_spf_helo_neutral "
     "check_for_spf_helo_none check_for_spf_helo_pass check_for_spf_helo_permerror "
     "check_for_spf_helo_softfail check_for_spf_helo_temperror check_for_spf_neutral "
     "check_for_spf_none check_for_spf_pass check_for_spf_permerror "
     "check_for_spf_softfail check_for_spf_temperror check_for_spf_welcomelist_from "
     "check_for_spf_whitelist_from check_spf_skipped_noenvfrom",
     "has_check_for_spf_errors has_check_spf_skipped_noenvfrom"},
    {"SpamCop", "", ""},
    {"Test", "check_test_plugin", ""},
    {"TxRep", "check_senders_reputation", ""},
    {"URIDNSBL", "check_uridnsbl",
     "has_subtest_for_ranges has_tflags_domains_only has_tflags_notrim "
     "has_uridnsbl_a_ns has_uridnsbl_for_a has_uridnsbl_skip_mailto"},
    {"URIEval", "check_for_http_redirector check_https_ip_mismatch check_uri_truncated", ""},
    {"VBounce",
     "check_welcomelist_bounce_relays check_whitelist_bounce_relays "
     "have_any_bounce_relays",
     ""},
    {"WLBLEval",
     "check_forged_in_default_welcomelist check_forged_in_default_whitelist "
     "check_forged_in_welcomelist check_forged_in_whitelist check_from_in_blacklist "
     "check_from_in_blocklist check_from_in_default_welcomelist "
     "check_from_in_default_whitelist check_from_in_list check_from_in_welcomelist "
     "check_from_in_whitelist check_mailfrom_matches_rcvd check_replyto_in_list "
     "check_to_in_all_spam check_to_in_blacklist check_to_in_blocklist "
     "check_to_in_list check_to_in_more_spam check_to_in_welcomelist "
     "check_to_in_whitelist check_uri_host_in_blacklist check_uri_host_in_blocklist "
     "check_uri_host_in_welcomelist check_uri_host_in_whitelist "
     "check_uri_host_listed",
     ""},
    {"WelcomeListSubject",
     "check_subject_in_blacklist check_subject_in_blocklist "
     "check_subject_in_welcomelist check_subject_in_whitelist",
     ""},
};

constexpr AcceptedKeyword kKeywords[] = {
    {"AWL", "use_auto_welcomelist", "use_auto_whitelist", ValueType::Bool, Who::User},
    {"AWL", "auto_welcomelist_factor", "auto_whitelist_factor", ValueType::Number, Who::User},
    {"AWL", "auto_welcomelist_ipv4_mask_len", "auto_whitelist_ipv4_mask_len", ValueType::Special,
     Who::User},
    {"AWL", "auto_welcomelist_ipv6_mask_len", "auto_whitelist_ipv6_mask_len", ValueType::Special,
     Who::User},
    {"AWL", "user_awl_sql_override_username", "", ValueType::String, Who::User},
    {"AWL", "auto_welcomelist_distinguish_signed", "auto_whitelist_distinguish_signed",
     ValueType::Bool, Who::User},
    {"AWL", "auto_welcomelist_factory", "auto_whitelist_factory", ValueType::String, Who::Admin},
    {"AWL", "auto_welcomelist_path", "auto_whitelist_path", ValueType::String, Who::Admin},
    {"AWL", "auto_welcomelist_db_modules", "auto_whitelist_db_modules", ValueType::String,
     Who::Admin},
    {"AWL", "auto_welcomelist_file_mode", "auto_whitelist_file_mode", ValueType::Special,
     Who::Admin},
    {"AWL", "user_awl_dsn", "", ValueType::String, Who::Admin},
    {"AWL", "user_awl_sql_username", "", ValueType::String, Who::Admin},
    {"AWL", "user_awl_sql_password", "", ValueType::String, Who::Admin},
    {"AWL", "user_awl_sql_table", "", ValueType::String, Who::Admin},
    {"AskDNS", "askdns", "", ValueType::Special, Who::Privileged},
    {"DCC", "use_dcc", "", ValueType::Bool, Who::User},
    {"DCC", "use_dcc_rep", "", ValueType::Bool, Who::User},
    {"DCC", "dcc_body_max", "", ValueType::Number, Who::User},
    {"DCC", "dcc_timeout", "", ValueType::Duration, Who::Admin},
    {"DCC", "dcc_home", "", ValueType::String, Who::Admin},
    {"DCC", "dcc_dccifd_path", "", ValueType::String, Who::Admin},
    {"DCC", "dcc_path", "", ValueType::String, Who::Admin},
    {"DCC", "dcc_options", "", ValueType::String, Who::Admin},
    {"DCC", "dccifd_options", "", ValueType::String, Who::Admin},
    {"DCC", "dcc_learn_score", "", ValueType::Number, Who::Admin},
    {"DKIM", "welcomelist_from_dkim", "whitelist_from_dkim", ValueType::Special, Who::User},
    {"DKIM", "def_welcomelist_from_dkim", "def_whitelist_from_dkim", ValueType::Special, Who::User},
    {"DKIM", "unwelcomelist_from_dkim", "unwhitelist_from_dkim", ValueType::Special, Who::User},
    {"DKIM", "adsp_override", "", ValueType::Special, Who::User},
    {"DKIM", "dkim_minimum_key_bits", "", ValueType::Number, Who::User},
    {"DKIM", "dkim_timeout", "", ValueType::Duration, Who::Admin},
    {"DMARC", "dmarc_save_reports", "", ValueType::Bool, Who::Admin},
    {"DNSEval", "rbl_headers", "", ValueType::String, Who::Privileged},
    {"FreeMail", "freemail_max_body_emails", "", ValueType::Number, Who::User},
    {"FreeMail", "freemail_max_body_freemails", "", ValueType::Number, Who::User},
    {"FreeMail", "freemail_skip_when_over_max", "", ValueType::Number, Who::User},
    {"FreeMail", "freemail_skip_bulk_envfrom", "", ValueType::Number, Who::User},
    {"FreeMail", "freemail_add_describe_email", "", ValueType::Number, Who::User},
    {"FreeMail", "freemail_import_welcomelist_auth", "freemail_import_whitelist_auth",
     ValueType::Number, Who::User},
    {"FreeMail", "freemail_import_def_welcomelist_auth", "freemail_import_def_whitelist_auth",
     ValueType::Number, Who::User},
    {"FreeMail", "freemail_domains", "", ValueType::Words, Who::User},
    {"FreeMail", "freemail_welcomelist", "freemail_whitelist", ValueType::Words, Who::User},
    {"HashBL", "hashbl_ignore", "", ValueType::Special, Who::User},
    {"HashBL", "hashbl_email_domain_alias", "", ValueType::Special, Who::User},
    {"HashBL", "hashbl_email_regex", "", ValueType::String, Who::User},
    {"HashBL", "hashbl_email_welcomelist", "hashbl_email_whitelist", ValueType::String, Who::User},
    {"HashBL", "hashbl_acl_*", "", ValueType::Special, Who::User},
    {"PhishTag", "trigger_target", "", ValueType::KeyValue, Who::Admin},
    {"PhishTag", "trigger_config", "", ValueType::String, Who::Admin},
    {"PhishTag", "trigger_ratio", "", ValueType::Number, Who::Admin},
    {"Pyzor", "use_pyzor", "", ValueType::Bool, Who::User},
    {"Pyzor", "pyzor_count_min", "", ValueType::Number, Who::User},
    {"Pyzor", "pyzor_max", "", ValueType::Special, Who::User},
    {"Pyzor", "pyzor_welcomelist_min", "pyzor_whitelist_min", ValueType::Number, Who::User},
    {"Pyzor", "pyzor_welcomelist_factor", "pyzor_whitelist_factor", ValueType::Number, Who::User},
    {"Pyzor", "pyzor_fork", "", ValueType::Number, Who::Admin},
    {"Pyzor", "pyzor_perl", "", ValueType::Number, Who::Admin},
    {"Pyzor", "pyzor_timeout", "", ValueType::Duration, Who::Admin},
    {"Pyzor", "pyzor_options", "", ValueType::String, Who::Admin},
    {"Pyzor", "pyzor_path", "", ValueType::String, Who::Admin},
    {"Pyzor", "pyzor_server_file", "", ValueType::String, Who::Admin},
    {"Razor2", "use_razor2", "", ValueType::Number, Who::User},
    {"Razor2", "razor_fork", "", ValueType::Number, Who::Admin},
    {"Razor2", "razor_timeout", "", ValueType::Duration, Who::Admin},
    {"Razor2", "razor_config", "", ValueType::String, Who::Admin},
    {"ResourceLimits", "resource_limit_mem", "", ValueType::Number, Who::Admin},
    {"ResourceLimits", "resource_limit_cpu", "", ValueType::Number, Who::Admin},
    {"SPF", "welcomelist_from_spf", "whitelist_from_spf", ValueType::Globs, Who::User},
    {"SPF", "def_welcomelist_from_spf", "def_whitelist_from_spf", ValueType::Globs, Who::User},
    {"SPF", "unwelcomelist_from_spf", "unwhitelist_from_spf", ValueType::Special, Who::User},
    {"SPF", "spf_timeout", "", ValueType::Duration, Who::Admin},
    {"SPF", "ignore_received_spf_header", "", ValueType::Bool, Who::Admin},
    {"SPF", "use_newest_received_spf_header", "", ValueType::Bool, Who::Admin},
    {"SPF", "do_not_use_mail_spf", "", ValueType::Bool, Who::Admin},
    {"SPF", "do_not_use_mail_spf_query", "", ValueType::Bool, Who::Admin},
    {"SpamCop", "spamcop_from_address", "", ValueType::String, Who::User},
    {"SpamCop", "spamcop_to_address", "", ValueType::String, Who::User},
    {"SpamCop", "spamcop_max_report_size", "", ValueType::Number, Who::User},
    {"SpamCop", "spamcop_relayhost", "", ValueType::String, Who::User},
    {"TxRep", "use_txrep", "", ValueType::Bool, Who::User},
    {"TxRep", "txrep_factor", "", ValueType::Special, Who::User},
    {"TxRep", "txrep_dilution_factor", "", ValueType::Special, Who::User},
    {"TxRep", "txrep_expiry_days", "", ValueType::Special, Who::User},
    {"TxRep", "txrep_learn_penalty", "", ValueType::Special, Who::User},
    {"TxRep", "txrep_learn_bonus", "", ValueType::Special, Who::User},
    {"TxRep", "txrep_autolearn", "", ValueType::Special, Who::User},
    {"TxRep", "txrep_track_messages", "", ValueType::Bool, Who::User},
    {"TxRep", "txrep_welcomelist_out", "txrep_whitelist_out", ValueType::Special, Who::User},
    {"TxRep", "txrep_ipv4_mask_len", "", ValueType::Special, Who::User},
    {"TxRep", "txrep_ipv6_mask_len", "", ValueType::Special, Who::User},
    {"TxRep", "user_awl_sql_override_username", "", ValueType::String, Who::User},
    {"TxRep", "txrep_user2global_ratio", "", ValueType::String, Who::User},
    {"TxRep", "auto_welcomelist_distinguish_signed", "auto_whitelist_distinguish_signed",
     ValueType::Bool, Who::User},
    {"TxRep", "txrep_spf", "", ValueType::Bool, Who::User},
    {"TxRep", "txrep_weight_email", "", ValueType::Special, Who::User},
    {"TxRep", "txrep_weight_email_ip", "", ValueType::Special, Who::User},
    {"TxRep", "txrep_weight_domain", "", ValueType::Special, Who::User},
    {"TxRep", "txrep_weight_ip", "", ValueType::Special, Who::User},
    {"TxRep", "txrep_weight_helo", "", ValueType::Special, Who::User},
    {"TxRep", "txrep_report_details", "", ValueType::Special, Who::User},
    {"TxRep", "txrep_factory", "", ValueType::String, Who::Admin},
    {"TxRep", "auto_welcomelist_path", "auto_whitelist_path", ValueType::String, Who::Admin},
    {"TxRep", "auto_welcomelist_db_modules", "auto_whitelist_db_modules", ValueType::String,
     Who::Admin},
    {"TxRep", "auto_welcomelist_file_mode", "auto_whitelist_file_mode", ValueType::Special,
     Who::Admin},
    {"TxRep", "user_awl_dsn", "", ValueType::String, Who::Admin},
    {"TxRep", "user_awl_sql_username", "", ValueType::String, Who::Admin},
    {"TxRep", "user_awl_sql_password", "", ValueType::String, Who::Admin},
    {"TxRep", "user_awl_sql_table", "", ValueType::String, Who::Admin},
    {"URIDNSBL", "skip_uribl_checks", "", ValueType::Bool, Who::User},
    {"URIDNSBL", "uridnsbl_skip_mailto", "", ValueType::Bool, Who::Admin},
    {"URIDNSBL", "uridnsbl_max_domains", "", ValueType::Number, Who::Admin},
    {"URIDNSBL", "uridnsbl", "", ValueType::Special, Who::Privileged},
    {"URIDNSBL", "uridnssub", "", ValueType::Special, Who::Privileged},
    {"URIDNSBL", "urirhsbl", "", ValueType::Special, Who::Privileged},
    {"URIDNSBL", "urirhssub", "", ValueType::Special, Who::Privileged},
    {"URIDNSBL", "urinsrhsbl", "", ValueType::Special, Who::Privileged},
    {"URIDNSBL", "urinsrhssub", "", ValueType::Special, Who::Privileged},
    {"URIDNSBL", "urifullnsrhsbl", "", ValueType::Special, Who::Privileged},
    {"URIDNSBL", "urifullnsrhssub", "", ValueType::Special, Who::Privileged},
    {"URIDNSBL", "uridnsbl_skip_domain", "", ValueType::Special, Who::User},
    {"URIDNSBL", "clear_uridnsbl_skip_domain", "", ValueType::Special, Who::User},
    {"URIDNSBL", "uridnsbl_timeout", "", ValueType::Special, Who::User},
    {"VBounce", "welcomelist_bounce_relays", "whitelist_bounce_relays", ValueType::Globs,
     Who::User},
};
// clang-format on

// The line defines a rule, which is its first word.
bool defines_rule(std::string_view keyword) {
    return keyword == "askdns";
}

config::Setter setter(const AcceptedKeyword& row, rules::RuleSetBuilder& builder) {
    if (defines_rule(row.name)) {
        return [&builder](config::Settings&, const config::Directive& d,
                          config::Diagnostics& diagnostics) {
            auto [name, rest] = rules::split_word(d.value);
            if (rest.empty()) {
                report_invalid(d, diagnostics);
                return;
            }
            if (!builder.accepts_name(name, d, diagnostics))
                return;
            rules::Rule rule;
            rule.name = name;
            rule.type = rules::RuleType::Placeholder;
            rule.position = d.position;
            builder.define(std::move(rule));
        };
    }
    if (row.name == "welcomelist_from_dkim" || row.name == "def_welcomelist_from_dkim")
        return rules::add_to_signed_list(std::string(row.name));
    if (row.name == "unwelcomelist_from_dkim")
        return rules::remove_from_signed_lists(
            {"welcomelist_from_dkim", "def_welcomelist_from_dkim"});
    if (row.name == "unwelcomelist_from_spf")
        return rules::remove_from_address_lists(
            {"welcomelist_from_spf", "def_welcomelist_from_spf"});
    if (row.type == ValueType::Globs)
        return rules::add_to_address_list(std::string(row.name));
    return rules::keep_in_other(row.type);
}

class Accepted : public rules::Plugin {
public:
    explicit Accepted(const AcceptedPlugin& row)
        : row_(row), name_("Mail::SpamAssassin::Plugin::" + std::string(row.name)) {}
    std::string_view name() const override { return name_; }
    std::string_view state() const override { return "accepted and inert"; }
    void register_in(rules::Registration& r) override {
        for (auto function : util::words(row_.evals))
            r.eval(function, [](rules::MessageStatus&, const rules::EvalCall&) { return 0.0; });
        for (auto feature : util::words(row_.features))
            r.feature(feature);
        for (const auto& row : kKeywords) {
            if (row.plugin != row_.name)
                continue;
            config::Keyword keyword;
            keyword.name = row.name;
            if (!row.alias.empty())
                keyword.aliases.emplace_back(row.alias);
            keyword.type = row.type;
            keyword.who = row.who;
            keyword.set = setter(row, r.rules());
            r.keyword(std::move(keyword));
        }
    }

    // Razor2 and Pyzor run as processes beside the scan and have their rules start early.
    void finish_parsing_start(rules::RuleSetBuilder& builder, config::Settings& settings,
                              config::Diagnostics&) override {
        std::string_view fork = row_.name == "Razor2"  ? "razor_fork"
                                : row_.name == "Pyzor" ? "pyzor_fork"
                                                       : "";
        if (fork.empty() || settings.get<rules::CoreSettings>().other_number_or(fork, 1) == 0)
            return;
        auto functions = util::words(row_.evals);
        for (rules::RuleId id = 0; id < builder.size(); ++id)
            if (builder.rule(id).type != rules::RuleType::Unset &&
                std::find(functions.begin(), functions.end(), builder.rule(id).header) !=
                    functions.end())
                builder.set_priority(id, -100);
    }

private:
    const AcceptedPlugin& row_;
    std::string name_;
};

}  // namespace

void add_accepted(rules::PluginRegistry& registry) {
    for (const auto& row : kPlugins)
        registry.add_known([&row] { return std::make_unique<Accepted>(row); });
}

}  // namespace plugins
