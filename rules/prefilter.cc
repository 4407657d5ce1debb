#include "rules/prefilter.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <queue>

namespace rules {

uint16_t Prefilter::class_number(const regex::ByteSet& set) {
    auto [it, is_new] = class_numbers_.try_emplace(set, static_cast<uint16_t>(classes_.size()));
    if (is_new)
        classes_.push_back(set);
    return it->second;
}

Prefilter::Slot Prefilter::add(const std::optional<RequiredFactors>& required) {
    if (!required || classes_.size() + required->classes.size() > UINT16_MAX)
        return kAlways;
    std::vector<uint16_t> numbers;
    for (const regex::ByteSet& set : required->classes)
        numbers.push_back(class_number(set));
    for (const auto& factor : required->factors) {
        Entry entry;
        entry.slot = slots_;
        entry.length = factor.length;
        entry.finds = static_cast<uint8_t>(std::min(required->finds, 255U));
        for (size_t j = 0; j < factor.length; ++j)
            entry.classes[j] = numbers[factor.classes[j]];
        std::iota(entry.order.begin(), entry.order.end(), uint8_t{0});
        std::sort(
            entry.order.begin(), entry.order.begin() + factor.length, [&](uint8_t a, uint8_t b) {
                return required->shares[factor.classes[a]] < required->shares[factor.classes[b]];
            });
        for (size_t i = 0; i < entry.sketch.size(); ++i) {
            const regex::ByteSet& set = classes_[entry.classes[entry.order[i]]];
            for (size_t byte = set._Find_first(); byte < 256; byte = set._Find_next(byte))
                entry.sketch[i] |= uint32_t{1} << (byte % 32);
        }
        entries_.push_back(entry);
    }
    return slots_++;
}

// Spreads entries over groups. They are put in alphabetical order, each a group of its own; then
// the two neighbours that together admit least more than apart are joined, again and again.
class Prefilter::Grouping {
public:
    Grouping(const std::vector<Entry>& entries, const std::vector<regex::ByteSet>& classes)
        : entries_(entries) {
        for (const auto& set : classes) {
            Admitted a{};
            for (size_t c = 0; c < 256; ++c)
                if (set.test(c))
                    a[c / 64] |= uint64_t{1} << (c % 64);
            classes_.push_back(a);
        }
        const auto& shares = byte_shares();
        for (size_t chunk = 0; chunk < chunks_.size(); ++chunk)
            for (size_t bits = 0; bits < 256; ++bits)
                for (size_t b = 0; b < 8; ++b)
                    if (bits >> b & 1)
                        chunks_[chunk][bits] += static_cast<float>(shares[chunk * 8 + b]);
    }

    // Entry numbers, group by group.
    std::vector<std::vector<uint32_t>> groups(size_t most) {
        std::vector<uint32_t> order(entries_.size());
        std::iota(order.begin(), order.end(), 0U);
        std::vector<std::array<uint8_t, kPlaces>> keys;
        for (const Entry& e : entries_)
            keys.push_back(key(e));
        std::stable_sort(order.begin(), order.end(),
                         [&](uint32_t a, uint32_t b) { return keys[a] < keys[b]; });
        nodes_.reserve(order.size() * 2);
        for (uint32_t i = 0; i < order.size(); ++i) {
            nodes_.push_back(leaf(order[i]));
            nodes_[i].before = i == 0 ? kNone : i - 1;
            nodes_[i].after = i + 1 == order.size() ? kNone : i + 1;
        }
        for (uint32_t i = 0; i + 1 < order.size(); ++i)
            propose(i, i + 1);
        for (size_t left = order.size(); left > most && !proposals_.empty();) {
            Proposal p = proposals_.top();
            proposals_.pop();
            if (!nodes_[p.first].alive || !nodes_[p.second].alive)
                continue;
            join(p.first, p.second);
            --left;
        }
        std::vector<std::vector<uint32_t>> out;
        for (uint32_t i = 0; i < nodes_.size(); ++i) {
            if (!nodes_[i].alive)
                continue;

            out.emplace_back();
            collect(i, out.back());
        }
        return out;
    }

private:
    static constexpr uint32_t kNone = UINT32_MAX;
    using Admitted = std::array<uint64_t, 4>;  // bytes
    struct Node {
        std::array<Admitted, kPlaces> admitted{};
        uint8_t shortest = 0;  // of its factors
        uint32_t size = 1;
        double cost = 0;
        uint32_t before = kNone, after = kNone;  // neighbours
        uint32_t first = kNone, second = kNone;  // joined from, or
        uint32_t entry = kNone;
        bool alive = true;
    };
    struct Proposal {
        double price = 0;
        uint32_t first = 0, second = 0;
        bool operator<(const Proposal& other) const { return price > other.price; }
    };

    // The lowest letter, digit or other byte at each place.
    std::array<uint8_t, kPlaces> key(const Entry& e) const {
        std::array<uint8_t, kPlaces> k{};
        for (size_t j = 0; j < e.length; ++j) {
            const Admitted& a = classes_[e.classes[j]];
            for (size_t word : {1, 0, 2, 3})
                if (a[word] != 0) {
                    k[j] = static_cast<uint8_t>(word * 64 +
                                                static_cast<size_t>(std::countr_zero(a[word])));
                    break;
                }
        }
        return k;
    }
    double share(const Admitted& a) const {
        float sum = 0;
        for (size_t chunk = 0; chunk < chunks_.size(); ++chunk)
            sum += chunks_[chunk][a[chunk / 8] >> (chunk % 8 * 8) & 0xFF];
        return std::min(static_cast<double>(sum), 1.0);
    }
    double cost(const Node& n) const {
        double product = n.size + 1;
        for (size_t j = 0; j < n.shortest; ++j)
            product *= share(n.admitted[j]);
        return product;
    }
    Node leaf(uint32_t entry) const {
        Node n;
        n.entry = entry;
        n.shortest = entries_[entry].length;
        for (size_t j = 0; j < n.shortest; ++j)
            n.admitted[j] = classes_[entries_[entry].classes[j]];
        n.cost = cost(n);
        return n;
    }
    Node together(uint32_t first, uint32_t second) const {
        const Node &a = nodes_[first], &b = nodes_[second];
        Node n;
        n.shortest = std::min(a.shortest, b.shortest);
        n.size = a.size + b.size;
        for (size_t j = 0; j < n.shortest; ++j)
            for (size_t w = 0; w < 4; ++w)
                n.admitted[j][w] = a.admitted[j][w] | b.admitted[j][w];
        n.first = first;
        n.second = second;
        n.cost = cost(n);
        return n;
    }
    void propose(uint32_t first, uint32_t second) {
        proposals_.push({together(first, second).cost - nodes_[first].cost - nodes_[second].cost,
                         first, second});
    }
    void join(uint32_t first, uint32_t second) {
        Node n = together(first, second);
        n.before = nodes_[first].before;
        n.after = nodes_[second].after;
        nodes_[first].alive = nodes_[second].alive = false;
        auto index = static_cast<uint32_t>(nodes_.size());
        if (n.before != kNone)
            nodes_[n.before].after = index;
        if (n.after != kNone)
            nodes_[n.after].before = index;
        nodes_.push_back(n);
        if (n.before != kNone)
            propose(n.before, index);
        if (n.after != kNone)
            propose(index, n.after);
    }
    void collect(uint32_t node, std::vector<uint32_t>& out) const {
        std::vector<uint32_t> open{node};
        while (!open.empty()) {
            const Node& n = nodes_[open.back()];
            open.pop_back();
            if (n.entry != kNone) {
                out.push_back(n.entry);
            } else {
                open.push_back(n.second);
                open.push_back(n.first);
            }
        }
    }

    const std::vector<Entry>& entries_;
    std::vector<Admitted> classes_;
    std::array<std::array<float, 256>, 32> chunks_{};  // shares of eight bytes' subsets
    std::vector<Node> nodes_;
    std::priority_queue<Proposal> proposals_;
};

RuleCache::Groups Prefilter::spread(const RuleCache* known, RuleCacheBuilder* collected) const {
    if (known == nullptr && collected == nullptr)
        return Grouping(entries_, classes_).groups(words_ * 64);
    // All that the groups depend on.
    std::string content = std::to_string(words_) + " " + std::to_string(classes_.size()) + " ";
    for (const regex::ByteSet& set : classes_)
        content.append(reinterpret_cast<const char*>(&set), sizeof set);
    for (const Entry& entry : entries_) {
        content += static_cast<char>(entry.length);
        content.append(reinterpret_cast<const char*>(entry.classes.data()), sizeof entry.classes);
    }
    RuleCache::Key key = RuleCache::groups_key(content);
    std::optional<Groups> found;
    if (known != nullptr)
        found = known->groups(key, entries_.size(), words_ * 64);
    if (!found) {
        found = Grouping(entries_, classes_).groups(words_ * 64);
        if (collected != nullptr)
            collected->set_news();
    }
    if (collected != nullptr)
        collected->add(key, *found);
    return std::move(*found);
}

void Prefilter::finish(const RuleCache* known, RuleCacheBuilder* collected) {
    class_numbers_ = {};
    if (slots_ < kMinSlots)
        return;
    // More groups admit less, and make rows longer.
    words_ = entries_.size() <= 64 ? 1 : entries_.size() <= 300 ? 2 : kMaxWords;
    Groups groups = spread(known, collected);
    rows_.assign((kPlaces * kRows * words_ + 7) / 8, CacheLine{});
    uint64_t* rows = rows_[0].words;
    std::vector<Entry> sorted;
    sorted.reserve(entries_.size());
    for (size_t g = 0; g < groups.size(); ++g) {
        group_begin_.push_back(static_cast<uint32_t>(sorted.size()));
        Slot only = entries_[groups[g][0]].slot;
        for (uint32_t number : groups[g])
            if (entries_[number].slot != only)
                only = kAlways;
        group_slot_.push_back(only);
        uint64_t bit = uint64_t{1} << (g % 64);
        auto admit = [&](size_t place, size_t byte) {
            rows[(place * kRows + byte) * words_ + g / 64] |= bit;
        };
        std::array<regex::ByteSet, kPlaces> admitted;
        size_t shortest = kPlaces;
        for (uint32_t number : groups[g]) {
            const Entry& entry = entries_[number];
            for (size_t place = 0; place < entry.length; ++place)
                admitted[place] |= classes_[entry.classes[place]];
            shortest = std::min<size_t>(shortest, entry.length);
            sorted.push_back(entry);
        }
        for (size_t place = 0; place < kPlaces; ++place) {
            // Behind the end of one of the factors, anything may stand.
            if (place >= shortest) {
                admitted[place].set();
                admit(place, kEnd);
            }
            for (size_t byte = 0; byte < 256; ++byte)
                if (admitted[place].test(byte))
                    admit(place, byte);
        }
    }
    group_begin_.push_back(static_cast<uint32_t>(sorted.size()));
    entries_ = std::move(sorted);
}

void Prefilter::Candidates::reset(const Prefilter& filter) {
    for (Slot slot : touched_)
        texts_[slot].clear();
    touched_.clear();
    if (texts_.size() < filter.slots_) {
        texts_.resize(filter.slots_);
        counts_.resize(filter.slots_);
    }
    // Texts are numbered anew: counts of those before are recognized by it.
    if (++scans_ == 0) {
        std::fill(counts_.begin(), counts_.end(), Count{});
        scans_ = 1;
    }
}

void Prefilter::add_candidate(Slot slot, uint32_t number, Candidates& candidates) {
    if (candidates.texts_[slot].empty())
        candidates.touched_.push_back(slot);
    candidates.texts_[slot].push_back(number);
}

bool Prefilter::compare(uint32_t group, std::string_view text, size_t at, uint32_t number,
                        Candidates& candidates) const {
    const char* from = text.data() + at;
    for (uint32_t i = group_begin_[group]; i < group_begin_[group + 1]; ++i) {
        const Entry& entry = entries_[i];
        if (entry.length > text.size() - at)
            continue;
        auto sketched = [&](size_t place) {
            return entry.sketch[place] >>
                   (static_cast<unsigned char>(from[entry.order[place]]) % 32);
        };
        if ((sketched(0) & sketched(1) & 1) == 0)
            continue;
        uint32_t j = 0;
        for (; j < entry.length; ++j) {
            uint8_t place = entry.order[j];
            if (!classes_[entry.classes[place]].test(static_cast<unsigned char>(from[place])))
                break;
        }
        if (j < entry.length)
            continue;
        bool is_only = group_slot_[group] == entry.slot;
        const std::vector<uint32_t>& texts = candidates.texts_[entry.slot];
        if (!texts.empty() && texts.back() == number) {
            if (is_only)
                return true;
            continue;
        }
        if (entry.finds > 1) {
            Candidates::Count& count = candidates.counts_[entry.slot];
            if (count.scans != candidates.scans_ || count.text != number)
                count = {candidates.scans_, number, 0, SIZE_MAX};
            if (count.start == at)
                continue;
            count.start = at;
            if (++count.finds < entry.finds)
                continue;
        }
        add_candidate(entry.slot, number, candidates);
        if (is_only)
            return true;
    }
    return false;
}

namespace {
template <size_t kWords>
struct RowOf;
template <>
struct RowOf<1> {
    using type = uint64_t;
};
template <>
struct RowOf<2> {
    typedef uint64_t type __attribute__((vector_size(16)));
};
template <>
struct RowOf<8> {
    typedef uint64_t type __attribute__((vector_size(64)));
};
uint64_t word_of(uint64_t row, size_t) {
    return row;
}
template <typename Row>
uint64_t word_of(const Row& row, size_t w) {
    return row[w];
}
void clear_bit(uint64_t& row, size_t, size_t bit) {
    row &= ~(uint64_t{1} << bit);
}
template <typename Row>
void clear_bit(Row& row, size_t w, size_t bit) {
    row[w] &= ~(uint64_t{1} << bit);
}
}  // namespace

template <size_t kWords>
void Prefilter::scan_rows(std::string_view text, uint32_t number, Candidates& candidates) const {
    using Row = typename RowOf<kWords>::type;
    const auto* rows = reinterpret_cast<const Row*>(rows_[0].words);
    Row open = ~Row{};  // groups that can tell more about the text
    auto look = [&](Row found, size_t at) {
        found &= open;
        uint64_t any = 0;
        for (size_t w = 0; w < kWords; ++w)
            any |= word_of(found, w);
        if (any == 0)
            return;
        for (size_t w = 0; w < kWords; ++w)
            for (uint64_t bits = word_of(found, w); bits != 0; bits &= bits - 1) {
                auto bit = static_cast<size_t>(std::countr_zero(bits));
                if (compare(static_cast<uint32_t>(w * 64 + bit), text, at, number, candidates))
                    clear_bit(open, w, bit);
            }
    };
    const auto* p = reinterpret_cast<const unsigned char*>(text.data());
    size_t at = 0;
    for (; at + kPlaces <= text.size(); ++at) {
        Row found = rows[p[at]];
        for (size_t place = 1; place < kPlaces; ++place)
            found &= rows[place * kRows + p[at + place]];
        look(found, at);
    }
    for (; at + 2 <= text.size(); ++at) {
        Row found = rows[p[at]];
        for (size_t place = 1; place < kPlaces; ++place)
            found &= rows[place * kRows + (at + place < text.size() ? p[at + place] : kEnd)];
        look(found, at);
    }
}

void Prefilter::scan(std::string_view text, uint32_t number, Candidates& candidates) const {
    switch (words_) {
        case 0:
            if (text.size() >= 2)
                for (Slot slot = 0; slot < slots_; ++slot)
                    add_candidate(slot, number, candidates);
            return;
        case 1:
            return scan_rows<1>(text, number, candidates);
        case 2:
            return scan_rows<2>(text, number, candidates);
        default:
            return scan_rows<kMaxWords>(text, number, candidates);
    }
}

}  // namespace rules
