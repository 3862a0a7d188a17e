# LLVM and MLIR 22 from the distribution's packages, linked as the shared libraries libMLIR and libLLVM; in targets that set
# INGOT_SELF_CONTAINED as archives, of which the linker (lld, which needs no order) takes what is used.
find_package(MLIR REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
set(LLVM_RUNTIME_OUTPUT_INTDIR ${CMAKE_BINARY_DIR}/bin)
set(LLVM_LIBRARY_OUTPUT_INTDIR ${CMAKE_BINARY_DIR}/lib)
include(TableGen)
include(AddLLVM)
include(AddMLIR)

# Of LLVM's code generators, those for these processors are used: INGOT_USED_TARGET(X86) in LlvmTargets.inc. The linker asks for all that
# there are; where archives are linked, the others are left out.
set(INGOT_LLVM_TARGETS X86 AArch64 RISCV)
set(targets "")
foreach(target ${LLVM_TARGETS_TO_BUILD})
  if(target IN_LIST INGOT_LLVM_TARGETS)
    string(APPEND targets "INGOT_USED_TARGET(${target})\n")
  else()
    string(APPEND targets "INGOT_OTHER_TARGET(${target})\n")
  endif()
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/LlvmTargets.inc CONTENT "${targets}")

separate_arguments(LLVM_DEFS NATIVE_COMMAND ${LLVM_DEFINITIONS})

# Flags of everything that includes LLVM headers; LLVM itself is built with RTTI and without exceptions. A target that sets
# INGOT_EXCEPTIONS has them, for libraries that report errors so.
add_library(ingot_llvm INTERFACE)
target_include_directories(ingot_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_compile_definitions(ingot_llvm INTERFACE ${LLVM_DEFS})
target_compile_options(ingot_llvm INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fPIC
                       $<IF:$<BOOL:$<TARGET_PROPERTY:INGOT_EXCEPTIONS>>,-fexceptions,-fno-exceptions> -funwind-tables -Wall -Wextra
                       -Wno-unused-parameter -Wno-missing-field-initializers>)
add_library(ingot_llvm_archives INTERFACE)
file(GLOB archives ${LLVM_LIBRARY_DIRS}/libLLVM*.a ${LLVM_LIBRARY_DIRS}/libMLIR*.a)
list(FILTER archives EXCLUDE REGEX "libMLIRCAPI|Test|libLLVM(-[0-9.]+)?\\.a$")
target_link_libraries(ingot_llvm_archives INTERFACE ${archives} ingot_zlib ingot_zstd ${CMAKE_DL_LIBS} m)
add_library(ingot_llvm_shared INTERFACE)
target_link_libraries(ingot_llvm_shared INTERFACE MLIR LLVM)
target_link_libraries(ingot_llvm INTERFACE
  $<IF:$<BOOL:$<TARGET_PROPERTY:INGOT_SELF_CONTAINED>>,ingot_llvm_archives,ingot_llvm_shared>)

# Under the sanitizers every program carries its options, however it is started. LLVM is built without them: what its headers mark in memory
# here, its libraries do not know of. Nothing is taken down at exit, so all of it would count as leaked. A finding is an abort: an exit
# status of its own would be taken for a refusal.
if(INGOT_SANITIZE MATCHES "address")
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/ingot_sanitizer_options.c CONTENT [[
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
  return "abort_on_error=1:detect_container_overflow=0:allow_user_poisoning=0:allocator_may_return_null=1:detect_leaks=0";
}
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void) { return "abort_on_error=1:print_stacktrace=1"; }
]])
  add_library(ingot_sanitizer_options STATIC ${CMAKE_BINARY_DIR}/ingot_sanitizer_options.c)
  target_compile_options(ingot_sanitizer_options PRIVATE -fno-sanitize=all)
  target_link_libraries(ingot_llvm INTERFACE "$<LINK_LIBRARY:WHOLE_ARCHIVE,ingot_sanitizer_options>")
endif()

# The precompiled header all compiler-side targets reuse (facts: 4.7 s -> 0.8 s a unit).
file(WRITE ${CMAKE_BINARY_DIR}/ingot_pch_anchor.cpp "")
add_library(ingot_pch OBJECT ${CMAKE_BINARY_DIR}/ingot_pch_anchor.cpp)
target_link_libraries(ingot_pch PRIVATE ingot_llvm)
set(INGOT_PCH_HEADERS
  <mlir/IR/Builders.h> <mlir/IR/BuiltinOps.h> <mlir/IR/BuiltinTypes.h> <mlir/IR/BuiltinAttributes.h> <mlir/IR/Matchers.h>
  <mlir/IR/PatternMatch.h> <mlir/IR/OpImplementation.h> <mlir/IR/Verifier.h> <mlir/Pass/Pass.h> <mlir/Pass/PassManager.h>
  <mlir/Dialect/Arith/IR/Arith.h> <mlir/Dialect/Func/IR/FuncOps.h> <mlir/Interfaces/InferTypeOpInterface.h>
  <mlir/Interfaces/SideEffectInterfaces.h> <mlir/Transforms/GreedyPatternRewriteDriver.h>
  <llvm/ADT/SmallVector.h> <llvm/ADT/StringMap.h> <llvm/ADT/TypeSwitch.h> <llvm/Support/raw_ostream.h>)
target_precompile_headers(ingot_pch PRIVATE ${INGOT_PCH_HEADERS})
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(ingot_pch PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
endif()

# ingot_add_library(NAME SOURCES... [DEPENDS targets...] [LIBS libs...]): a static compiler-side library of one folder.
function(ingot_add_library name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBS" ${ARGN})
  add_library(${name} STATIC ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ingot_llvm ${arg_LIBS})
  target_precompile_headers(${name} REUSE_FROM ingot_pch)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
  if(arg_DEPENDS)
    add_dependencies(${name} ${arg_DEPENDS})
  endif()
endfunction()

# ingot_add_tool(NAME SOURCES... [LIBS libs...]): a program linked against compiler-side libraries.
function(ingot_add_tool name)
  cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ingot_llvm ${arg_LIBS})
  target_precompile_headers(${name} REUSE_FROM ingot_pch)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()
