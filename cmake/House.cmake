# One static library a folder; what it links is what it may call (see doc/ARCHITECTURE.md).
#
#   house_library(message SOURCES part.cc HEADERS part.h USES html util PRIVATE_USES SomeThirdParty)
#   house_test(message SOURCES part_test.cc)          -> tests/unit/message/, binary message_test
#   house_fuzz(message_fuzz SOURCES message_fuzz.cc USES message SEEDS tests/fuzz/seeds/message)

function(house_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;USES;PRIVATE_USES" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_HEADERS})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(${name} PUBLIC ${ARG_USES} PRIVATE ${ARG_PRIVATE_USES} house_flags)
endfunction()

# Each library's tests link that library alone, so a forbidden call fails at link.
function(house_test library)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
  list(TRANSFORM ARG_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/tests/unit/${library}/)
  add_executable(${library}_test ${PROJECT_SOURCE_DIR}/tests/unit/main.cc ${ARG_SOURCES})
  target_link_libraries(${library}_test PRIVATE ${library} ${ARG_USES} doctest::doctest house_flags)
  target_compile_definitions(${library}_test PRIVATE
    TEST_SOURCE_DIR="${PROJECT_SOURCE_DIR}/tests" TEST_BINARY_DIR="${PROJECT_BINARY_DIR}")
  add_test(NAME unit_${library} COMMAND ${library}_test)
  set_tests_properties(unit_${library} PROPERTIES LABELS unit)
endfunction()

# A fuzz target is always built as a replay test over its seeds; with the fuzz preset (clang,
# libFuzzer) the same file becomes the fuzzer.
function(house_fuzz name)
  cmake_parse_arguments(ARG "" "SEEDS" "SOURCES;USES" ${ARGN})
  list(TRANSFORM ARG_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/tests/fuzz/)
  if(MIHARU_FUZZ)
    add_executable(${name} ${ARG_SOURCES})
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${name} ${ARG_SOURCES} ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME replay_${name} COMMAND ${name} ${PROJECT_SOURCE_DIR}/${ARG_SEEDS})
    set_tests_properties(replay_${name} PROPERTIES LABELS unit)
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_USES} house_flags)
endfunction()
