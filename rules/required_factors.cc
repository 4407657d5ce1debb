#include "rules/required_factors.h"

#include <algorithm>
#include <bit>
#include <span>
#include <unordered_map>

#include "regex/syntax_tree.h"
#include "regex/translate.h"

namespace rules {

using regex::ByteSet;
using regex::SyntaxTree;
using Kind = SyntaxTree::Kind;

static std::array<double, 256> make_byte_shares() {
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

const std::array<double, 256>& byte_shares() {
    static const std::array<double, 256> shares = make_byte_shares();
    return shares;
}

namespace {

// A beginning of what a node can match: all of it, or cut off. Compared and copied more than
// anything else here, so it is two words, and what it does not use is zero.
struct alignas(16) Beginning {
    std::array<uint16_t, RequiredFactors::kMaxLength> classes{};
    uint16_t length = 0;
    uint16_t cut = 0;
    friend bool operator==(const Beginning& a, const Beginning& b) {
        return std::bit_cast<Words>(a) == std::bit_cast<Words>(b);
    }

private:
    struct Words {
        uint64_t first, second;
        bool operator==(const Words&) const = default;
    };
};
using Beginnings = std::vector<Beginning>;
using BeginningView = std::span<const Beginning>;

constexpr size_t kMaxBeginnings = 48;   // of a sequence, before it is cut off
constexpr size_t kMaxStarts = 256;      // so, where they are those of the whole pattern
constexpr size_t kMaxPlaces = 64;       // places of one sequence that are tried
constexpr double kUseless = 1.0 / 200;  // factors more frequent than this find nearly every line
// Starts more frequent than this are not worth a look; PCRE2 may as well try everywhere.
constexpr double kUselessStart = 1.0 / 16;
constexpr double kHopeless = 1.0 / 50;  // even where many of them are asked for
constexpr uint32_t kMaxFinds = 16;
constexpr int kMaxDepth = 40;  // of groups looked into
// Bytes of a pattern. Four hundred nanoseconds each where letters are written in disguise; longer
// ones are matched with every text instead.
constexpr size_t kMaxPattern = 300'000;
constexpr size_t kClassesKept = 8192;  // from one pattern to the next

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

double share_of(const ByteSet& set) {
    const auto& shares = byte_shares();
    double sum = 0;
    for (size_t c = set._Find_first(); c < 256; c = set._Find_next(c))
        sum += shares[c];
    return std::min(sum, 1.0);
}

bool has_no_ascii(const ByteSet& set) {
    return set._Find_first() >= 0x80;
}

// A set of places in the sample, one bit each.
using Places = std::array<uint64_t, (kSample.size() + 63) / 64>;

bool has_place(const Places& places, size_t at) {
    return at < kSample.size() && (places[at / 64] >> (at % 64) & 1) != 0;
}

struct Sample {
    std::array<Places, 256> places{};  // by byte
    ByteSet bytes;                     // that occur
    Sample() {
        for (size_t i = 0; i < kSample.size(); ++i) {
            auto c = static_cast<unsigned char>(kSample[i]);
            places[c][i / 64] |= uint64_t{1} << (i % 64);
            bytes.set(c);
        }
    }
};

const Sample& sample() {
    static const Sample made;
    return made;
}

}  // namespace

// The classes met so far, numbered, and how often sequences of them are met in mail.
class FactorAnalyzer::ClassTable {
public:
    static constexpr size_t kMaxClasses = UINT16_MAX;

    void clear() {
        classes_.clear();
        numbers_.clear();
        shares_.clear();
        high_.clear();
        unions_.clear();
        recent_unions_.assign(kRecentUnions, {});
        finds_.clear();
    }
    const ByteSet& set(uint16_t number) const { return classes_[number]; }
    double share(uint16_t number) const { return shares_[number]; }
    // Whether no byte of the class is ASCII.
    bool is_high(uint16_t number) const { return high_[number]; }
    // The class of the bytes of both.
    uint16_t either(uint16_t a, uint16_t b) {
        if (a == b)
            return a;
        uint32_t both = uint32_t{std::min(a, b)} << 16 | std::max(a, b);
        Union& recent = recent_unions_[(both ^ both >> 13) % kRecentUnions];
        if (recent.both == both)
            return recent.number;
        auto [it, is_new] = unions_.try_emplace(both, uint16_t{0});
        if (is_new)
            it->second = number(classes_[a] | classes_[b]);
        recent = {both, it->second};
        return it->second;
    }
    size_t size() const { return classes_.size(); }
    // Past kMaxClasses the numbers mean nothing; whoever asked looks at size().
    uint16_t number(const ByteSet& set) {
        auto [it, is_new] = numbers_.try_emplace(set, static_cast<uint16_t>(classes_.size()));
        if (is_new) {
            classes_.push_back(set);
            shares_.push_back(share_of(set));
            high_.push_back(has_no_ascii(set));
            finds_.emplace_back();
        }
        return it->second;
    }
    // By the bytes alone.
    double share(const Beginning& f) const {
        double product = 1;
        for (uint32_t i = 0; i < f.length; ++i)
            product *= shares_[f.classes[i]];
        return product;
    }
    // The larger of share() and what the sample says, added to `sum`. Gives up at `limit`.
    double add_frequency(double sum, const Beginning& f, double limit) {
        double by_share = share(f);
        // Only where the rarest class is found the rest has to be looked at.
        uint32_t rarest = 0;
        for (uint32_t i = 0; i < f.length; ++i)
            if (finds(f.classes[i]).count < finds(f.classes[rarest]).count)
                rarest = i;
        const Finds& here = *finds_[f.classes[rarest]];
        int found = 0;
        // Says whether to go on.
        auto look_at = [&](size_t at) {
            if (at < rarest)
                return true;
            uint32_t i = 0;
            while (i < f.length && has_place(finds_[f.classes[i]]->places, at - rarest + i))
                ++i;
            if (i < f.length)
                return true;
            ++found;
            return sum + found / static_cast<double>(kSample.size()) < limit;
        };
        if (here.count <= kMaxListed) {
            for (int i = 0; i < here.count; ++i)
                if (!look_at(here.list[static_cast<size_t>(i)]))
                    return limit;
        } else {
            for (size_t w = 0; w < here.places.size(); ++w)
                for (uint64_t bits = here.places[w]; bits != 0; bits &= bits - 1)
                    if (!look_at(w * 64 + static_cast<size_t>(std::countr_zero(bits))))
                        return limit;
        }
        return sum + std::max(by_share, found / static_cast<double>(kSample.size()));
    }

private:
    static constexpr int kMaxListed = 64;
    struct Finds {
        Places places{};
        int count = 0;
        std::array<uint16_t, kMaxListed> list{};  // the places, if there are no more than that
    };
    const Finds& finds(uint16_t number) {
        auto& kept = finds_[number];
        if (!kept) {
            kept = std::make_unique<Finds>();
            ByteSet bytes = classes_[number] & sample().bytes;
            for (size_t c = bytes._Find_first(); c < 256; c = bytes._Find_next(c))
                for (size_t w = 0; w < kept->places.size(); ++w)
                    kept->places[w] |= sample().places[c][w];
            for (size_t w = 0; w < kept->places.size(); ++w)
                for (uint64_t bits = kept->places[w]; bits != 0; bits &= bits - 1)
                    if (int n = kept->count++; n < kMaxListed)
                        kept->list[static_cast<size_t>(n)] = static_cast<uint16_t>(
                            w * 64 + static_cast<size_t>(std::countr_zero(bits)));
        }
        return *kept;
    }

    std::vector<ByteSet> classes_;
    std::unordered_map<ByteSet, uint16_t> numbers_;
    std::unordered_map<uint32_t, uint16_t> unions_;  // of two classes
    // The same few thousand are asked for all the time. No two classes are both number 0.
    struct Union {
        uint32_t both = 0;
        uint16_t number = 0;
    };
    static constexpr size_t kRecentUnions = 8192;
    std::vector<Union> recent_unions_ = std::vector<Union>(kRecentUnions);
    std::vector<double> shares_;
    std::vector<bool> high_;
    std::vector<std::unique_ptr<Finds>> finds_;  // made on first use
};

namespace {

// Where a class stands alone.
Beginning single(uint16_t number) {
    Beginning b;
    b.classes[0] = number;
    b.length = 1;
    return b;
}

bool all_cut(BeginningView all) {
    return std::all_of(all.begin(), all.end(), [](const Beginning& b) { return b.cut != 0; });
}

}  // namespace

struct FactorAnalyzer::Found {
    Beginnings factors;
    double frequency = 1;  // of the factors
    uint32_t finds = 1;    // that a match has
    // Fewer texts have several of them.
    double cost() const { return frequency / (finds * finds); }
};

class FactorAnalyzer::Finder {
public:
    // `numbers` are those of the tree's classes, `most` how many beginnings a sequence may have.
    Finder(const SyntaxTree& tree, const std::vector<uint16_t>& numbers, ClassTable& classes,
           size_t length, bool fine, size_t most)
        : tree_(tree),
          classes_(classes),
          length_(length),
          fine_(fine),
          most_(most),
          beginnings_(tree.size()) {
        singles_.reserve(numbers.size());
        for (uint16_t number : numbers)
            singles_.push_back(single(number));
    }

    Found best() {
        Beginnings rest = nothing();
        return best(tree_.root(), rest, joined(beginnings(tree_.root()), rest), 0);
    }
    BeginningView starts() { return beginnings(tree_.root()); }

private:
    // The rarest factors of a node. `rest` are the beginnings of what follows it, `whole` those of
    // the node and what follows it.
    Found best(SyntaxTree::Index index, BeginningView rest, BeginningView whole, int depth) {
        const auto& n = tree_.node(index);
        Found found;
        consider(found, whole);
        if (depth >= kMaxDepth)
            return found;
        switch (n.kind) {
            case Kind::Capture:
                keep_rarer(found, best(tree_.child(n), rest, whole, depth + 1));
                break;
            case Kind::Repeat:
                if (n.min > 0 && n.max > 0) {
                    Beginnings any = anything();
                    if (n.max > 1)
                        rest = any;
                    // Without what follows, factors lie within their copy of the child: each copy
                    // has its own.
                    Found one = best(tree_.child(n), rest, joined(beginnings(tree_.child(n)), rest),
                                     depth + 1);
                    if (n.max > 1)
                        one.finds = std::min(one.finds * std::min(n.min, kMaxFinds), kMaxFinds);
                    keep_rarer(found, std::move(one));
                }
                break;
            case Kind::Alternation: {
                Found all{{}, 0, kMaxFinds};
                for (auto child : tree_.children(n)) {
                    Found one = best(child, rest, joined(beginnings(child), rest), depth + 1);
                    all.frequency += one.frequency;
                    all.finds = std::min(all.finds, one.finds);
                    all.factors.insert(all.factors.end(), one.factors.begin(), one.factors.end());
                    if (all.frequency > kHopeless ||
                        all.factors.size() > RequiredFactors::kMaxFactors)
                        return found;
                }
                keep_rarer(found, std::move(all));
                break;
            }
            case Kind::Sequence: {
                // From the back, so that each place knows what follows it.
                auto children = tree_.children(n);
                Beginnings following(rest.begin(), rest.end());
                for (size_t i = children.size(); i-- > 0;) {
                    Beginnings here = joined(beginnings(children[i]), following);
                    if (i < kMaxPlaces) {
                        Kind kind = tree_.node(children[i]).kind;
                        if (kind == Kind::Class)
                            consider(found, here);
                        else if (kind != Kind::Look && kind != Kind::Assertion)
                            keep_rarer(found, best(children[i], following, here, depth + 1));
                    }
                    following = std::move(here);
                }
                break;
            }
            default:
                break;
        }
        return found;
    }
    static Beginnings anything() {
        Beginning b;
        b.cut = 1;
        return {b};
    }
    static Beginnings nothing() { return {Beginning{}}; }

    void consider(Found& found, BeginningView from) {
        // The sample is looked at only where the bytes alone do not settle it.
        double share = 0, frequency = 0;
        for (const Beginning& b : from) {
            if (b.length < 2)
                return;
            share += classes_.share(b);
            if (share >= found.cost())
                return;
        }
        for (const Beginning& b : from) {
            frequency = classes_.add_frequency(frequency, b, found.cost());
            if (frequency >= found.cost())
                return;
        }
        if (from.empty())
            return;
        found.frequency = frequency;
        found.finds = 1;
        found.factors.assign(from.begin(), from.end());
    }
    static void keep_rarer(Found& found, Found other) {
        if (!other.factors.empty() && other.cost() < found.cost())
            found = std::move(other);
    }

    // All beginnings of one length as one, with the bytes that any has at each place. With fine_,
    // those that leave ASCII at different places stay apart: disguises of a word in other scripts
    // must not blur its plain spelling.
    Beginnings merged(BeginningView from) {
        struct Group {
            bool used = false;
            std::array<ByteSet, RequiredFactors::kMaxLength> sets;
        };
        constexpr size_t kPlaces = RequiredFactors::kMaxLength + 1;
        Group groups[kPlaces][kPlaces][2];  // length, ASCII bytes in front, cut
        for (const Beginning& b : from) {
            Group& group = groups[b.length][fine_ ? ascii_in_front(b) : 0][b.cut];
            group.used = true;
            for (size_t i = 0; i < b.length; ++i)
                group.sets[i] |= classes_.set(b.classes[i]);
        }
        Beginnings out;
        for (size_t length = 0; length < kPlaces; ++length) {
            for (size_t ascii = 0; ascii < kPlaces; ++ascii) {
                for (bool cut : {false, true}) {
                    const Group& group = groups[length][ascii][cut];
                    if (!group.used)
                        continue;
                    Beginning b;
                    b.cut = cut ? 1 : 0;
                    b.length = static_cast<uint16_t>(length);
                    for (size_t i = 0; i < length; ++i)
                        b.classes[i] = classes_.number(group.sets[i]);
                    out.push_back(b);
                }
            }
        }
        return out;
    }

    size_t ascii_in_front(const Beginning& b) const {
        size_t n = 0;
        while (n < b.length && !classes_.is_high(b.classes[n]))
            ++n;
        return n;
    }

    // Letters in disguise are written in many scripts. Beginnings of one length that are alike up
    // to their first byte beyond ASCII are made one; plain spellings stay as they are.
    void merge_disguises(Beginnings& list) {
        // What those that become one have in common, as a beginning of its own.
        alike_.clear();
        size_t kept = 0;
        for (size_t i = 0; i < list.size(); ++i) {
            const Beginning b = list[i];
            size_t ascii = ascii_in_front(b), same = kept;
            Beginning common;
            if (ascii < b.length) {
                std::copy_n(b.classes.begin(), ascii, common.classes.begin());
                common.length = b.length;
                common.cut = static_cast<uint16_t>(b.cut | (ascii + 1) << 1);
                same = static_cast<size_t>(std::find(alike_.begin(), alike_.end(), common) -
                                           alike_.begin());
            }
            if (same == kept) {
                list[kept++] = b;
                alike_.push_back(common);
                continue;
            }
            for (size_t j = ascii; j < b.length; ++j)
                list[same].classes[j] = classes_.either(list[same].classes[j], b.classes[j]);
        }
        list.resize(kept);
    }

    bool seeks_starts() const { return most_ == kMaxStarts; }

    bool too_many(BeginningView first, BeginningView second) const {
        size_t whole = 0;
        for (const Beginning& b : first)
            whole += b.cut == 0 && b.length < length_;
        return first.size() - whole + whole * second.size() > most_;
    }

    Beginnings joined(BeginningView first, BeginningView second) {
        if (!too_many(first, second))
            return joined(first, second, false);
        if (seeks_starts()) {
            // Rather cut off than blurred: the beginning is what matters.
            Beginnings cut(first.begin(), first.end());
            for (Beginning& b : cut)
                if (b.length > 2)
                    b.cut = 1;
            if (!too_many(cut, second))
                return joined(cut, second, false);
        }
        Beginnings second_merged = merged(second);
        if (!too_many(first, second_merged))
            return joined(first, second_merged, false);
        Beginnings first_merged = merged(first);
        return joined(first_merged, second_merged, too_many(first_merged, second_merged));
    }

    Beginnings joined(BeginningView first, BeginningView second, bool cut_off) {
        Beginnings out;
        out.reserve(cut_off ? first.size() : std::min(first.size() * second.size(), most_));
        for (const Beginning& b : first) {
            Beginning both = b;
            if (b.cut != 0 || b.length >= length_ || cut_off) {
                both.cut = 1;
                add(out, both);
                continue;
            }
            size_t room = length_ - b.length;
            for (const Beginning& s : second) {
                size_t taken = std::min<size_t>(room, s.length);
                for (size_t i = 0; i < taken; ++i)
                    both.classes[b.length + i] = s.classes[i];
                for (size_t i = b.length + taken; i < both.classes.size(); ++i)
                    both.classes[i] = 0;
                both.length = static_cast<uint16_t>(b.length + taken);
                both.cut = s.cut != 0 || taken < s.length;
                add(out, both);
            }
        }
        merge_disguises(out);
        return out;
    }
    void add(Beginnings& to, const Beginning& b) const {
        if (to.size() > most_ || std::find(to.begin(), to.end(), b) == to.end())
            to.push_back(b);
    }

    // Asked for anew for each group that a node stands in, so the answers are kept.
    BeginningView beginnings(SyntaxTree::Index index, int depth = 0) {
        if (const auto& n = tree_.node(index); n.kind == Kind::Class)
            return {&singles_[n.class_index], 1};
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
            case Kind::Capture: {
                auto child = beginnings(tree_.child(n), depth + 1);
                return {child.begin(), child.end()};
            }
            case Kind::Sequence: {
                Beginnings out = nothing();
                for (auto child : tree_.children(n)) {
                    out = joined(out, beginnings(child, depth + 1));
                    if (all_cut(out))
                        break;
                }
                return out;
            }
            case Kind::Alternation: {
                Beginnings out;
                for (auto child : tree_.children(n)) {
                    for (const Beginning& b : beginnings(child, depth + 1))
                        add(out, b);
                    if (out.size() > RequiredFactors::kMaxFactors)
                        out = merged(out);
                }
                merge_disguises(out);
                return out;
            }
            case Kind::Repeat: {
                BeginningView child = beginnings(tree_.child(n), depth + 1);
                Beginnings out, copies = nothing();
                for (uint32_t k = 0;; ++k) {
                    if (k >= n.min)
                        for (const Beginning& b : copies)
                            add(out, b);
                    if (k == n.max)
                        break;
                    // Another copy would blur them.
                    bool is_enough = seeks_starts() && k > 0 && too_many(copies, child);
                    if (is_enough || k > length_ || all_cut(copies) || out.size() > most_) {
                        // More copies begin as these do.
                        for (Beginning b : copies) {
                            b.cut = 1;
                            add(out, b);
                        }
                        break;
                    }
                    copies = joined(copies, child);
                }
                return out;
            }
            case Kind::Class:  // see beginnings()
            case Kind::BackReference:
            case Kind::Opaque:
                break;
        }
        return anything();
    }

    const SyntaxTree& tree_;
    ClassTable& classes_;
    const size_t length_;
    const bool fine_;  // see merged()
    const size_t most_;
    Beginnings alike_;                                   // scratch of merge_disguises()
    std::vector<Beginning> singles_;                     // by class of the tree
    std::vector<std::optional<Beginnings>> beginnings_;  // by node; stay where they are
};

FactorAnalyzer::FactorAnalyzer() : classes_(std::make_unique<ClassTable>()) {}
FactorAnalyzer::~FactorAnalyzer() = default;

std::vector<uint16_t> FactorAnalyzer::class_numbers(const SyntaxTree& tree) {
    std::vector<uint16_t> numbers;
    for (const ByteSet& set : tree.classes())
        numbers.push_back(classes_->number(set));
    return numbers;
}

FactorAnalyzer::Found FactorAnalyzer::rarest(const SyntaxTree& tree) {
    std::vector<uint16_t> numbers = class_numbers(tree);
    Found found;
    for (size_t length : {RequiredFactors::kMaxLength, size_t{3}}) {
        for (bool fine : {true, false}) {
            Found other = Finder(tree, numbers, *classes_, length, fine, kMaxBeginnings).best();
            if (!other.factors.empty() && other.cost() < found.cost())
                found = std::move(other);
            if (found.cost() < kUseless / 10)
                return found;
        }
    }
    return found;
}

FactorAnalyzer::Found FactorAnalyzer::starts(const SyntaxTree& tree) {
    std::vector<uint16_t> numbers = class_numbers(tree);
    Finder finder(tree, numbers, *classes_, RequiredFactors::kStartLength, true, kMaxStarts);
    BeginningView all = finder.starts();
    Found found;
    found.frequency = 0;
    for (const Beginning& b : all) {
        found.frequency += classes_->share(b);
        if (b.length < 2 || found.frequency > kUselessStart)
            return {};
    }
    found.factors.assign(all.begin(), all.end());
    return found;
}

std::optional<SyntaxTree> FactorAnalyzer::parse(std::string_view translated, regex::Flags flags) {
    if (translated.size() > kMaxPattern)
        return std::nullopt;
    SyntaxTree tree = SyntaxTree::parse(translated, flags);
    if (tree.is_opaque())
        return std::nullopt;
    return tree;
}

// What `seek` finds, made of numbered classes; without those of other patterns if they are too many
// for their numbers.
template <typename Seek>
std::optional<FactorAnalyzer::Found> FactorAnalyzer::sought(Seek&& seek) {
    if (classes_->size() > kClassesKept)
        classes_->clear();
    Found found = seek();
    if (classes_->size() > ClassTable::kMaxClasses) {
        classes_->clear();
        found = seek();
        if (classes_->size() > ClassTable::kMaxClasses)
            return std::nullopt;
    }
    if (found.factors.empty() || found.factors.size() > RequiredFactors::kMaxFactors)
        return std::nullopt;
    return found;
}

RequiredFactors FactorAnalyzer::spelled_out(const Found& found) const {
    RequiredFactors out;
    out.frequency = found.frequency;
    out.finds = found.finds;
    // Only the classes that the factors are made of.
    std::unordered_map<uint16_t, uint32_t> places;
    for (const Beginning& b : found.factors) {
        RequiredFactors::Factor factor;
        factor.length = static_cast<uint8_t>(b.length);
        for (size_t i = 0; i < b.length; ++i) {
            auto [it, is_new] =
                places.try_emplace(b.classes[i], static_cast<uint32_t>(out.classes.size()));
            if (is_new) {
                out.classes.push_back(classes_->set(b.classes[i]));
                out.shares.push_back(classes_->share(b.classes[i]));
            }
            factor.classes[i] = it->second;
        }
        out.factors.push_back(factor);
    }
    return out;
}

std::optional<RequiredFactors> FactorAnalyzer::find(std::string_view translated,
                                                    regex::Flags flags) {
    auto tree = parse(translated, flags);
    auto found = tree ? sought([&] { return rarest(*tree); }) : std::nullopt;
    if (!found || found->cost() > kUseless)
        return std::nullopt;
    return spelled_out(*found);
}

std::optional<RequiredFactors> FactorAnalyzer::find_starts(std::string_view translated,
                                                           regex::Flags flags) {
    // What asks where the search began, or tells it where to go on.
    for (std::string_view sign : {"\\G", "(*"})
        if (translated.find(sign) != std::string_view::npos)
            return std::nullopt;
    auto tree = parse(translated, flags);
    if (!tree)
        return std::nullopt;
    auto found = sought([&] { return starts(*tree); });
    if (!found)
        return std::nullopt;
    return spelled_out(*found);
}

std::optional<RequiredFactors> required_factors(std::string_view pattern, regex::Flags flags) {
    auto translated = regex::translate(pattern, flags);
    if (!translated)
        return std::nullopt;
    return FactorAnalyzer().find(*translated, flags);
}

}  // namespace rules
