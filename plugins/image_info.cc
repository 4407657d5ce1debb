// Mail::SpamAssassin::Plugin::ImageInfo: sizes and names of attached pictures, read from the first
// bytes of GIF, PNG and JPEG files.

#include <cmath>
#include <map>
#include <set>

#include "plugins/arguments.h"
#include "plugins/makers.h"
#include "plugins/patterns.h"
#include "plugins/text_lines.h"
#include "util/strings.h"

namespace plugins {

namespace {

using rules::EvalCall;
using rules::MessageStatus;

struct Size {
    double height = 0, width = 0;
    bool operator<(const Size& o) const {
        return height != o.height ? height < o.height : width < o.width;
    }
};

struct Kind {
    double count = 0, pixels = 0;
    std::set<Size> sizes;
};

struct Images {
    bool found = false;
    std::map<std::string, Kind, std::less<>> kinds;  // "gif", "png", "jpeg", "all"
    std::set<std::string, std::less<>> names;
};

double big_endian(std::string_view bytes) {
    double value = 0;
    for (unsigned char c : bytes)
        value = value * 256 + c;
    return value;
}

Size gif_size(std::string_view data) {
    if (data.size() < 10 || (!data.starts_with("GIF87a") && !data.starts_with("GIF89a")))
        return {};
    auto little = [&](size_t at) {
        return static_cast<double>(static_cast<unsigned char>(data[at]) +
                                   256 * static_cast<unsigned char>(data[at + 1]));
    };
    return {little(8), little(6)};
}

Size png_size(std::string_view data) {
    if (!data.starts_with("\x89PNG\r\n\x1a\n"))
        return {};
    // Steps of eight bytes, as SpamAssassin takes them: it does not skip over chunks.
    for (size_t at = 8; at + 8 <= data.size(); at += 8) {
        std::string_view type = data.substr(at + 4, 4);
        if (type == "IEND")
            return {};
        if (type == "IHDR" && big_endian(data.substr(at, 4)) == 13 && at + 16 <= data.size())
            return {big_endian(data.substr(at + 12, 4)), big_endian(data.substr(at + 8, 4))};
    }
    return {};
}

Size jpeg_size(std::string_view data) {
    if (!data.starts_with("\xFF\xD8"))
        return {};
    for (size_t at = 2; at + 4 <= data.size();) {
        unsigned char mark = data[at + 1];
        size_t length = static_cast<size_t>(big_endian(data.substr(at + 2, 2)));
        if (static_cast<unsigned char>(data[at]) != 0xFF || mark == 0xDA || mark == 0xD9 ||
            length < 2)
            return {};
        at += 4;
        // The frame headers: all of C0..CF but C4, C8 and CC.
        if (mark >= 0xC0 && mark <= 0xCF && mark != 0xC4 && mark != 0xC8 && mark != 0xCC) {
            if (at + 5 > data.size())
                return {};
            return {big_endian(data.substr(at + 1, 2)), big_endian(data.substr(at + 3, 2))};
        }
        at += std::min(length - 2, data.size() - at);
    }
    return {};
}

const Images& images(MessageStatus& s) {
    auto& all = s.state<Images>();
    if (all.found)
        return all;
    all.found = true;
    for (const char* kind : {"all", "gif", "png", "jpeg"})
        all.kinds[kind];
    for (const message::Part* part : s.message().leaves()) {
        std::string_view type = part->type();
        if (!type.starts_with("image/"))
            continue;
        type.remove_prefix(6);
        if (type == "jpg")
            type = "jpeg";
        if (type != "gif" && type != "png" && type != "jpeg")
            continue;
        auto encoding = part->header("content-transfer-encoding");
        if (!encoding || !util::iequals(*encoding, "base64"))
            continue;
        const std::string& data = part->decoded();
        Size size = type == "gif"   ? gif_size(data)
                    : type == "png" ? png_size(data)
                                    : jpeg_size(data);
        for (std::string_view into : {type, std::string_view("all")}) {
            Kind& kind = all.kinds.find(into)->second;
            ++kind.count;
            if (size.height > 0 && size.width > 0) {
                kind.pixels += size.height * size.width;
                kind.sizes.insert(size);
            }
        }
        if (size.height > 0 && size.width > 0 && !part->name().empty())
            all.names.insert(part->name());
    }
    return all;
}

const Kind& kind_of(MessageStatus& s, std::string_view name) {
    static const Kind none;
    const auto& kinds = images(s).kinds;
    auto it = kinds.find(name);
    return it == kinds.end() ? none : it->second;
}

bool in_range(double value, const EvalCall& c, size_t min) {
    return value >= number(c.arg(min)) &&
           (c.args.size() <= min + 1 || value <= number(c.arg(min + 1)));
}

class ImageInfo : public rules::Plugin {
public:
    std::string_view name() const override { return "Mail::SpamAssassin::Plugin::ImageInfo"; }

    void register_in(rules::Registration& r) override {
        r.eval("image_count", [](MessageStatus& s, const EvalCall& c) -> double {
            return c.args.size() >= 2 && images(s).kinds.count(c.arg(0)) != 0 &&
                   in_range(kind_of(s, c.arg(0)).count, c, 1);
        });
        r.eval("pixel_coverage", [](MessageStatus& s, const EvalCall& c) -> double {
            return c.args.size() >= 2 && images(s).kinds.count(c.arg(0)) != 0 &&
                   in_range(kind_of(s, c.arg(0)).pixels, c, 1);
        });
        r.eval("image_to_text_ratio", [](MessageStatus& s, const EvalCall& c) -> double {
            if (c.args.size() < 3)
                return 0;
            double text = 0;
            for (const auto& line : text_lines(s, c))
                text += static_cast<double>(line.size());
            double pixels = kind_of(s, c.arg(0)).pixels;
            if (text == 0 || pixels == 0)
                return 0;
            double ratio = text / pixels;
            return ratio >= number(c.arg(1)) && ratio < number(c.arg(2));
        });
        r.eval("image_size_exact", [](MessageStatus& s, const EvalCall& c) -> double {
            return c.args.size() >= 3 &&
                   kind_of(s, c.arg(0)).sizes.count({number(c.arg(1)), number(c.arg(2))}) != 0;
        });
        r.eval("image_size_range", [](MessageStatus& s, const EvalCall& c) -> double {
            if (c.args.size() < 3)
                return 0;
            for (const Size& size : kind_of(s, c.arg(0)).sizes)
                if (size.height >= number(c.arg(1)) && size.width >= number(c.arg(2)) &&
                    (c.args.size() < 4 || size.height <= number(c.arg(3))) &&
                    (c.args.size() < 5 || size.width <= number(c.arg(4))))
                    return 1;
            return 0;
        });
        r.eval("image_named", [](MessageStatus& s, const EvalCall& c) -> double {
            return !c.args.empty() && images(s).names.find(c.arg(0)) != images(s).names.end();
        });
        r.prepared_eval("image_name_regex",
                        [](const EvalCall& c, config::Diagnostics& d,
                           const config::SourcePosition& p) -> rules::EvalFunction {
                            auto compiled = regex::Regex::compile(c.arg(0));
                            if (!compiled) {
                                d.warn(p, "imageinfo: invalid regexp for " +
                                              std::string(c.rule_name) + ": " +
                                              compiled.error().message);
                                return [](MessageStatus&, const EvalCall&) -> double { return 0; };
                            }
                            auto re = std::make_shared<regex::Regex>(std::move(*compiled));
                            return [re](MessageStatus& s, const EvalCall&) -> double {
                                for (const auto& name : images(s).names)
                                    if (re->search(name))
                                        return 1;
                                return 0;
                            };
                        });
    }
};

}  // namespace

std::unique_ptr<rules::Plugin> make_image_info() {
    return std::make_unique<ImageInfo>();
}

}  // namespace plugins
