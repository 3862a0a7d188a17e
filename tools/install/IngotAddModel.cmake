# ingot_add_model(TARGET MODEL [NAME name] [DIMS name=value ...] [OPTIONS option ...])
#
# Compiles MODEL (relative to the current source folder) when the project is built, and makes TARGET, a static library of
# its code and weights; who links it sees TARGET.h, whose functions begin with NAME (else TARGET, as a C identifier):
#
#   find_package(Ingot REQUIRED)
#   ingot_add_model(digits digits.onnx DIMS batch=1..64)
#   add_executable(app app.c)                       # which includes digits.h and calls digits_run
#   target_link_libraries(app PRIVATE digits)
#
# DIMS are the values or ranges of --dim, OPTIONS any others of `ingot compile`. Where the project is cross-compiled, the model is compiled
# for CMAKE_SYSTEM_PROCESSOR. The model is compiled again when its file changes, or one that it was made from: weights beside it, examples.
cmake_policy(PUSH)
cmake_policy(VERSION 3.20) # what names in the list of those files are relative to
function(ingot_add_model target model)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "NAME" "DIMS;OPTIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "ingot_add_model(${target}): '${arg_UNPARSED_ARGUMENTS}' is none of NAME, DIMS, OPTIONS")
  endif()
  if(NOT TARGET Ingot::ingot)
    message(FATAL_ERROR "ingot_add_model(${target}): there is no ingot to compile with; set INGOT_EXECUTABLE to its path")
  endif()
  cmake_path(ABSOLUTE_PATH model BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
  if(NOT EXISTS "${model}")
    message(FATAL_ERROR "ingot_add_model(${target}): there is no file '${model}'")
  endif()
  set(options "")
  if(arg_NAME)
    list(APPEND options --name ${arg_NAME})
  endif()
  foreach(dim IN LISTS arg_DIMS)
    list(APPEND options --dim ${dim})
  endforeach()
  if(CMAKE_CROSSCOMPILING)
    list(APPEND options --target=${CMAKE_SYSTEM_PROCESSOR}-linux-gnu)
  endif()
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}.ingot")
  file(MAKE_DIRECTORY "${folder}")
  set(object "${folder}/${target}.o")
  add_custom_command(OUTPUT "${object}" "${folder}/${target}.h"
    COMMAND Ingot::ingot compile "${model}" -o "${object}" --depfile "${object}.d" ${options} ${arg_OPTIONS}
    DEPENDS "${model}" Ingot::ingot DEPFILE "${object}.d" COMMENT "Compiling the model ${target}" VERBATIM)
  add_library(${target} STATIC "${object}" "${folder}/${target}.h")
  set_source_files_properties("${object}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if("C" IN_LIST languages)
    set_target_properties(${target} PROPERTIES LINKER_LANGUAGE C)
  else()
    set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  endif()
  target_include_directories(${target} INTERFACE "${folder}")
endfunction()
cmake_policy(POP)
