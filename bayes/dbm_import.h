// Takes over a database of SpamAssassin's default store (BayesStore/DBM.pm): the files PATH_toks
// and PATH_seen, database version 3.
//
//   PATH_toks   five bytes of a token -> counts and atime, packed: one byte 11sssHHH (s spam, H
//   ham)
//               and the atime, or a zero byte, spam, ham and the atime; numbers are 32 bits,
//               little-endian. Figures of the database stand behind the bytes 0d 01 07 09 03 and
//               a name, as decimal text.
//   PATH_seen   id of a message -> "s" or "h"
//
// PATH_journal, what SpamAssassin has not put into the files yet, is not read.

#ifndef BAYES_DBM_IMPORT_H
#define BAYES_DBM_IMPORT_H

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "bayes/token_store.h"

namespace bayes {

struct DbmFiles {
    std::string tokens, seen, journal;  // paths; "" = there is none
};
// `path` is what bayes_path names, or one of the files.
DbmFiles find_dbm_files(std::string path);

struct PackedToken {
    bool is_known = false;  // else of a form that no version wrote
    TokenCounts counts;
};
PackedToken unpack_dbm_token(std::string_view value);

using Records =
    std::function<void(const std::function<void(std::string_view key, std::string_view value)>&)>;

// Replaces what the store holds by these records, in one step; odd ones are passed over, atimes to
// come become `now`. The answer is "" or what makes the whole unusable, and then nothing changed.
std::string import_dbm(TokenStore& store, const Records& tokens, const Records& seen, int64_t now);

}  // namespace bayes

#endif  // BAYES_DBM_IMPORT_H
