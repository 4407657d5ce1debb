// The elements HTML 4.01 and XHTML 1.0 define, plus a few that mailers use, and what each does to
// rendering.

#ifndef HTML_ELEMENT_H
#define HTML_ELEMENT_H

#include <cstdint>
#include <string_view>

namespace html {

enum ElementTraits : uint8_t {
    kCounts = 1,      // is a real element: all but the "tricks" (bgsound, embed, xmp ...)
    kStyles = 2,      // opens or closes a text style
    kLinks = 4,       // may carry links
    kNewline = 8,     // white space it puts into the text: "\n"
    kBlank = 16,      // " "
    kParagraph = 32,  // "\n\n"
};

// X(enumerator, name, traits)
// clang-format off: a table
#define HTML_ELEMENTS(X)                                                                                                \
    X(A, "a", kCounts | kStyles | kLinks)                                                                               \
    X(Abbr, "abbr", kCounts)                                                                                            \
    X(Acronym, "acronym", kCounts)                                                                                      \
    X(Address, "address", kCounts)                                                                                      \
    X(Area, "area", kCounts | kLinks)                                                                                   \
    X(B, "b", kCounts) X(Base, "base", kCounts | kLinks) X(Bdo, "bdo", kCounts) X(                                      \
        Big, "big",                                                                                                     \
        kCounts | kStyles) X(Blockquote, "blockquote",                                                                  \
                             kCounts | kParagraph) X(Body, "body",                                                      \
                                                     kCounts | kStyles |                                                \
                                                         kLinks) X(Br, "br",                                            \
                                                                   kCounts | kNewline) X(Button,                        \
                                                                                         "button",                      \
                                                                                         kCounts)                       \
        X(Caption, "caption", kCounts) X(Cite, "cite", kCounts) X(Code, "code", kCounts) X(                             \
            Col, "col",                                                                                                 \
            kCounts) X(Colgroup, "colgroup", kCounts)                                                                   \
            X(Dd, "dd", kCounts | kBlank) X(Del, "del", kCounts) X(Dfn, "dfn", kCounts) X(                              \
                Div,                                                                                                    \
                "div", kCounts | kStyles | kNewline) X(Dl, "dl", kCounts)                                               \
                X(Dt, "dt", kCounts | kBlank) X(Em, "em", kCounts) X(                                                   \
                    Fieldset,                                                                                           \
                    "fieldset",                                                                                         \
                    kCounts) X(Form, "form",                                                                            \
                               kCounts |                                                                                \
                                   kLinks) X(H1, "h1",                                                                  \
                                             kCounts |                                                                  \
                                                 kBlank) X(H2, "h2",                                                    \
                                                           kCounts |                                                    \
                                                               kBlank) X(H3, "h3",                                      \
                                                                         kCounts |                                      \
                                                                             kBlank) X(H4, "h4",                        \
                                                                                       kCounts |                        \
                                                                                           kBlank)                      \
                    X(H5, "h5", kCounts | kBlank) X(H6, "h6", kCounts | kBlank) X(                                      \
                        Head,                                                                                           \
                        "head",                                                                                         \
                        kCounts) X(Hr, "hr",                                                                            \
                                   kCounts |                                                                            \
                                       kParagraph) X(Html, "html", kCounts)                                             \
                        X(I, "i", kCounts) X(Img, "img", kCounts | kLinks) X(                                           \
                            Input, "input",                                                                             \
                            kCounts) X(Ins, "ins", kCounts)                                                             \
                            X(Kbd, "kbd", kCounts) X(Label, "label", kCounts) X(                                        \
                                Legend,                                                                                 \
                                "legend",                                                                               \
                                kCounts) X(Li, "li",                                                                    \
                                           kCounts |                                                                    \
                                               kBlank) X(Link, "link",                                                  \
                                                         kCounts |                                                      \
                                                             kLinks) X(Map, "map", kCounts)                             \
                                X(Meta, "meta", kCounts | kLinks) X(Noscript, "noscript", kCounts) X(                   \
                                    Object,                                                                             \
                                    "object",                                                                           \
                                    kCounts) X(Ol, "ol",                                                                \
                                               kCounts) X(Optgroup, "optgroup", kCounts)                                \
                                    X(Option, "option", kCounts) X(P, "p", kCounts | kStyles | kParagraph) X(           \
                                        Param, "param",                                                                 \
                                        kCounts) X(Pre, "pre", kCounts | kParagraph)                                    \
                                        X(Q, "q", kCounts) X(                                                           \
                                            Samp,                                                                       \
                                            "samp",                                                                     \
                                            kCounts) X(Script, "script",                                                \
                                                       kCounts |                                                        \
                                                           kLinks) X(Select, "select",                                  \
                                                                     kCounts) X(Small, "small", kCounts | kStyles)      \
                                            X(Span, "span", kCounts | kStyles) X(Strong, "strong", kCounts) X(          \
                                                Style, "style",                                                         \
                                                kCounts) X(Sub, "sub", kCounts)                                         \
                                                X(Sup, "sup", kCounts) X(Table, "table", kCounts | kStyles | kLinks) X( \
                                                    Tbody, "tbody",                                                     \
                                                    kCounts) X(Td, "td", kCounts | kStyles | kLinks | kBlank)           \
                                                    X(Textarea, "textarea", kCounts) X(                                 \
                                                        Tfoot, "tfoot",                                                 \
                                                        kCounts) X(Th, "th",                                            \
                                                                   kCounts |                                            \
                                                                       kStyles |                                        \
                                                                       kBlank) X(Thead,                                 \
                                                                                 "thead", kCounts)                      \
                                                        X(Title, "title", kCounts | kParagraph) X(                      \
                                                            Tr,                                                         \
                                                            "tr",                                                       \
                                                            kCounts |                                                   \
                                                                kStyles |                                               \
                                                                kLinks) X(Tt, "tt", kCounts)                            \
                                                            X(Ul, "ul", kCounts) X(Var, "var", kCounts) X(              \
                                                                Applet,                                                 \
                                                                "applet",                                               \
                                                                kCounts) X(Basefont, "basefont",                        \
                                                                           kCounts | kStyles)                           \
                                                                X(Center, "center", kCounts) X(                         \
                                                                    Dir, "dir",                                         \
                                                                    kCounts) X(Font, "font",                            \
                                                                               kCounts |                                \
                                                                                   kStyles)                             \
                                                                    X(Frame, "frame", kCounts | kLinks) X(              \
                                                                        Frameset,                                       \
                                                                        "frameset",                                     \
                                                                        kCounts) X(Iframe,                              \
                                                                                   "iframe",                            \
                                                                                   kCounts | kLinks) X(Isindex,         \
                                                                                                       "isindex",       \
                                                                                                       kCounts)         \
                                                                        X(Menu, "menu", kCounts) X(                     \
                                                                            Noframes,                                   \
                                                                            "noframes",                                 \
                                                                            kCounts) X(S, "s", kCounts)                 \
                                                                            X(Strike, "strike", kCounts) X(             \
                                                                                U, "u",                                 \
                                                                                kCounts) X(Nobr,                        \
                                                                                           "n"                          \
                                                                                           "o"                          \
                                                                                           "b"                          \
                                                                                           "r",                         \
                                                                                           kCounts)                     \
                                                                                X(XSigsep,                              \
                                                                                  "x-"                                  \
                                                                                  "sigse"                               \
                                                                                  "p",                                  \
                                                                                  kCounts) X(XTab,                      \
                                                                                             "x-"                       \
                                                                                             "ta"                       \
                                                                                             "b",                       \
                                                                                             kCounts)                   \
                                                                                    X(Bgsound,                          \
                                                                                      "bg"                              \
                                                                                      "so"                              \
                                                                                      "un"                              \
                                                                                      "d",                              \
                                                                                      kLinks)                           \
                                                                                        X(Embed,                        \
                                                                                          "em"                          \
                                                                                          "be"                          \
                                                                                          "d",                          \
                                                                                          kLinks |                      \
                                                                                              kBlank)                   \
                                                                                            X(Listing,                  \
                                                                                              "li"                      \
                                                                                              "st"                      \
                                                                                              "in"                      \
                                                                                              "g",                      \
                                                                                              kParagraph)               \
                                                                                                X(Plaintext,            \
                                                                                                  "plaintext",          \
                                                                                                  kParagraph)           \
                                                                                                    X(Xmp,              \
                                                                                                      "xmp",            \
                                                                                                      kParagraph)
// clang-format on

enum class Element : uint8_t {
#define HTML_ENUMERATOR(id, name, traits) id,
    HTML_ELEMENTS(HTML_ENUMERATOR)
#undef HTML_ENUMERATOR
        Unknown
};
inline constexpr size_t kElementCount = static_cast<size_t>(Element::Unknown);

// Without regard to ASCII case.
Element find_element(std::string_view name);
std::string_view element_name(Element element);
uint8_t element_traits(Element element);

}  // namespace html

#endif  // HTML_ELEMENT_H
