#include "bayes/berkeley_file.h"

#include "util/error.h"

#ifdef BAYES_LIBDB

#include <db.h>

namespace bayes {

namespace {

struct CloseCursor {
    void operator()(DBC* cursor) const { cursor->close(cursor); }
};

}  // namespace

struct BerkeleyFile::Handle {
    DB* db = nullptr;
    ~Handle() {
        if (db != nullptr)
            db->close(db, DB_NOSYNC);
    }
};

static void check(int code, const std::string& path) {
    if (code != 0)
        throw util::Error(path + ": " + ::db_strerror(code));
}

bool BerkeleyFile::is_built_in() {
    return true;
}

BerkeleyFile::BerkeleyFile(const std::string& path)
    : handle_(std::make_unique<Handle>()), path_(path) {
    check(::db_create(&handle_->db, nullptr, 0), path);
    // What goes wrong is told by the exception alone.
    handle_->db->set_errcall(handle_->db, [](const DB_ENV*, const char*, const char*) {});
    check(handle_->db->open(handle_->db, nullptr, path.c_str(), nullptr, DB_UNKNOWN, DB_RDONLY, 0),
          path);
}

BerkeleyFile::~BerkeleyFile() = default;

void BerkeleyFile::each(
    const std::function<void(std::string_view key, std::string_view value)>& fn) {
    DBC* raw = nullptr;
    check(handle_->db->cursor(handle_->db, nullptr, &raw, 0), path_);
    std::unique_ptr<DBC, CloseCursor> cursor(raw);
    while (true) {
        DBT key = {}, value = {};
        int code = cursor->get(raw, &key, &value, DB_NEXT);
        if (code == DB_NOTFOUND)
            return;
        check(code, path_);
        fn({static_cast<const char*>(key.data), key.size},
           {static_cast<const char*>(value.data), value.size});
    }
}

}  // namespace bayes

#else

namespace bayes {

struct BerkeleyFile::Handle {};

bool BerkeleyFile::is_built_in() {
    return false;
}
BerkeleyFile::BerkeleyFile(const std::string& path) : path_(path) {
    throw util::Error(path + ": built without libdb, which reads files of Berkeley DB");
}
BerkeleyFile::~BerkeleyFile() = default;
void BerkeleyFile::each(const std::function<void(std::string_view key, std::string_view value)>&) {}

}  // namespace bayes

#endif
