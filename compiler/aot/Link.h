// From a model's object file and its weights to what a user runs: a standalone executable, a shared library, or an object
// with a C header. Everything happens in this process; nothing is needed on the machine but the parts installed beside the
// driver.
//
// Nouns
//   model object  relocatable ELF64 (little-endian) with the kernels, the table in a section `.ingot` and the global symbol
//                 `ingot_image`; the table is complete but for what only the finished file tells: where the weights are,
//                 image ranges, file size and hashes. All those are filled here.
//   parts         start.o, runtime.o, guard.bin, libc.so.6 (a stub that holds symbol versions) and embedded.o, in one
//                 folder per triple; for static executables a runtime.o that holds what it needs of a C library (musl),
//                 in a folder of its own.
//   weights       bytes appended behind the linked file as a segment of their own with a section header
//                 `.ingot.weights`: the kernel or ld.so maps them, strip keeps them, and neither LLVM nor lld ever sees
//                 them.
//
// Files appear under their name when they are complete, or not at all, and depend on nothing but the inputs.
#ifndef INGOT_COMPILER_AOT_LINK_H
#define INGOT_COMPILER_AOT_LINK_H

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

#include "runtime/abi/artifact.h"

#include <cstdint>
#include <functional>
#include <string>

namespace ingot {

// The bytes of all weights as laid out by the table, produced by pieces and never held as a whole.
class WeightStream {
public:
  using Sink = llvm::function_ref<llvm::Error(uint64_t offset, llvm::ArrayRef<uint8_t>)>;
  virtual ~WeightStream();
  virtual uint64_t size() const = 0;
  // Calls `sink` with pieces that cover size() bytes, each byte once; maybe from several threads at a time and in any order.
  // Pieces begin at multiples of INGOT_WEIGHT_BLOCK and, but for the last one's, end at them. Stops at the first error, its
  // own or the sink's.
  virtual llvm::Error write(Sink sink) const = 0;
};

// Weights that are in memory already.
class MemoryWeights : public WeightStream {
public:
  explicit MemoryWeights(llvm::ArrayRef<uint8_t> bytes) : bytes(bytes) {}
  uint64_t size() const override { return bytes.size(); }
  llvm::Error write(Sink sink) const override { return sink(0, bytes); }

private:
  llvm::ArrayRef<uint8_t> bytes;
};

struct LinkInputs {
  llvm::StringRef object;                // the model object's bytes
  const WeightStream *weights = nullptr; // null: the model has none
  std::string outputPath;
  std::string triple;
  std::string name;      // of objects: what all names of the header begin with; empty: identifierOf(outputPath)
  std::string partsDir;  // empty: partsFolder(triple)
  bool isStatic = false; // of executables: with a C library inside
  // Symbols of the functions that the model calls, and the user's objects, archives and shared libraries that define them. What none
  // defines is left for the loader of a shared library and the linker of an object; an executable is refused.
  std::vector<std::string> functions, libraries;
  // Called with an executable or shared library that is complete but for these records; fills their outcomes and hashes.
  std::function<llvm::Error(const std::string &file, llvm::MutableArrayRef<ingot_self_test> tests)> selfTest;
};

struct LinkReport {
  uint64_t fileSize = 0;
  uint64_t weightBytes = 0;
};

// What the user can mend (a folder that cannot be written, a target whose parts are not installed) is a LinkError; every
// other error is a bug of ours.
class LinkError : public llvm::ErrorInfo<LinkError> {
public:
  static char ID;
  explicit LinkError(std::string message) : text(std::move(message)) {}
  void log(llvm::raw_ostream &os) const override { os << text; }
  std::error_code convertToErrorCode() const override { return std::make_error_code(std::errc::invalid_argument); }

private:
  std::string text;
};

// The folder where the parts for `triple` are installed: <arch>-linux-<library> beside libingot_compiler.so, or in ../lib/ingot beside
// a program that holds the compiler itself.
std::string partsFolder(llvm::StringRef triple, llvm::StringRef library = "gnu");

// A standalone executable for Linux, with glibc or static, of any architecture whose parts are installed.
llvm::Expected<LinkReport> linkExecutable(const LinkInputs &inputs);

// A shared library of tables, kernels and weights that exports `ingot_image` alone and is run by libingot_runtime. For any
// 64-bit little-endian ELF architecture; needs no parts.
llvm::Expected<LinkReport> linkShared(const LinkInputs &inputs);

// One relocatable object and a C99 header beside it (the same name with the suffix .h). The object holds kernels, weights
// and the embedded interpreter; its only global symbols are the run functions the header declares.
llvm::Expected<LinkReport> packageObject(const LinkInputs &inputs);

// The same object as the only member of an archive, its header beside it.
llvm::Expected<LinkReport> packageArchive(const LinkInputs &inputs);

// The file that a path's symbolic links lead to, which need not exist: what is written under a link's name is written there.
std::string throughLinks(llvm::StringRef path);

// NAME in NAME_run where LinkInputs::name is empty: the stem of a path as a C identifier.
std::string identifierOf(llvm::StringRef path);

} // namespace ingot

#endif // INGOT_COMPILER_AOT_LINK_H
