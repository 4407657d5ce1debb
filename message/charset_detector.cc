#include "message/charset_detector.h"

#ifdef MESSAGE_HAS_CHARDET
#include <chardet.h>

#include <algorithm>
#include <memory>
#endif

namespace message {

#ifdef MESSAGE_HAS_CHARDET

namespace {

struct FreeDetector {
    void operator()(Detect* d) const { detect_destroy(&d); }
};
struct FreeResult {
    void operator()(DetectObj* o) const { detect_obj_free(&o); }
};

bool starts(std::string_view s, std::string_view prefix) {
    return s.substr(0, prefix.size()) == prefix;
}

}  // namespace

std::string detect_charset(std::string_view bytes) {
    if (bytes.size() > 3) {
        // The marks with NULs in them, which do not get through the library's C strings.
        if (starts(bytes, std::string_view("\xff\xfe\0\0", 4)))
            return "UTF-32LE";
        if (starts(bytes, std::string_view("\0\0\xfe\xff", 4)))
            return "UTF-32BE";
    }
    // NUL is to every model what the other control characters are.
    std::string text(bytes);
    std::replace(text.begin(), text.end(), '\0', '\1');
    std::unique_ptr<Detect, FreeDetector> detector(detect_init());
    std::unique_ptr<DetectObj, FreeResult> result(detect_obj_init());
    if (detector == nullptr || result == nullptr)
        return {};
    Detect* d = detector.get();
    DetectObj* o = result.get();
    if (detect_handledata(&d, text.c_str(), &o) != CHARDET_SUCCESS || o->encoding == nullptr)
        return {};
    std::string label = o->encoding;
    // The library takes much Latin text for Hungarian; Encode::Detect has these models switched
    // off, and then mostly finds Windows-1252, which is what the undecided case becomes.
    if (label == "ISO-8859-2" || label == "windows-1250" || label == "ASCII")
        return {};
    return label;
}

bool has_charset_detector() {
    return true;
}

#else

std::string detect_charset(std::string_view) {
    return {};
}

bool has_charset_detector() {
    return false;
}

#endif

}  // namespace message
