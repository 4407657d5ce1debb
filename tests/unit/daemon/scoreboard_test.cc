#include "daemon/scoreboard.h"

#include <doctest/doctest.h>

TEST_CASE("scoreboard: states are shown by ascending process id") {
    spamd::Scoreboard board(4);
    CHECK(board.states().empty());
    board.slot(2).pid = 10;
    board.slot(2).state = 'B';
    board.slot(0).pid = 30;
    board.slot(0).state = 'I';
    CHECK(board.states() == "BI");
    CHECK(board.find(30) == &board.slot(0));
    CHECK(board.find(99) == nullptr);
    REQUIRE(board.free_slot() != nullptr);
    CHECK(board.free_slot()->pid == 0);
}
