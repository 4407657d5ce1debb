#include "client/filter.h"

#include <doctest/doctest.h>

TEST_CASE("filter: rewritten headers get the original body back, untouched") {
    struct Row {
        const char* original;
        const char* out;
    };
    for (const Row& row :
         {Row{"A: b\n\nbody\n\nmore", "H\n\nbody\n\nmore"},
          Row{"A: b\r\n\r\nbo\n\ndy", "H\n\nbo\n\ndy"},
          Row{"A: b\n\nbo\r\n\r\ndy", "H\n\nbo\r\n\r\ndy"}, Row{"A: b\n\n", "H\n\n"}}) {
        CAPTURE(row.original);
        std::string headers = "H\n\n";
        CHECK(client::append_original_body(headers, row.original));
        CHECK(headers == row.out);
    }
    std::string headers = "H\n\n";
    CHECK_FALSE(client::append_original_body(headers, "A: b\n"));
    CHECK_FALSE(client::append_original_body(headers, "\nbody"));
    CHECK(headers == "H\n\n");
}
