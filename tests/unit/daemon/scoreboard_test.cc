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

namespace {
// One worker a letter, of generation 1.
void fill(spamd::Scoreboard& board, const char* states) {
    for (size_t i = 0; i < board.size(); ++i)
        board.slot(i).pid = 0;
    for (size_t i = 0; states[i] != '\0'; ++i) {
        board.slot(i).pid = static_cast<pid_t>(100 + i);
        board.slot(i).state = states[i];
        board.slot(i).generation = 1;
    }
}
}  // namespace

TEST_CASE("scoreboard: the census counts the living of one generation, starting ones as idle") {
    spamd::Scoreboard board(8);
    fill(board, "ISBKB");
    board.slot(5).pid = 200;
    board.slot(5).state = 'I';
    board.slot(5).generation = 2;
    CHECK(board.census(1).idle == 2);
    CHECK(board.census(1).all == 4);
    CHECK(board.census(2).all == 1);
}

TEST_CASE("scoreboard: the master is wanted when workers are too few or too many, else not") {
    spamd::Scoreboard board(8);
    const spamd::PoolLimits limits{1, 4, 1, 2};
    auto wanted = [&](const char* states) {
        fill(board, states);
        return board.wants_master(limits, 1, 1000);
    };
    CHECK_FALSE(wanted("IB"));
    CHECK_FALSE(wanted("SBB"));
    CHECK_FALSE(wanted("II"));
    CHECK(wanted("BB"));
    CHECK(wanted("KB"));
    CHECK(wanted("III"));
    CHECK(wanted("IIIB"));
    CHECK_FALSE(wanted("IIKB"));
    SUBCASE("no spare one and no room: said once a second") {
        CHECK(wanted("BBBB"));
        board.said_full() = 1000;
        CHECK_FALSE(wanted("BBBB"));
        CHECK(wanted("BBB"));
        board.said_full() = 999;
        CHECK(wanted("BBBB"));
    }
    SUBCASE("a pool of fixed size has nobody to send away") {
        fill(board, "IIII");
        CHECK_FALSE(board.wants_master({4, 4, 1, 2}, 1, 1000));
    }
}
