#include "mailbox/listing.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "mailbox/input.h"
#include "tests/support/temporary_directory.h"
#include "util/error.h"
#include "util/file.h"

namespace fs = std::filesystem;
using mailbox::Format;

namespace {

struct Folder : TemporaryDirectory {
    std::string put(const std::string& name, std::string_view bytes) const {
        fs::create_directories(fs::path(path + "/" + name).parent_path());
        util::replace_file(path + "/" + name, bytes);
        return path + "/" + name;
    }
};

struct Run {
    std::vector<std::string> names, messages, warnings;
    Run(const std::string& location, Format format, size_t max_size = 0) {
        mailbox::Options options;
        options.max_size = max_size;
        options.warn = [this](const std::string& text) { warnings.push_back(text); };
        auto entries = mailbox::list_messages({{false, format, location}}, options);
        mailbox::MessageReader reader(options);
        for (const auto& entry : entries) {
            names.push_back(entry.name().substr(location.size()));
            messages.push_back(reader.read(entry).value_or("(none)"));
        }
    }
};

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("listing: a directory gives its files by name, then those of its directories") {
    Folder folder;
    folder.put("b", "B");
    folder.put("a", "A");
    folder.put(".hidden", "x");
    folder.put(",deleted", "x");
    folder.put("sub/c", "C");
    Run run(folder.path, Format::Detect);
    CHECK(run.names == Strings{"/a", "/b", "/sub/c"});
    CHECK(run.messages == Strings{"A", "B", "C"});
}

TEST_CASE("listing: in a Maildir what is marked deleted is left out") {
    Folder folder;
    folder.put("new/1", "1");
    folder.put("cur/2:2,S", "2");
    folder.put("cur/3:2,ST", "3");
    folder.put("cur/.4", "4");
    folder.put("tmp/5", "5");
    folder.put("6", "6");
    CHECK(Run(folder.path, Format::Directory).messages == Strings{"1", "2"});
}

TEST_CASE("listing: a Cyrus folder keeps its own files to itself") {
    Folder folder;
    folder.put("cyrus.header", "x");
    folder.put("cyrus.index", "x");
    folder.put("1.", "1");
    CHECK(Run(folder.path, Format::Directory).messages == Strings{"1"});
}

TEST_CASE("listing: an mbox is cut at its separators, which stay with their messages") {
    Folder folder;
    std::string one = "From a@b Mon Jan  1 00:00:00 2001\nSubject: 1\n\nFrom here on\n\n";
    std::string two = "From c@d Tue Jan  2 00:00:00 2001\nSubject: 2\n\nbody";
    std::string path = folder.put("x.mbox", "lost\n" + one + two);
    Run run(path, Format::Detect);
    CHECK(run.messages == Strings{one, two});
    CHECK(run.names == Strings{".5", "." + std::to_string(5 + one.size())});
    CHECK(Run(folder.path, Format::Mbox).messages == Strings{one, two});
    CHECK(Run(folder.put("none.mbox", "no separator\n"), Format::Mbox).messages.empty());
}

TEST_CASE("listing: an mbx folder is walked by its sizes") {
    Folder folder;
    std::string one = "Subject: 1\r\n\r\nbody\r\n", two = "Subject: 2\r\n\r\n";
    std::string head = "*mbx*\r\n";
    head.resize(2048, '\n');
    auto separator = [](size_t size) {
        return "25-Jan-2003 15:13:39 +0100," + std::to_string(size) + ";000000000001-00000012\r\n";
    };
    std::string path =
        folder.put("x", head + separator(one.size()) + one + separator(two.size()) + two);
    CHECK(Run(path, Format::Mbx).messages == Strings{one, two});
    CHECK_THROWS_AS(Run(folder.put("y", "Subject: x\n"), Format::Mbx), util::Error);
}

TEST_CASE("listing: compressed files are read by their first bytes, whatever their name") {
    Folder folder;
    std::string plain = folder.put("plain", "Subject: packed\n\n");
    if (std::system(("gzip -c " + plain + " > " + folder.path + "/gz && bzip2 -c " + plain + " > " +
                     folder.path + "/bz && xz -c " + plain + " > " + folder.path + "/xz")
                        .c_str()) != 0) {
        MESSAGE("gzip, bzip2 or xz is missing");
        return;
    }
    Run run(folder.path, Format::Directory);
    CHECK(run.messages == Strings(4, "Subject: packed\n\n"));
    folder.put("z.mbox.gz", "x");
    Run mbox(folder.path + "/z.mbox.gz", Format::Mbox);
    CHECK(mbox.messages.empty());
    CHECK(mbox.warnings.size() == 1);
}

TEST_CASE("listing: large messages are skipped, missing files told") {
    Folder folder;
    folder.put("large", std::string(200, 'x'));
    folder.put("small", "x");
    CHECK(Run(folder.path, Format::Directory, 100).messages == Strings{"(none)", "x"});
    Run missing(folder.path + "/none", Format::Detect);
    CHECK(missing.messages.empty());
    CHECK(missing.warnings.size() == 1);
}

TEST_CASE("listing: only as many as the probability says") {
    Folder folder;
    for (int i = 0; i < 10; ++i)
        folder.put(std::to_string(i), "x");
    mailbox::Options options;
    options.probability = 0.5;
    double next = 0;
    options.random = [&next] { return next += 0.0999; };
    CHECK(mailbox::list_messages({{true, Format::Directory, folder.path}}, options).size() == 5);
}

TEST_CASE("input: seeking works forwards, backwards and in compressed files") {
    Folder folder;
    std::string bytes;
    for (int i = 0; i < 40000; ++i)
        bytes += "line " + std::to_string(i) + "\n";
    std::string path = folder.put("x", bytes);
    std::vector<std::string> paths{path};
    if (std::system(("gzip -c " + path + " > " + path + ".gz").c_str()) == 0)
        paths.push_back(path + ".gz");
    for (const auto& file : paths) {
        mailbox::Input input(file);
        for (size_t at : {300000u, 7u, 250000u, 249990u, 0u}) {
            input.seek(at);
            CHECK(input.position() == at);
            CHECK(input.line() == bytes.substr(at, bytes.find('\n', at) + 1 - at));
        }
        input.seek(bytes.size() + 10);
        CHECK(input.line() == "");
    }
}
