#include "plugins/office_document.h"

#include <algorithm>

#include "plugins/arguments.h"
#include "plugins/patterns.h"
#include "plugins/zip_reader.h"
#include "util/strings.h"

namespace plugins {

namespace {

using namespace std::string_view_literals;

constexpr size_t npos = std::string_view::npos;
constexpr size_t kMaxRedirectUris = 10, kMaxMhtmlUris = 5;

// How a compound file begins.
constexpr std::string_view kCompoundFile = "\xd0\xcf\x11\xe0"sv;
// "Attribut", the beginning of the source of a macro, and the name of a stream with an object.
constexpr std::string_view kMacroSource = "\0Attribut\0"sv;
constexpr std::string_view kObjectStream = "\1\0O\0l\0e\0001\0000\0N\0a\0"sv;
// RTF's words for embedded objects, and what Word 2003's XML says of macros.
constexpr std::string_view kOldMarkers[] = {"\\objemb"sv, "\\objdat"sv, "\\ objdat"sv,
                                            "w:macrosPresent=\"yes\""sv, "vbaProject.bin.rels"sv};
constexpr std::string_view kEncryptedPackage = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e"sv;
constexpr std::string_view kWorkbook = "W\0o\0r\0k\0b\0o\0o\0k\0"sv;
constexpr size_t kCompoundHead = 2000;  // where the above names count

// Parts of a document that hold macros, in small letters.
constexpr std::string_view kMacroFiles[] = {
    "word/vbaproject.bin"sv, "macros/vba/_vba_project"sv, "xl/vbaproject.bin"sv,
    "_vba_project_cur/vba/_vba_project"sv, "ppt/vbaproject.bin"sv};

struct Patterns {
    Pattern starts_by_itself{"(?:document|auto|workbook)_?open", "i"};
    Pattern rtf_part{"^word/.{1,50}\\.rtf\\b"};
    Pattern macro_content_type{
        "ContentType=[\"']application/vnd\\.ms-office\\.vbaProject[\"']|macroEnabled|"
        "application/vnd\\.ms-excel\\.(?:intl)?macrosheet",
        "i"};
    Pattern relationship{"Relationship\\s"};
    Pattern mhtml_target{"^MHTML:(?:&#x48;&#x54;&#x50;&#x3a;&#x5c;&#x5c;&#x31;&|https?://)", "i"};
    Pattern excel_program_call{"MSEXCEL\\|.{1,20}Windows\\\\System32\\\\cmd\\.exe"};
};

const Patterns& patterns() {
    static const Patterns all;
    return all;
}

OfficeSettings::Regex compiled(std::string_view pattern) {
    return std::make_shared<const regex::Regex>(regex::Regex::literal(pattern));
}

bool iends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && util::iequals(text.substr(text.size() - end.size()), end);
}

bool may_be_zip(std::string_view name, std::string_view bytes) {
    return bytes.starts_with("PK") || iends_with(name, ".zip");
}

bool contains(std::string_view bytes, std::string_view what) {
    return bytes.find(what) != npos;
}

// In the path of a web address; `last`: where one may end.
bool is_path_letter(char c, bool last) {
    return util::is_alnum(c) || contains("-+&@#/%=~_|"sv, std::string_view(&c, 1)) ||
           (!last && contains("?!:,.;"sv, std::string_view(&c, 1)));
}

// The address of a program between a NUL and one of \6, | and NUL: ten to two thousand letters
// after the scheme, the last five or what goes beyond a thousand fit for the end of an address,
// then any sign and the extension. As SpamAssassin's regex has it, without its backtracking.
bool names_a_program(std::string_view bytes) {
    for (size_t at = 0; (at = bytes.find('\0', at)) != npos;) {
        size_t begin = ++at;
        std::string_view rest = bytes.substr(begin, 8);
        if (util::istarts_with(rest, "https://"))
            begin += 8;
        else if (util::istarts_with(rest, "http://"))
            begin += 7;
        else
            continue;
        size_t end = begin, end_letters = 0;  // how many of them in a row before `end`
        for (; end < bytes.size() && end - begin <= 2000; ++end) {
            size_t length = end - begin;
            size_t needed = std::max<size_t>(5, length > 1000 ? length - 1000 : 0);
            if (length >= 10 && end_letters >= needed && bytes.size() - end >= 5 &&
                bytes[end] != '\n' && contains("\6|\0"sv, bytes.substr(end + 4, 1))) {
                std::string_view extension = bytes.substr(end + 1, 3);
                if (util::iequals(extension, "exe") || util::iequals(extension, "cmd") ||
                    util::iequals(extension, "bat"))
                    return true;
            }
            if (!is_path_letter(bytes[end], false))
                break;
            end_letters = is_path_letter(bytes[end], true) ? end_letters + 1 : 0;
        }
    }
    return false;
}

// What Target says in a relationship whose TargetMode is External.
std::optional<std::string_view> external_target(std::string_view relationship) {
    size_t begin = util::ifind(relationship, "Target=\"");
    if (begin == npos)
        return std::nullopt;
    begin += 8;
    size_t end = relationship.find('"', begin);
    if (end == npos || !util::icontains(relationship.substr(end), "TargetMode=\"External\""))
        return std::nullopt;
    return relationship.substr(begin, end - begin);
}

void add_distinct(std::vector<std::string>& list, const std::string& value, size_t most) {
    if (list.size() < most && std::find(list.begin(), list.end(), value) == list.end())
        list.push_back(value);
}

}  // namespace

OfficeSettings::OfficeSettings() {
    patterns();
    static const OfficeSettings::Regex kNames =
        compiled("(?:doc|docx|dot|pot|ppa|pps|ppt|rtf|sldm|xl|xla|xls|xlsx|xlt|xltx|xslb)$");
    static const OfficeSettings::Regex kMacroNames =
        compiled("(?:docm|dotm|ppam|potm|ppst|ppsm|pptm|sldm|xlm|xlam|xlsb|xlsm|xltm|xps)$");
    static const OfficeSettings::Regex kSkippedNames = compiled("(?:dotx|potx|ppsx|pptx|sldx)$");
    static const OfficeSettings::Regex kSkippedTypes = compiled("^(?:text/)");
    static const OfficeSettings::Regex kZipNames = compiled("(?:zip)$");
    static const OfficeSettings::Regex kDownload =
        compiled("(?:cmd(?:\\.exe)? /c ms\\^h\\^ta ht\\^tps?:/\\^/)");
    names = kNames;
    macro_names = kMacroNames;
    skipped_names = kSkippedNames;
    skipped_types = kSkippedTypes;
    zip_names = kZipNames;
    download = kDownload;
}

OfficeInspector::OfficeInspector(OfficeFacts& facts, const OfficeSettings& settings, bool csv,
                                 bool download)
    : facts_(facts),
      settings_(settings),
      csv_(csv),
      download_(download),
      unpack_left_(as_size(settings.max_unpacked)) {}

bool OfficeInspector::look_at(std::string_view name, std::string_view bytes) {
    return look_at(
        name, [&] { return std::optional(bytes); }, 0);
}

bool OfficeInspector::look_at(std::string_view name, const Content& content, int depth) {
    if (csv_ && iends_with(name, ".csv"))
        if (auto bytes = content(); bytes && patterns().excel_program_call(*bytes))
            facts_.csv = true;

    if (settings_.zip_names->search(name)) {
        if (auto bytes = content())
            look_at_archive(name, *bytes, depth);
    } else if (settings_.macro_names->search(name)) {
        facts_.macro = true;
        if (auto bytes = content())
            look_at_document(name, *bytes, false);
    } else if (settings_.names->search(name)) {
        if (auto bytes = content())
            look_at_document(name, *bytes, true);
    } else if (settings_.extended_scan) {
        if (auto bytes = content())
            look_at_any_file(name, *bytes, depth);
    } else {
        return false;
    }
    return true;
}

void OfficeInspector::look_at_document(std::string_view name, std::string_view bytes,
                                       bool may_be_old) {
    note_if_encrypted(bytes);
    if (may_be_old)
        look_at_old_document(bytes);
    look_at_zip_document(name, bytes);
    look_for_download(bytes);
}

void OfficeInspector::look_at_any_file(std::string_view name, std::string_view bytes, int depth) {
    bool renamed = bytes.starts_with(kCompoundFile);
    // All of them, for what they note.
    renamed = note_if_encrypted(bytes) || renamed;
    renamed = look_at_old_document(bytes) || renamed;
    renamed = look_at_zip_document(name, bytes) || renamed;
    if (renamed) {
        facts_.renamed = true;
        look_for_download(bytes);
    }
    look_at_archive(name, bytes, depth);
}

size_t OfficeInspector::entry_count(const ZipReader& zip) const {
    return std::min(zip.entry_count(), as_size(settings_.max_names));
}

std::optional<std::string> OfficeInspector::unpack(const ZipReader& zip, size_t index) {
    if (unpack_left_ == 0)
        return std::nullopt;
    std::string bytes;
    bool whole = zip.read(index, unpack_left_, [&](std::string_view piece) {
        bytes += piece;
        return true;
    });
    unpack_left_ -= std::min(unpack_left_, bytes.size());
    if (!whole)
        return std::nullopt;
    return bytes;
}

void OfficeInspector::look_at_archive(std::string_view name, std::string_view bytes, int depth) {
    if (settings_.max_entries == 0 || depth + 1 > settings_.zip_depth || bytes.empty() ||
        !may_be_zip(name, bytes))
        return;
    ZipReader zip(bytes);
    double looked_at = 0;
    for (size_t i = 0; i < entry_count(zip); ++i) {
        ZipReader::Entry entry = zip.entry(i);
        if (settings_.skipped_names->search(entry.name))
            continue;
        if (entry.encrypted) {
            if (settings_.macro_names->search(entry.name))
                facts_.macro = true;
            facts_.zip_password = true;
            continue;
        }
        std::optional<std::string> unpacked;
        bool tried = false;
        auto content = [&]() -> std::optional<std::string_view> {
            if (!tried)
                unpacked = unpack(zip, i);
            tried = true;
            if (!unpacked)
                return std::nullopt;
            return *unpacked;
        };
        if (look_at(entry.name, content, depth + 1) && ++looked_at >= settings_.max_entries)
            break;
    }
}

bool OfficeInspector::look_at_zip_document(std::string_view name, std::string_view bytes) {
    if (bytes.empty() || !may_be_zip(name, bytes))
        return false;
    ZipReader zip(bytes);
    bool is_document = false, has_macros = false;
    size_t content_types = npos;
    std::vector<size_t> relationship_files, binaries;
    for (size_t i = 0; i < entry_count(zip); ++i) {
        std::string entry = zip.entry(i).name;
        if (entry == "[Content_Types].xml" && content_types == npos)
            content_types = i;
        if (contains(entry, ".rels"))
            relationship_files.push_back(i);
        if (contains(entry, ".bin"))
            binaries.push_back(i);
        std::string lower = util::lower(entry);
        bool macros = std::find(std::begin(kMacroFiles), std::end(kMacroFiles), lower) !=
                      std::end(kMacroFiles);
        bool object = lower.starts_with("xl/embeddings/");
        bool rtf = patterns().rtf_part(lower);
        has_macros = has_macros || macros;
        facts_.object = facts_.object || object;
        facts_.rtf_object = facts_.rtf_object || rtf;
        is_document = is_document || macros || object || rtf;
    }
    facts_.macro = facts_.macro || has_macros;
    if (content_types != npos) {
        is_document = true;
        if (!facts_.macro) {
            auto xml = unpack(zip, content_types);
            facts_.macro = xml && patterns().macro_content_type(*xml);
        }
    }
    for (size_t i : relationship_files)
        if (auto xml = unpack(zip, i))
            is_document = take_relationships(*xml) || is_document;
    if (has_macros && !facts_.malice)
        facts_.malice = std::any_of(binaries.begin(), binaries.end(), [&](size_t i) {
            auto code = unpack(zip, i);
            return code && patterns().starts_by_itself(*code);
        });
    return is_document;
}

bool OfficeInspector::take_relationships(std::string_view xml) {
    bool has_text = false;
    regex::MatchData match;
    for (size_t at = 0; at < xml.size();) {
        bool found = patterns().relationship(xml, match, at);
        size_t end = found ? match.start() : xml.size();
        std::string_view piece = xml.substr(at, end - at);
        has_text = has_text || !piece.empty();
        if (auto target = external_target(piece))
            take_target(std::string(*target));
        at = found ? match.end() : end;
    }
    return has_text;
}

void OfficeInspector::take_target(std::string uri) {
    if (patterns().mhtml_target(uri))
        add_distinct(facts_.mhtml_uris, uri, kMaxMhtmlUris);
    if (util::istarts_with(uri, "mhtml:"))
        uri.erase(0, 6);
    if (util::istarts_with(uri, "http://") || util::istarts_with(uri, "https://"))
        add_distinct(facts_.redirect_uris, uri, kMaxRedirectUris);
}

bool OfficeInspector::look_at_old_document(std::string_view bytes) {
    bool macros = bytes.starts_with(kCompoundFile)
                      ? contains(bytes, kMacroSource) || contains(bytes, kObjectStream)
                      : std::any_of(std::begin(kOldMarkers), std::end(kOldMarkers),
                                    [&](auto marker) { return contains(bytes, marker); });
    if (!macros)
        return false;
    facts_.macro = true;
    if (patterns().starts_by_itself(bytes))
        facts_.malice = true;
    return true;
}

bool OfficeInspector::note_if_encrypted(std::string_view bytes) {
    if (!bytes.starts_with(kCompoundFile))
        return false;
    auto byte_is = [&](size_t at, char c) { return bytes.size() > at && bytes[at] == c; };
    auto is_encrypted = [&] {
        std::string_view head = bytes.substr(0, kCompoundHead);
        if (util::icontains(bytes, "<encryption xmlns") || contains(head, kEncryptedPackage))
            return true;
        // The text "\0" stands for a blank here, not the byte.
        std::string spaced = util::replace_all(std::string(head), "\\0", " ");
        if (contains(spaced, "E n c r y p t e d P a c k a g e"))
            return true;
        if (contains(spaced, kWorkbook))
            return false;
        return byte_is(0x208, '\xfe') || byte_is(0x214, '\x2f') || byte_is(0x20b, '\x13');
    };
    if (!is_encrypted())
        return false;
    facts_.encrypted = true;
    return true;
}

void OfficeInspector::look_for_download(std::string_view bytes) {
    if (!download_ || facts_.download)
        return;
    facts_.download = (!bytes.starts_with("URLDownloadToFileA") && names_a_program(bytes)) ||
                      settings_.download->search(bytes);
}

}  // namespace plugins
