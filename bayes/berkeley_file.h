// A hash file of Berkeley DB, read from start to end. The fence around libdb, which is optional: it
// is what SpamAssassin keeps tokens in (DB_File), and serves to carry them over.
//
// Files of another page size, byte order or of an older release that libdb still knows are read;
// those of Berkeley DB 1.85 are not. Nothing is written or locked: whoever writes meanwhile may
// cost records.

#ifndef BAYES_BERKELEY_FILE_H
#define BAYES_BERKELEY_FILE_H

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bayes {

class BerkeleyFile {
public:
    // Whether libdb was there when this was built; without it the constructor throws.
    static bool is_built_in();

    // Throws util::Error that names the file, as each() does.
    explicit BerkeleyFile(const std::string& path);
    ~BerkeleyFile();

    // Every record, in no order. The views last as long as the call.
    void each(const std::function<void(std::string_view key, std::string_view value)>& fn);

private:
    struct Handle;
    std::unique_ptr<Handle> handle_;
    std::string path_;
};

}  // namespace bayes

#endif  // BAYES_BERKELEY_FILE_H
