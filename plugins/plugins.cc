#include "plugins/plugins.h"

#include "plugins/accepted_keywords.h"
#include "plugins/bayes.h"
#include "plugins/makers.h"
#include "rules/address_lists.h"
#include "rules/core_settings.h"
#include "rules/dns_settings.h"

namespace plugins {

void add_all(rules::PluginRegistry& registry) {
    registry.add_known(make_access_db);
    registry.add_known(make_anti_virus);
    registry.add_known(make_asn);
    registry.add_known(make_auth_res);
    registry.add_known(make_auto_learn_threshold);
    registry.add_known(make_bayes);
    registry.add_known(make_body_eval);
    registry.add_known(make_decode_short_urls);
    registry.add_known(make_extract_text);
    registry.add_known(make_free_mail);
    registry.add_known(make_from_name_spoof);
    registry.add_known(make_header_eval);
    registry.add_known(make_html_eval);
    registry.add_known(make_https_mismatch);
    registry.add_known(make_image_info);
    registry.add_known(make_mime_eval);
    registry.add_known(make_mime_header);
    registry.add_known(make_ole_vb_macro);
    registry.add_known(make_pdf_info);
    registry.add_known(make_phishing);
    registry.add_known(make_relay_country);
    registry.add_known(make_relay_eval);
    registry.add_known(make_replace_tags);
    registry.add_known(make_reuse);
    registry.add_known(make_shortcircuit);
    registry.add_known(make_text_cat);
    registry.add_known(make_uri_detail);
    registry.add_known(make_uri_eval);
    registry.add_known(make_uri_local_bl);
    registry.add_known(make_vbounce);
    registry.add_known(make_welcome_list_subject);
    registry.add_known(make_wlbl_eval);
    registry.add_known(make_xml_info);
    add_accepted(registry);
}

void add_all_keywords(config::Schema& schema, rules::PluginRegistry& registry,
                      rules::RuleSetBuilder& builder) {
    add_all(registry);
    rules::add_core_keywords(schema);
    rules::add_dns_keywords(schema);
    rules::add_address_keywords(schema);
    builder.add_keywords(schema);
    registry.add_keywords(schema, builder);
}

}  // namespace plugins
