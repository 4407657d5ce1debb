// Any file as a backup: refused and nothing has changed, or taken, and then what is written is read
// to the same state.

#include <stdlib.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>

#include "bayes/backup.h"
#include "bayes/sqlite_store.h"
#include "tests/support/temporary_directory.h"
#include "util/check.h"

namespace {

constexpr int64_t kNow = 1704164645;

class Place {
public:
    Place() {
        bayes::SqliteStore::Options options;
        store_ = std::make_unique<bayes::SqliteStore>(top_.path + "/bayes.sqlite", options);
    }
    bayes::TokenStore& store() { return *store_; }

private:
    TemporaryDirectory top_;
    std::unique_ptr<bayes::SqliteStore> store_;
};

std::string backup(bayes::TokenStore& store) {
    std::ostringstream out;
    bayes::write_backup(store, out);
    return out.str();
}

std::string restore(bayes::TokenStore& store, const std::string& text) {
    std::istringstream in(text);
    return bayes::restore_backup(store, in, kNow);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static Place place;
    bayes::TokenStore& store = place.store();
    std::string before = backup(store);
    std::string problem = restore(store, {reinterpret_cast<const char*>(data), size});
    std::string after = backup(store);
    if (!problem.empty()) {
        UTIL_CHECK(after == before);
        return 0;
    }
    UTIL_CHECK(restore(store, after).empty());
    UTIL_CHECK(backup(store) == after);
    std::ostringstream listing;
    UTIL_CHECK(bayes::write_dump(store, {}, listing));
    auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
    bayes::StoreStatistics s = store.statistics();
    UTIL_CHECK(lines(listing.str()) == 10 + s.ntokens);
    return 0;
}
