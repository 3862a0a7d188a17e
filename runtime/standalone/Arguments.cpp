#include "runtime/standalone/Program.h"

#include "runtime/hostio/Generate.h"
#include "runtime/hostio/Nearest.h"
#include "runtime/hostio/Values.h"
#include "runtime/hostio/npy.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// As <new> has it, which belongs to a C++ library: parts for other architectures are made without one.
inline void *operator new(size_t, void *place) noexcept { return place; }

namespace ingot::standalone {

using namespace hostio;
namespace {

Status outOfMemory(const Program &program) { return program.fail(Mistake, "out of memory"); }

template <typename T> void exchange(T &a, T &b) {
  T old = a;
  a = b;
  b = old;
}

template <typename T> T *newArray(size_t count) { return static_cast<T *>(calloc(count + 1, sizeof(T))); }

ingot_buffer describeBuffer(const ingot_argument_info &info) {
  return ingot_buffer_of(nullptr, info.dtype, info.rank, info.dims);
}

} // namespace

Arguments::~Arguments() { release(); }

void Arguments::release() {
  for (size_t i = 0; inputs && i < inputCount; ++i)
    free(inputs[i].data);
  for (size_t i = 0; results && i < resultCount; ++i)
    free(results[i].data);
  free(inputInfos);
  free(resultInfos);
  free(inputs);
  free(results);
}

Status Arguments::prepare(size_t chosen) {
  Arguments before(program);
  exchange(before.inputCount, inputCount), exchange(before.resultCount, resultCount);
  exchange(before.inputInfos, inputInfos), exchange(before.resultInfos, resultInfos);
  exchange(before.inputs, inputs), exchange(before.results, results);
  entry = chosen;
  size_t all = ingot_artifact_input_count(program.artifact, entry);
  size_t allResults = ingot_artifact_result_count(program.artifact, entry);
  inputInfos = newArray<ingot_argument_info>(all);
  inputs = newArray<ingot_buffer>(all);
  resultInfos = newArray<ingot_argument_info>(allResults);
  results = newArray<ingot_buffer>(allResults);
  if (!inputInfos || !inputs || !resultInfos || !results)
    return outOfMemory(program);
  for (size_t i = 0; i < all; ++i) {
    ingot_argument_info &info = inputInfos[inputCount];
    ingot_artifact_input(program.artifact, entry, i, &info);
    if (info.is_state)
      continue;
    ingot_buffer &buffer = inputs[inputCount++];
    buffer = describeBuffer(info);
    for (size_t k = 0; k < before.inputCount; ++k)
      if (strcmp(before.inputInfos[k].name, info.name) == 0 && before.inputs[k].dtype == info.dtype &&
          before.inputs[k].rank == info.rank && before.inputs[k].data) {
        buffer = before.inputs[k];
        before.inputs[k].data = nullptr;
      }
  }
  for (size_t i = 0; i < allResults; ++i) {
    ingot_artifact_result(program.artifact, entry, i, &resultInfos[resultCount]);
    if (!resultInfos[resultCount].is_state) {
      results[resultCount] = describeBuffer(resultInfos[resultCount]);
      ++resultCount;
    }
  }
  return Done;
}

void addArgument(Text &text, const Program &program, const ingot_argument_info &info) {
  text.format("%s: %s [", info.name, ingot_dtype_name(info.dtype));
  for (uint32_t i = 0; i < info.rank; ++i) {
    ingot_size_info size;
    text.add(i ? ", " : "");
    if (info.size_index[i] >= 0 && ingot_artifact_size(program.artifact, size_t(info.size_index[i]), &size) == INGOT_OK)
      text.format("%s=%lld..%lld", size.name, (long long)size.min, (long long)size.max);
    else
      text.format("%lld", (long long)info.dims[i]);
  }
  text.add("]");
}

Status Arguments::missingInputs() const {
  Text text;
  size_t missing = 0;
  for (size_t i = 0; i < inputCount; ++i)
    missing += inputs[i].data == nullptr && !inputInfos[i].default_data;
  text.format("%zu of %zu input%s not given:\n", missing, inputCount, inputCount == 1 ? "" : "s");
  for (size_t i = 0; i < inputCount; ++i)
    if (!inputs[i].data && !inputInfos[i].default_data) {
      text.add("  ");
      addArgument(text, program, inputInfos[i]);
      text.add("\n");
    }
  text.format("for example: %s", program.name);
  for (size_t i = 0; i < inputCount; ++i)
    if (inputCount == 1)
      text.format(" --input FILE.npy");
    else if (!inputInfos[i].default_data)
      text.format(" --input '%s=FILE%zu.npy'", inputInfos[i].name, i);
  return program.fail(Mistake, text.chars());
}

Status Arguments::allocate(ingot_buffer &buffer) const {
  uint64_t bytes = elementCount(buffer) * ingot_dtype_bytes(buffer.dtype);
  if (posix_memalign(&buffer.data, 64, bytes < 64 ? 64 : bytes) != 0) {
    buffer.data = nullptr;
    const bool isInput = &buffer >= inputs && &buffer < inputs + inputCount;
    const ingot_argument_info &info = isInput ? inputInfos[&buffer - inputs] : resultInfos[&buffer - results];
    Text message;
    message.format("%s '%s': no memory for its %llu bytes", isInput ? "input" : "result", info.name,
                   (unsigned long long)bytes);
    return program.fail(Mistake, message.chars());
  }
  buffer.byte_size = bytes;
  return Done;
}

Status Arguments::makeResults(ingot_session *session) {
  ingot_error error;
  for (size_t i = 0; i < resultCount; ++i) {
    free(results[i].data);
    results[i].data = nullptr;
  }
  if (ingot_result_shapes(session, inputs, inputCount, results, resultCount, &error) != INGOT_OK)
    return program.fail(error);
  for (size_t i = 0; i < resultCount; ++i)
    if (Status status = allocate(results[i]))
      return status;
  return Done;
}

size_t Arguments::find(const char *option, const char *const *files, const char *&file) const {
  for (const char *at = strchr(option, '='); at; at = strchr(at + 1, '='))
    for (size_t j = 0; j < inputCount; ++j)
      if (strlen(inputInfos[j].name) == size_t(at - option) && !memcmp(inputInfos[j].name, option, size_t(at - option))) {
        file = at + 1;
        return j;
      }
  if (strchr(option, '=') && access(option, F_OK) != 0)
    return inputCount;
  for (int optional = 0; optional < 2; ++optional)
    for (size_t j = 0; j < inputCount; ++j)
      if (!files[j] && (inputInfos[j].default_data != nullptr) == (optional != 0))
        return j;
  return inputCount;
}

Status Arguments::chooseDims(const char *const *files) {
  uint64_t seed;
  auto isMade = [&](size_t i) { return files[i] && sourceOf(files[i], seed) != InputSource::File; };
  bool makesAny = false;
  for (size_t i = 0; i < inputCount; ++i)
    makesAny |= isMade(i);
  if (!makesAny)
    return Done;
  const rt::Table table(program.image->table);
  const uint32_t first = table.recordOf(uint32_t(entry));
  const ingot_entry record = table.entry(first);
  CallSizes sizes;
  if (!sizes.choose(table, first, SizeChoice::Least))
    return outOfMemory(program);
  for (size_t i = 0; i < inputCount; ++i)
    for (uint32_t d = 0; inputs[i].data && !isMade(i) && d < inputs[i].rank && inputs[i].rank == inputInfos[i].rank; ++d)
      if (inputInfos[i].size_index[d] >= 0)
        sizes.set(uint32_t(inputInfos[i].size_index[d]), inputs[i].dims[d]);
  for (uint32_t i = 0, given = 0; i < record.input_count; ++i) {
    const ingot_argument argument = table.argument(record.inputs + i);
    if (argument.flags & INGOT_ARG_STATE)
      continue;
    if (isMade(given)) {
      inputs[given] = describeBuffer(inputInfos[given]);
      inputs[given].data = this; // marks it as given
      for (uint32_t d = 0; d < argument.rank; ++d)
        inputs[given].dims[d] = sizes.dim(argument, d);
    }
    ++given;
  }
  return Done;
}

Status Arguments::readInputs(ingot_session *session, int first, int end) {
  const Options &options = program.options;
  NpyReader *readers = newArray<NpyReader>(inputCount);
  const char **files = newArray<const char *>(inputCount);
  ingot_buffer *before = newArray<ingot_buffer>(inputCount);
  if (!readers || !files || !before) {
    free(readers);
    free(static_cast<void *>(files));
    free(before);
    return outOfMemory(program);
  }
  Status status = Done;
  for (size_t i = 0; i < inputCount; ++i) {
    new (&readers[i]) NpyReader();
    before[i] = inputs[i];
  }

  // Give each option to an input: by name where a name of the model stands before a '=', else the next one without a file.
  Text message;
  for (int i = first; status == Done && i < end; ++i) {
    const char *option = options.inputs[i], *file = option;
    const size_t index = find(option, files, file);
    if (index == inputCount && file == option && strchr(option, '=') && access(option, F_OK) != 0) {
      message.format("no input is called '%.*s'; the inputs are:", int(strchr(option, '=') - option), option);
      for (size_t j = 0; j < inputCount; ++j)
        message.format("%s '%s'", j ? "," : "", inputInfos[j].name);
      Nearest nearest(option, size_t(strchr(option, '=') - option));
      for (size_t j = 0; j < inputCount; ++j)
        nearest.offer(inputInfos[j].name);
      if (nearest.best)
        message.format("; did you mean '%s'?", nearest.best);
      status = program.fail(Mistake, message.chars());
      break;
    }
    if (index == inputCount)
      message.format("'%s' is one file too many: the model has %zu input%s", file, inputCount, inputCount == 1 ? "" : "s");
    else if (files[index])
      message.format("input '%s': given twice", inputInfos[index].name);
    for (size_t j = 0; j < inputCount && strcmp(file, "-") == 0; ++j)
      if (files[j] && strcmp(files[j], "-") == 0 && !message.size())
        message.format("input '%s': the standard input is already taken by '%s'", inputInfos[index].name,
                       inputInfos[j].name);
    if (message.size())
      status = program.fail(Mistake, message.chars());
    else
      files[index] = file;
  }

  bool missing = false;
  ingot_error error;
  uint64_t seed = 0;
  for (size_t i = 0; status == Done && i < inputCount; ++i) {
    if (!files[i]) {
      missing |= !inputs[i].data && !inputInfos[i].default_data;
      continue;
    }
    const ingot_argument_info &info = inputInfos[i];
    const InputSource source = sourceOf(files[i], seed);
    if (source == InputSource::Zeros || source == InputSource::Random)
      continue;
    if (source == InputSource::BadSeed) {
      message.format("input '%s': %s: the seed is no number", info.name, files[i]);
    } else if (!readers[i].open(files[i], &error)) {
      message.format("input '%s': %s", info.name, error.message);
      Nearest nearest(files[i], strlen(files[i]));
      nearest.offer("zeros");
      nearest.offer("random");
      if (nearest.best && access(files[i], F_OK) != 0)
        message.format("; did you mean '%s'?", nearest.best);
    } else if (!npyFits(readers[i].header(), info.dtype)) {
      message.format("input '%s': '%s' holds %s, the model takes %s", info.name, files[i],
                     npyStoredName(readers[i].header()), ingot_dtype_name(info.dtype));
    } else {
      inputs[i] = ingot_buffer_of(nullptr, info.dtype, readers[i].header().rank, readers[i].header().dims);
      inputs[i].data = readers; // marks it as given; replaced below
    }
    if (message.size())
      status = program.fail(Mistake, message.chars());
  }
  if (status == Done)
    status = chooseDims(files);
  if (status == Done && missing)
    status = missingInputs();
  for (size_t i = 0; i < inputCount; ++i)
    inputs[i].data = before[i].data;
  if (status == Done)
    status = makeResults(session);
  for (size_t i = 0; status == Done && i < inputCount; ++i) {
    if (!files[i])
      continue;
    free(inputs[i].data);
    inputs[i].data = nullptr;
    status = allocate(inputs[i]);
    const InputSource source = sourceOf(files[i], seed);
    if (status == Done && source == InputSource::Zeros)
      memset(inputs[i].data, 0, inputs[i].byte_size);
    else if (status == Done && source == InputSource::Random)
      fillRandom(inputs[i].data, inputs[i].dtype, elementCount(inputs[i]), seed);
    else if (status == Done && !readers[i].read(inputs[i].data, inputs[i].dtype, &error)) {
      message.format("input '%s': '%s': %s", inputInfos[i].name, files[i], error.message);
      status = program.fail(Mistake, message.chars());
    }
  }
  for (size_t i = 0; i < inputCount; ++i)
    readers[i].~NpyReader();
  free(readers);
  free(static_cast<void *>(files));
  free(before);
  return status;
}

Status Arguments::generate(ingot_session *session) {
  const rt::Table table(program.image->table);
  const uint32_t largest = recordFor(table, table.recordOf(uint32_t(entry)), SizeChoice::Largest);
  const ingot_entry record = table.entry(largest);
  CallSizes sizes;
  if (!sizes.choose(table, largest, SizeChoice::Largest))
    return outOfMemory(program);
  for (uint32_t i = 0, given = 0; i < record.input_count; ++i) {
    const ingot_argument argument = table.argument(record.inputs + i);
    if (argument.flags & INGOT_ARG_STATE)
      continue;
    for (uint32_t d = 0; d < argument.rank; ++d)
      inputs[given].dims[d] = sizes.dim(argument, d);
    ++given;
  }
  if (Status status = makeResults(session))
    return status;
  for (size_t i = 0; i < inputCount; ++i) {
    if (inputInfos[i].default_data)
      continue;
    if (Status status = allocate(inputs[i]))
      return status;
    fillRandom(inputs[i].data, inputs[i].dtype, elementCount(inputs[i]), 0);
  }
  return Done;
}

} // namespace ingot::standalone
