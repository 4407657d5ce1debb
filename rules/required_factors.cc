#include "rules/required_factors.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <unordered_map>

#include "regex/syntax_tree.h"
#include "regex/translate.h"

namespace rules {

using regex::ByteSet;
using regex::SyntaxTree;
using Kind = SyntaxTree::Kind;
using Factor = RequiredFactors::Factor;

namespace {

// A beginning of what a node can match: all of it, or cut off.
struct Beginning {
    Factor text;
    bool cut = false;
    friend bool operator==(const Beginning&, const Beginning&) = default;
};
using Beginnings = std::vector<Beginning>;

constexpr size_t kMaxBeginnings = 48;   // of a sequence, before it is cut off
constexpr size_t kMaxStarts = 64;       // places of one sequence that are tried
constexpr double kUseless = 1.0 / 300;  // factors more frequent than this find nearly every line
constexpr int kMaxDepth = 40;           // of groups looked into

// What mail is full of, however rare its bytes are.
constexpr std::string_view kSample =
    "http://www.example.com/index.html https://www.example.net/images/ "
    "http://example.org/page.php?id=1&"
    "https://click.example.com/track/click?u=30&id=12345 http://mail.example.com http://"
    "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; "
    "charset=iso-8859-1\"><title>"
    "</title><style type=\"text/css\"></style></head><body bgcolor=\"#ffffff\"><table "
    "width=\"100%\" "
    "border=\"0\" cellspacing=\"0\" cellpadding=\"0\"><tr><td align=\"center\" "
    "valign=\"top\"><font "
    "face=\"Arial, Helvetica, sans-serif\" size=\"2\" color=\"#000000\"><a "
    "href=\"http://www.example"
    ".com/\" target=\"_blank\"><img src=\"http://www.example.com/images/a.gif\" width=\"1\" "
    "height=\"1\" "
    "border=\"0\" alt=\"\"></a></font></td></tr></table><br><p>&nbsp;</p><div style=\"font-family: "
    "arial; font-size: 12px; color: #333333; text-decoration: none; margin: 0px; padding: 0px;\">"
    "</div><span class=\"text\"></span><b></b></body></html> Received: from mail.example.com "
    "(mail.example.com [192.0.2.1]) by mx.example.org (Postfix) with ESMTP id 12345ABC for "
    "<user@example.org>; Mon, 12 Jan 2004 10:11:12 +0000 (GMT) Message-ID: <1234@mail.example.com> "
    "From: \"John\" <john@example.com> To: user@example.org Subject: Re: [list] the new version "
    "Content-Type: text/plain; charset=\"us-ascii\" Content-Transfer-Encoding: 7bit MIME-Version: "
    "1.0 "
    "Date: Tue, 13 Aug 2002 X-Mailer: Microsoft Outlook Express 6.00 List-Unsubscribe: mailto: "
    "\n\nIf you do not wish to receive any more email from us please click here to unsubscribe "
    "from this "
    "mailing list. You are receiving this message because you have been subscribed. The "
    "information "
    "in this e-mail is for the use of the person it was sent to. We will be there for you with all "
    "the "
    "money and your account, our company has business and free offers that will make your life; "
    "contact us for more information on this site, this is not what I would have thought, it's "
    "just one time, but they don't know how to get out of here. Please send your name, address, "
    "phone number to me as soon as possible. Thank you, best regards. I'm looking for people who "
    "can "
    "help with that. On Wed, Aug 21, 2002 at 12:34:56PM, someone wrote: > -- "
    "\n_____________________"
    "__________________________\n----------------------------------------\n==================== "
    "Copyright (c) 2005 All rights reserved. Privacy Policy. $100 100% !!! ... *** ### +++ 000 111 "
    "Linux mailing list https://lists.example.net/lists/listinfo/users   \r\n\r\n\t\t    ~~~~";

std::array<double, 256> byte_shares() {
    std::array<double, 256> share{};
    share.fill(0.0004);
    static constexpr double kLetters[26] = {6.5, 1.3, 2.6, 3.2, 10,  1.8, 1.7, 3.5, 6.0,
                                            .25, .7,  3.6, 2.2, 5.8, 6.3, 1.9, .15, 5.3,
                                            5.6, 7.5, 2.3, .9,  1.4, .4,  1.6, .3};
    for (size_t i = 0; i < 26; ++i) {
        share['a' + i] = kLetters[i] * 0.0075;
        share['A' + i] = kLetters[i] * 0.001 + 0.002;
    }
    for (size_t c = '0'; c <= '9'; ++c)
        share[c] = 0.008;
    share[' '] = 0.15;
    for (char c : std::string_view(".,-/=<>\"\n"))
        share[static_cast<unsigned char>(c)] = 0.012;
    for (char c : std::string_view(":;_&%+*'()!?@#\r\t"))
        share[static_cast<unsigned char>(c)] = 0.004;
    return share;
}

double share_of(const ByteSet& set) {
    static const std::array<double, 256> shares = byte_shares();
    double sum = 0;
    for (size_t c = 0; c < 256; ++c)
        if (set.test(c))
            sum += shares[c];
    return std::min(sum, 1.0);
}

// A set of places in the sample, one bit each.
using Places = std::array<uint64_t, (kSample.size() + 63) / 64>;

const std::array<Places, 256>& places_of_bytes() {
    static const std::array<Places, 256> table = [] {
        std::array<Places, 256> t{};
        for (size_t i = 0; i < kSample.size(); ++i)
            t[static_cast<unsigned char>(kSample[i])][i / 64] |= uint64_t{1} << (i % 64);
        return t;
    }();
    return table;
}

// The classes of a pattern, and how often sequences of them are met in mail.
class ClassTable {
public:
    explicit ClassTable(const std::vector<ByteSet>& classes) : classes_(classes) {
        for (size_t i = 0; i < classes_.size(); ++i) {
            numbers_.try_emplace(classes_[i], static_cast<uint32_t>(i));
            shares_.push_back(share_of(classes_[i]));
        }
        places_.resize(classes_.size());
    }
    const std::vector<ByteSet>& classes() const { return classes_; }
    const std::vector<double>& shares() const { return shares_; }
    uint32_t number(const ByteSet& set) {
        auto [it, is_new] = numbers_.try_emplace(set, static_cast<uint32_t>(classes_.size()));
        if (is_new) {
            classes_.push_back(set);
            shares_.push_back(share_of(set));
            places_.emplace_back();
        }
        return it->second;
    }
    // By the bytes alone.
    double share(const Factor& f) const {
        double product = 1;
        for (uint32_t i = 0; i < f.length; ++i)
            product *= shares_[f.classes[i]];
        return product;
    }
    // By the sample as well.
    double frequency(const Factor& f) {
        return std::max(share(f), finds(f) / static_cast<double>(kSample.size()));
    }

private:
    int finds(const Factor& f) {
        Places all;
        all.fill(~uint64_t{0});
        for (uint32_t i = 0; i < f.length; ++i) {
            const Places& here = places(f.classes[i]);
            for (size_t w = 0; w < all.size(); ++w) {
                uint64_t next = i > 0 && w + 1 < all.size() ? here[w + 1] << (64 - i) : 0;
                all[w] &= here[w] >> i | next;
            }
        }
        int n = 0;
        for (uint64_t w : all)
            n += std::popcount(w);
        return n;
    }
    const Places& places(uint32_t number) {
        auto& kept = places_[number];
        if (!kept) {
            kept = std::make_unique<Places>();
            for (size_t c = 0; c < 256; ++c)
                if (classes_[number].test(c))
                    for (size_t w = 0; w < kept->size(); ++w)
                        (*kept)[w] |= places_of_bytes()[c][w];
        }
        return *kept;
    }
    std::vector<ByteSet> classes_;
    std::unordered_map<ByteSet, uint32_t> numbers_;
    std::vector<double> shares_;
    std::vector<std::unique_ptr<Places>> places_;  // made on first use
};

class FactorFinder {
public:
    FactorFinder(const SyntaxTree& tree, ClassTable& classes, size_t length)
        : tree_(tree), classes_(classes), length_(length), beginnings_(tree.size()) {}

    struct Found {
        std::vector<Factor> factors;
        double frequency = 1;
    };

    // The rarest factors of a node. `rest` are the beginnings of what follows it.
    Found best(SyntaxTree::Index index, const Beginnings& rest, int depth) {
        const auto& n = tree_.node(index);
        Found found;
        consider(found, joined(beginnings(index), rest));
        if (depth >= kMaxDepth)
            return found;
        switch (n.kind) {
            case Kind::Capture:
                keep_rarer(found, best(n.children[0], rest, depth + 1));
                break;
            case Kind::Repeat:
                if (n.min > 0 && n.max > 0)
                    keep_rarer(found,
                               best(n.children[0], n.max == 1 ? rest : anything(), depth + 1));
                break;
            case Kind::Alternation: {
                Found all{{}, 0};
                for (auto child : n.children) {
                    Found one = best(child, rest, depth + 1);
                    all.frequency += one.frequency;
                    all.factors.insert(all.factors.end(), one.factors.begin(), one.factors.end());
                    if (all.frequency > kUseless ||
                        all.factors.size() > RequiredFactors::kMaxFactors)
                        return found;
                }
                keep_rarer(found, std::move(all));
                break;
            }
            case Kind::Sequence: {
                // From the back, so that each place knows what follows it.
                Beginnings following = rest;
                for (size_t i = n.children.size(); i-- > 0;) {
                    if (i < kMaxStarts) {
                        Kind kind = tree_.node(n.children[i]).kind;
                        if (kind == Kind::Class)
                            consider(found, joined(beginnings(n.children[i]), following));
                        else if (kind != Kind::Look && kind != Kind::Assertion)
                            keep_rarer(found, best(n.children[i], following, depth + 1));
                    }
                    following = joined(beginnings(n.children[i]), following);
                }
                break;
            }
            default:
                break;
        }
        return found;
    }
    static Beginnings anything() { return {Beginning{{}, true}}; }
    static Beginnings nothing() { return {Beginning{}}; }

private:
    void consider(Found& found, const Beginnings& from) {
        std::vector<Factor> factors;
        for (const Beginning& b : from) {
            if (b.text.length < 2)
                return;
            factors.push_back(b.text);
        }
        // The sample is looked at only where the bytes alone do not settle it.
        double share = 0, frequency = 0;
        for (const Factor& f : factors) {
            share += classes_.share(f);
            if (share >= found.frequency)
                return;
        }
        for (const Factor& f : factors) {
            frequency += classes_.frequency(f);
            if (frequency >= found.frequency)
                return;
        }
        keep_rarer(found, Found{std::move(factors), frequency});
    }
    static void keep_rarer(Found& found, Found other) {
        if (!other.factors.empty() && other.frequency < found.frequency)
            found = std::move(other);
    }

    // All beginnings of one length as one, with the bytes that any has at each place.
    Beginnings merged(const Beginnings& from) {
        struct Group {
            bool used = false;
            std::array<ByteSet, RequiredFactors::kMaxLength> sets;
        };
        Group groups[RequiredFactors::kMaxLength + 1][2];
        for (const Beginning& b : from) {
            Group& group = groups[b.text.length][b.cut];
            group.used = true;
            for (size_t i = 0; i < b.text.length; ++i)
                group.sets[i] |= classes_.classes()[b.text.classes[i]];
        }
        Beginnings out;
        for (size_t length = 0; length <= RequiredFactors::kMaxLength; ++length) {
            for (bool cut : {false, true}) {
                if (!groups[length][cut].used)
                    continue;
                Beginning b;
                b.cut = cut;
                b.text.length = static_cast<uint8_t>(length);
                for (size_t i = 0; i < length; ++i)
                    b.text.classes[i] = classes_.number(groups[length][cut].sets[i]);
                out.push_back(b);
            }
        }
        return out;
    }

    bool too_many(const Beginnings& first, const Beginnings& second) const {
        size_t whole = 0;
        for (const Beginning& b : first)
            whole += !b.cut && b.text.length < length_;
        return first.size() - whole + whole * second.size() > kMaxBeginnings;
    }

    Beginnings joined(const Beginnings& first, const Beginnings& second) {
        if (!too_many(first, second))
            return joined(first, second, false);
        Beginnings second_merged = merged(second);
        if (!too_many(first, second_merged))
            return joined(first, second_merged, false);
        Beginnings first_merged = merged(first);
        return joined(first_merged, second_merged, too_many(first_merged, second_merged));
    }

    Beginnings joined(const Beginnings& first, const Beginnings& second, bool cut_off) const {
        Beginnings out;
        for (const Beginning& b : first) {
            if (b.cut || b.text.length >= length_ || cut_off) {
                add(out, {b.text, true});
                continue;
            }
            for (const Beginning& s : second) {
                Beginning both = b;
                size_t room = length_ - both.text.length;
                size_t taken = std::min<size_t>(room, s.text.length);
                for (size_t i = 0; i < taken; ++i)
                    both.text.classes[both.text.length++] = s.text.classes[i];
                both.cut = s.cut || taken < s.text.length;
                add(out, both);
            }
        }
        return out;
    }
    static void add(Beginnings& to, const Beginning& b) {
        if (to.size() > kMaxBeginnings || std::find(to.begin(), to.end(), b) == to.end())
            to.push_back(b);
    }

    // Asked for anew for each group that a node stands in, so the answers are kept.
    const Beginnings& beginnings(SyntaxTree::Index index, int depth = 0) {
        auto& kept = beginnings_[index];
        if (!kept)
            kept = find_beginnings(index, depth);
        return *kept;
    }

    Beginnings find_beginnings(SyntaxTree::Index index, int depth) {
        const auto& n = tree_.node(index);
        if (depth >= kMaxDepth)
            return anything();
        switch (n.kind) {
            case Kind::Empty:
            case Kind::Look:
            case Kind::Assertion:
                return nothing();
            case Kind::Class: {
                Beginning b;
                b.text.classes[0] = n.class_index;
                b.text.length = 1;
                return {b};
            }
            case Kind::Capture:
                return beginnings(n.children[0], depth + 1);
            case Kind::Sequence: {
                Beginnings out = nothing();
                for (auto child : n.children) {
                    out = joined(out, beginnings(child, depth + 1));
                    if (std::all_of(out.begin(), out.end(), [](const auto& b) { return b.cut; }))
                        break;
                }
                return out;
            }
            case Kind::Alternation: {
                Beginnings out;
                for (auto child : n.children) {
                    for (const Beginning& b : beginnings(child, depth + 1))
                        add(out, b);
                    if (out.size() > RequiredFactors::kMaxFactors)
                        out = merged(out);
                }
                return out;
            }
            case Kind::Repeat: {
                Beginnings child = beginnings(n.children[0], depth + 1), out, copies = nothing();
                for (uint32_t k = 0;; ++k) {
                    if (k >= n.min)
                        for (const Beginning& b : copies)
                            add(out, b);
                    if (k == n.max)
                        break;
                    bool all_cut = std::all_of(copies.begin(), copies.end(),
                                               [](const auto& b) { return b.cut; });
                    if (k > length_ || all_cut || out.size() > kMaxBeginnings) {
                        // More copies begin as these do.
                        for (Beginning b : copies) {
                            b.cut = true;
                            add(out, b);
                        }
                        break;
                    }
                    copies = joined(copies, child);
                }
                return out;
            }
            case Kind::BackReference:
            case Kind::Opaque:
                break;
        }
        return anything();
    }

    const SyntaxTree& tree_;
    ClassTable& classes_;
    const size_t length_;
    std::vector<std::optional<Beginnings>> beginnings_;  // by node
};

}  // namespace

std::optional<RequiredFactors> required_factors(std::string_view pattern, regex::Flags flags) {
    auto translated = regex::translate(pattern, flags);
    if (!translated)
        return std::nullopt;
    SyntaxTree tree = SyntaxTree::parse(*translated, flags);
    if (tree.is_opaque())
        return std::nullopt;
    ClassTable classes(tree.classes());
    FactorFinder::Found found;
    for (size_t length : {RequiredFactors::kMaxLength, size_t{3}}) {
        FactorFinder finder(tree, classes, length);
        auto other = finder.best(tree.root(), FactorFinder::nothing(), 0);
        if (!other.factors.empty() && other.frequency < found.frequency)
            found = std::move(other);
        if (found.frequency < kUseless / 10)
            break;
    }
    if (found.factors.empty() || found.frequency > kUseless ||
        found.factors.size() > RequiredFactors::kMaxFactors)
        return std::nullopt;
    return RequiredFactors{std::move(found.factors), classes.classes(), classes.shares(),
                           found.frequency};
}

}  // namespace rules
