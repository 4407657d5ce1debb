// What attached office documents say that matters to a mail filter: macros, embedded objects,
// encryption, addresses that are fetched on opening. Old documents (OLE compound files), RTF, the
// zip kind (OOXML), and all of these inside zip archives.
//
// Compound files are not taken apart: as SpamAssassin's OLEVBMacro does, we look for byte sequences
// that are there when macros are. So a damaged file is judged like a whole one, and there is no
// structure whose reading could go wrong.
//
// Total, and bounded by OfficeSettings. SpamAssassin unpacks without a limit.

#ifndef PLUGINS_OFFICE_DOCUMENT_H
#define PLUGINS_OFFICE_DOCUMENT_H

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regex/regex.h"

namespace plugins {

class ZipReader;

// Names are matched as the patterns say, without ignoring case: an "i" outside does not reach into
// a pattern that Perl has compiled before.
struct OfficeSettings {
    using Regex = std::shared_ptr<const regex::Regex>;
    OfficeSettings();  // the defaults, compiled once

    double max_parts = 5;            // attachments looked at of a message
    double max_entries = 8;          // files looked at of an archive; 0: no archives
    double zip_depth = 2;            // archives inside each other
    double max_file = 1024000;       // bytes looked at of an attachment
    double max_unpacked = 33554432;  // bytes unpacked for a message
    double max_names = 10000;        // entries of one archive; those behind are not seen
    bool extended_scan = false;      // files of every name
    bool prefer_disposition = true;  // its file name, if Content-Type gives another
    Regex names, macro_names, skipped_names, skipped_types, zip_names, download;
};

struct OfficeFacts {
    bool macro = false, object = false, rtf_object = false;
    bool malice = false;        // a macro that starts by itself
    bool renamed = false;       // a document under a name that is none of a document
    bool encrypted = false;     // a document that asks for a password
    bool zip_password = false;  // a file in an archive that asks for a password
    bool csv = false;           // a table that starts a program
    bool download = false;      // fetches a program
    std::vector<std::string> redirect_uris, mhtml_uris;  // distinct, 10 and 5 at most
};

class OfficeInspector {
public:
    // `csv`, `download`: are these facts wanted?
    OfficeInspector(OfficeFacts& facts, const OfficeSettings& settings, bool csv, bool download);

    // An attachment. False: its name is not of interest.
    bool look_at(std::string_view name, std::string_view bytes);

private:
    // The bytes of a file, unpacked on first use; nullopt when that fails.
    using Content = std::function<std::optional<std::string_view>()>;
    bool look_at(std::string_view name, const Content& content, int depth);
    void look_at_document(std::string_view name, std::string_view bytes, bool may_be_old);
    void look_at_any_file(std::string_view name, std::string_view bytes, int depth);
    void look_at_archive(std::string_view name, std::string_view bytes, int depth);
    // These say whether it is a document of that kind.
    bool look_at_zip_document(std::string_view name, std::string_view bytes);
    bool look_at_old_document(std::string_view bytes);
    bool note_if_encrypted(std::string_view bytes);
    // False if there is nothing in it.
    bool take_relationships(std::string_view xml);
    void take_target(std::string uri);
    void look_for_download(std::string_view bytes);
    // What there is of a file that does not fit into what may still be unpacked; nullopt if it is
    // broken or nothing may.
    std::optional<std::string> unpack(const ZipReader& zip, size_t index);
    size_t entry_count(const ZipReader& zip) const;

    OfficeFacts& facts_;
    const OfficeSettings& settings_;
    bool csv_, download_;
    size_t unpack_left_;
};

}  // namespace plugins

#endif  // PLUGINS_OFFICE_DOCUMENT_H
