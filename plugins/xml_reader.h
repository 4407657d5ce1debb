// The fence around libexpat: one XML document as a stream of events, under limits.
//
// Total: what is not well-formed ends the document early, and what was seen before stays. Nothing
// outside the document is ever loaded. Undefined entities are skipped; entities that grow to many
// times the document (billion laughs, quadratic blow-up) end it as Refused, as does a document that
// is nested too deep or takes too long.

#ifndef PLUGINS_XML_READER_H
#define PLUGINS_XML_READER_H

#include <memory>
#include <string_view>
#include <vector>

#include "util/clock.h"

namespace plugins {

struct XmlLimits {
    size_t max_depth = 256;    // elements inside each other
    double max_expansion = 8;  // bytes with entities replaced, per byte of the document
    util::Deadline deadline;
};

struct XmlAttribute {
    std::string_view name, value;
};

// Names are as written, with their prefix. Views hold during the call only.
class XmlEvents {
public:
    virtual ~XmlEvents() = default;
    virtual void start_element(std::string_view name, const std::vector<XmlAttribute>&) = 0;
    virtual void end_element(std::string_view name) = 0;
    virtual void text(std::string_view) = 0;
    virtual void processing_instruction(std::string_view target, std::string_view data) = 0;
    // An entity, parameter entities among them, whose text lies outside the document.
    virtual void external_entity(std::string_view system_id) = 0;
};

class XmlReader {
public:
    enum class Outcome { Complete, Malformed, Refused };

    // `events` must outlive the reader.
    XmlReader(XmlEvents& events, const XmlLimits& limits);
    ~XmlReader();
    XmlReader(const XmlReader&) = delete;
    XmlReader& operator=(const XmlReader&) = delete;

    // False once the document has ended early; further bytes are then of no use.
    bool feed(std::string_view bytes);
    Outcome finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace plugins

#endif  // PLUGINS_XML_READER_H
