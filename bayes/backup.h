// The text forms of a token store: the backup that sa-learn --backup writes and --restore reads
// (equal to SpamAssassin's, so that databases move both ways), and the listing of --dump.

#ifndef BAYES_BACKUP_H
#define BAYES_BACKUP_H

#include <iosfwd>
#include <string>

#include "bayes/token_store.h"

namespace bayes {

// Tab-separated lines: version first, then v (counts), t (tokens), s (seen ids).
void write_backup(TokenStore& store, std::ostream& out);

// Replaces what the store holds, in one step. Versions 2 (plain tokens) and 3 are read. Odd lines
// are passed over; the answer is "" or what makes the whole file unusable, and then nothing
// changed.
std::string restore_backup(TokenStore& store, std::istream& in, int64_t now);

struct DumpOptions {
    bool magic = true, tokens = true;
    std::string pattern;  // over the five raw bytes of a key; "" = all
    bool use_hapaxes = true;
};
// False when the pattern does not compile.
bool write_dump(TokenStore& store, const DumpOptions& options, std::ostream& out);

}  // namespace bayes

#endif  // BAYES_BACKUP_H
