#include "plugins/xml_reader.h"

// Without this the header hides the limits on entities, which every packaged build has.
#define XML_DTD 1
#include <expat.h>

#include <algorithm>
#include <climits>

namespace plugins {

namespace {

// Below this many bytes the ratio of expansion does not matter.
constexpr unsigned long long kFreeExpansion = 64 * 1024;
constexpr size_t kFirstPiece = 16 * 1024;
constexpr unsigned kEventsBetweenLooks = 256;

}  // namespace

struct XmlReader::State {
    struct Free {
        void operator()(XML_Parser p) const { XML_ParserFree(p); }
    };
    XmlEvents& events;
    XmlLimits limits;
    std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free> parser;
    std::vector<XmlAttribute> attributes;
    size_t depth = 0;
    unsigned events_seen = 0;
    bool refused = false, ended = false;

    State(XmlEvents& e, const XmlLimits& l) : events(e), limits(l), parser(make()) {}

    XML_Parser make() {
        XML_Parser p = XML_ParserCreate(nullptr);
        if (p == nullptr)
            return p;
        XML_SetUserData(p, this);
        XML_SetElementHandler(p, start, end);
        XML_SetCharacterDataHandler(p, text);
        XML_SetProcessingInstructionHandler(p, instruction);
        XML_SetEntityDeclHandler(p, entity);
        XML_SetUnknownEncodingHandler(p, encoding, nullptr);
        // As if there were an outer DTD, an empty one: undefined entities are skipped.
        XML_SetParamEntityParsing(p, XML_PARAM_ENTITY_PARSING_ALWAYS);
        XML_UseForeignDTD(p, XML_TRUE);
        XML_SetExternalEntityRefHandler(p, outside);
        XML_SetBillionLaughsAttackProtectionMaximumAmplification(
            p, static_cast<float>(std::max(1.0, limits.max_expansion)));
        XML_SetBillionLaughsAttackProtectionActivationThreshold(p, kFreeExpansion);
        return p;
    }

    void refuse() {
        refused = true;
        XML_StopParser(parser.get(), XML_FALSE);
    }
    // Once a while, whether there is time left.
    void look_at_time() {
        if (++events_seen % kEventsBetweenLooks == 0 && limits.deadline.expired())
            refuse();
    }

    // After XML_StopParser expat may still deliver the events of the tag it is in.
    static void XMLCALL start(void* data, const XML_Char* name, const XML_Char** attributes) {
        State& s = *static_cast<State*>(data);
        if (s.refused)
            return;
        if (++s.depth > s.limits.max_depth)
            return s.refuse();
        s.look_at_time();
        s.attributes.clear();
        for (; attributes[0] != nullptr; attributes += 2)
            s.attributes.push_back({attributes[0], attributes[1]});
        s.events.start_element(name, s.attributes);
    }
    static void XMLCALL end(void* data, const XML_Char* name) {
        State& s = *static_cast<State*>(data);
        if (s.refused)
            return;
        --s.depth;
        s.events.end_element(name);
    }
    static void XMLCALL text(void* data, const XML_Char* bytes, int length) {
        State& s = *static_cast<State*>(data);
        if (s.refused)
            return;
        s.look_at_time();
        s.events.text({bytes, static_cast<size_t>(length)});
    }
    static void XMLCALL instruction(void* data, const XML_Char* target, const XML_Char* text) {
        State& s = *static_cast<State*>(data);
        if (s.refused)
            return;
        s.look_at_time();
        s.events.processing_instruction(target, text);
    }
    static void XMLCALL entity(void* data, const XML_Char*, int, const XML_Char* value, int,
                               const XML_Char*, const XML_Char* system_id, const XML_Char*,
                               const XML_Char*) {
        State& s = *static_cast<State*>(data);
        if (s.refused)
            return;
        s.look_at_time();
        if (value == nullptr && system_id != nullptr)
            s.events.external_entity(system_id);
    }
    static int XMLCALL outside(XML_Parser p, const XML_Char* context, const XML_Char*,
                               const XML_Char*, const XML_Char*) {
        if (context != nullptr)
            return XML_STATUS_OK;
        // The outer DTD is an empty one: expat wants to have read it.
        std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free> dtd(
            XML_ExternalEntityParserCreate(p, context, nullptr));
        return dtd ? XML_Parse(dtd.get(), "", 0, XML_TRUE) : XML_STATUS_ERROR;
    }
    // Any other charset: markup is ASCII in all that matter, the rest is read as Latin-1.
    static int XMLCALL encoding(void*, const XML_Char*, XML_Encoding* info) {
        for (int i = 0; i < 256; ++i)
            info->map[i] = i;
        info->data = nullptr;
        info->convert = nullptr;
        info->release = nullptr;
        return XML_STATUS_OK;
    }

    bool parse(std::string_view bytes, bool last) {
        if (ended || !parser)
            return false;
        if (XML_Parse(parser.get(), bytes.data(), static_cast<int>(bytes.size()), last) ==
            XML_STATUS_ERROR) {
            ended = true;
            refused |= XML_GetErrorCode(parser.get()) == XML_ERROR_AMPLIFICATION_LIMIT_BREACH;
        }
        return !ended;
    }
};

XmlReader::XmlReader(XmlEvents& events, const XmlLimits& limits)
    : state_(std::make_unique<State>(events, limits)) {}

XmlReader::~XmlReader() = default;

bool XmlReader::feed(std::string_view bytes) {
    // Growing pieces: expat looks at an unfinished token anew with each.
    for (size_t piece = kFirstPiece; !bytes.empty();
         piece = std::min<size_t>(piece * 2, INT_MAX / 2)) {
        if (state_->limits.deadline.expired())
            state_->refused = state_->ended = true;
        if (!state_->parse(bytes.substr(0, piece), false))
            return false;
        bytes.remove_prefix(std::min(piece, bytes.size()));
    }
    return !state_->ended;
}

XmlReader::Outcome XmlReader::finish() {
    bool complete = state_->parse({}, true);
    return state_->refused ? Outcome::Refused : complete ? Outcome::Complete : Outcome::Malformed;
}

}  // namespace plugins
