# The few rules by which every room of the house is built.

# Warnings, hardening and sanitizers that every target gets.
add_library(viaduct-flags INTERFACE)
target_compile_options(viaduct-flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
    -fstack-protector-strong
    $<$<BOOL:${VIADUCT_WERROR}>:-Werror>)
target_include_directories(viaduct-flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(viaduct-flags INTERFACE
    VIADUCT_VERSION="${PROJECT_VERSION}" QT_NO_CAST_FROM_ASCII QT_NO_KEYWORDS QT_NO_FOREACH)
if(VIADUCT_SANITIZE)
    target_compile_options(viaduct-flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(viaduct-flags INTERFACE -fsanitize=address,undefined)
else()
    target_compile_definitions(viaduct-flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
    target_link_options(viaduct-flags INTERFACE -Wl,-z,relro,-z,now)
endif()
if(VIADUCT_FUZZ)
    target_compile_options(viaduct-flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# moc of Qt 6.4 cannot parse libstdc++'s <concepts> (by <compare>) in front of a Qt header: it takes it as read.
set(CMAKE_AUTOMOC_MOC_OPTIONS -D_GLIBCXX_CONCEPTS)

# viaduct_room(NAME SOURCES... [USES libraries...]): one room, a static library `viaduct-NAME`.
function(viaduct_room name)
    cmake_parse_arguments(ROOM "QOBJECTS" "" "USES" ${ARGN})
    add_library(viaduct-${name} STATIC ${ROOM_UNPARSED_ARGUMENTS})
    target_link_libraries(viaduct-${name} PUBLIC viaduct-flags tl::expected ${ROOM_USES})
    if(ROOM_QOBJECTS)
        set_target_properties(viaduct-${name} PROPERTIES AUTOMOC ON)
    endif()
endfunction()

# viaduct_test(NAME SOURCES... USES libraries...): the unit tests of one room, one program.
function(viaduct_test name)
    cmake_parse_arguments(TEST "QOBJECTS" "" "USES" ${ARGN})
    add_executable(${name} ${TEST_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE viaduct-flags ${TEST_USES} source-tree GTest::gtest GTest::gtest_main)
    # To optimise what runs once takes half of the build's time. (_FORTIFY_SOURCE demands optimisation.)
    target_compile_options(${name} PRIVATE -O0 -U_FORTIFY_SOURCE)
    if(TEST_QOBJECTS)
        set_target_properties(${name} PROPERTIES AUTOMOC ON)
    endif()
    # One ctest entry a program: starting a program for each case would cost more than the cases.
    add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

# viaduct_fuzz(NAME SOURCE USES libraries...): a libFuzzer target; its corpus is tests/fuzz/corpus/NAME.
function(viaduct_fuzz name source)
    cmake_parse_arguments(FUZZ "" "" "USES" ${ARGN})
    if(NOT VIADUCT_FUZZ)
        return()
    endif()
    add_executable(fuzz-${name} ${source})
    target_link_libraries(fuzz-${name} PRIVATE viaduct-flags ${FUZZ_USES})
    target_link_options(fuzz-${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(fuzz-${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
endfunction()
