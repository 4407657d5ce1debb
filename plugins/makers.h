// The native plugins, one maker each. plugins.cc hands them to the registry.

#ifndef PLUGINS_MAKERS_H
#define PLUGINS_MAKERS_H

#include <memory>

#include "rules/plugin.h"

namespace plugins {

std::unique_ptr<rules::Plugin> make_access_db();
std::unique_ptr<rules::Plugin> make_anti_virus();
std::unique_ptr<rules::Plugin> make_asn();
std::unique_ptr<rules::Plugin> make_auth_res();
std::unique_ptr<rules::Plugin> make_auto_learn_threshold();
std::unique_ptr<rules::Plugin> make_body_eval();
std::unique_ptr<rules::Plugin> make_decode_short_urls();
std::unique_ptr<rules::Plugin> make_extract_text();
std::unique_ptr<rules::Plugin> make_free_mail();
std::unique_ptr<rules::Plugin> make_from_name_spoof();
std::unique_ptr<rules::Plugin> make_header_eval();
std::unique_ptr<rules::Plugin> make_html_eval();
std::unique_ptr<rules::Plugin> make_https_mismatch();
std::unique_ptr<rules::Plugin> make_image_info();
std::unique_ptr<rules::Plugin> make_mime_eval();
std::unique_ptr<rules::Plugin> make_mime_header();
std::unique_ptr<rules::Plugin> make_ole_vb_macro();
std::unique_ptr<rules::Plugin> make_pdf_info();
std::unique_ptr<rules::Plugin> make_phishing();
std::unique_ptr<rules::Plugin> make_relay_country();
std::unique_ptr<rules::Plugin> make_relay_eval();
std::unique_ptr<rules::Plugin> make_replace_tags();
std::unique_ptr<rules::Plugin> make_reuse();
std::unique_ptr<rules::Plugin> make_shortcircuit();
std::unique_ptr<rules::Plugin> make_text_cat();
std::unique_ptr<rules::Plugin> make_uri_detail();
std::unique_ptr<rules::Plugin> make_uri_eval();
std::unique_ptr<rules::Plugin> make_uri_local_bl();
std::unique_ptr<rules::Plugin> make_vbounce();
std::unique_ptr<rules::Plugin> make_welcome_list_subject();
std::unique_ptr<rules::Plugin> make_wlbl_eval();
std::unique_ptr<rules::Plugin> make_xml_info();

}  // namespace plugins

#endif  // PLUGINS_MAKERS_H
