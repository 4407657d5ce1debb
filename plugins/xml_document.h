// What the XML documents of a message say that matters to a mail filter: scripts, where links lead,
// what is fetched on opening, and the text. SVG, XHTML, RSS and Atom, and the relationships and
// texts inside OOXML and ODF archives.
//
// Scripts are not run. Their text is looked at for addresses, also base64 ones, and for leaving to
// another page. Inside an <image> a drawing cannot run scripts, so those of a nested one do not
// count there.

#ifndef PLUGINS_XML_DOCUMENT_H
#define PLUGINS_XML_DOCUMENT_H

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/xml_reader.h"

namespace plugins {

struct XmlSettings {
    double max_size = 4 * 1024 * 1024;  // bytes of XML read of a message, unpacked
    double max_documents = 100;         // of a message, those in archives included
    double max_depth = 256;             // elements inside each other
    double max_expansion = 8;           // times a document may grow by entities
    double max_text = 65536;            // bytes of text kept of a message; of scripts as much again
    double max_uris = 500;              // kept of a message
    double time_limit = 2;              // seconds for a message
    bool text_in_body = false;
};

struct XmlFacts {
    size_t documents = 0;
    bool script = false;    // something runs when the document is opened or touched
    bool redirect = false;  // leads to another page by itself
    bool foreign = false;   // a form, a frame or a page inside a drawing
    bool refused = false;   // a limit on depth, entities or time ended the reading
    std::set<std::string, std::less<>> data_types;  // media types of data: URIs, lower case
    std::vector<std::string> uris;                  // all, distinct, in order
    std::vector<std::string> external;              // those fetched on opening
    std::string text, script_text;
};

class XmlCollector {
public:
    XmlCollector(XmlFacts& facts, const XmlSettings& settings, const util::Deadline& deadline);

    // Does it begin as XML does, with a declaration or with an element that we know?
    static bool looks_like_xml(std::string_view bytes);
    // One document. Past the limits it does nothing.
    void read(std::string_view bytes) { read(bytes, 0, false); }
    // The XML entries of a zip archive that are of interest. False if it is not one.
    bool read_archive(std::string_view bytes);

private:
    friend class XmlDocument;
    void read(std::string_view bytes, int nesting, bool is_picture);
    bool take_document();

    XmlFacts& facts_;
    const XmlSettings& settings_;
    util::Deadline deadline_;
    size_t bytes_left_;
    std::set<std::string, std::less<>> seen_uris_, seen_external_;
};

}  // namespace plugins

#endif  // PLUGINS_XML_DOCUMENT_H
