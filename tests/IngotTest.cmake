# Helpers that register tests. Every test that ctest starts reports its cases in one of two ways, which tools/dev/count_tests
# reads: a JUnit file test-results/NAME.xml, or a closing output line `N passed, N failed, N skipped` after lines
# `SKIP: case: reason`. Anything else counts as one case.

# Environment of every test; the paths tests/TestPaths.h and the scripts read.
set(INGOT_TEST_ENVIRONMENT "INGOT_SOURCE_DIR=${CMAKE_SOURCE_DIR};INGOT_BINARY_DIR=${CMAKE_BINARY_DIR}")

# ingot_add_gtest(NAME SOURCES file... [LIBS target...] [ENVIRONMENT VAR=value...] LABEL unit|runtime|e2e|conformance
#                 [TIMEOUT seconds]): a GoogleTest program, built in bin/ and registered under its own name. With the label `runtime` it
#                 sees no compiler headers and builds in the runtime-only preset too.
function(ingot_add_gtest name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;LIBS;ENVIRONMENT" ${ARGN})
  if(NOT arg_LABEL OR NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "ingot_add_gtest(${name}): SOURCES and LABEL are needed; not understood: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/runtime/include)
  target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gtest_main)
  if(NOT arg_LABEL STREQUAL "runtime")
    target_link_libraries(${name} PRIVATE ingot_llvm)
    target_precompile_headers(${name} REUSE_FROM ingot_pch)
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
  ingot_register_test(${name} "${arg_LABEL}" "${arg_TIMEOUT}" "${arg_ENVIRONMENT}"
                      $<TARGET_FILE:${name}> --gtest_output=xml:${INGOT_TEST_RESULTS}/${name}.xml)
endfunction()

# ingot_add_script_test(NAME COMMAND program argument... LABEL label [TIMEOUT seconds] [ENVIRONMENT VAR=value...]): exit status 0 passes, 77 skips
#                       (the reason on a line `SKIP: reason`).
function(ingot_add_script_test name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "COMMAND;ENVIRONMENT" ${ARGN})
  if(NOT arg_LABEL OR NOT arg_COMMAND OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "ingot_add_script_test(${name}): COMMAND and LABEL are needed; not understood: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  ingot_register_test(${name} "${arg_LABEL}" "${arg_TIMEOUT}" "${arg_ENVIRONMENT}" ${arg_COMMAND})
endfunction()

function(ingot_register_test name label timeout environment)
  if(NOT timeout)
    set(timeout 300)
  endif()
  if(INGOT_SANITIZE)
    math(EXPR timeout "${timeout} * 3")
  endif()
  add_test(NAME ${name} COMMAND ${ARGN})
  # What may take longest starts first (COST), so that no long test is left to run alone.
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${timeout} COST ${timeout} SKIP_RETURN_CODE 77
                       ENVIRONMENT "${INGOT_TEST_ENVIRONMENT};${environment}")
endfunction()

# ingot_add_python_test(FILE_test.py LABEL label [PEERS] [TIMEOUT seconds]): a script of unittest cases (tests/ingot_test.py), registered under
#                       its file's name without the suffix. With PEERS it runs with the packages of third_party/peers.txt (tests/peers.py).
function(ingot_add_python_test file)
  cmake_parse_arguments(arg "PEERS" "" "" ${ARGN})
  get_filename_component(name ${file} NAME_WE)
  if(arg_PEERS)
    set(python ${CMAKE_SOURCE_DIR}/tests/with_peers)
  else()
    set(python ${Python3_EXECUTABLE} -B)
  endif()
  ingot_add_script_test(${name} COMMAND ${python} ${CMAKE_CURRENT_SOURCE_DIR}/${file}
                        ENVIRONMENT "PYTHONPATH=${CMAKE_SOURCE_DIR}/tests" ${arg_UNPARSED_ARGUMENTS})
endfunction()
