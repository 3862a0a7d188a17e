#include "runtime/hostio/SelfTest.h"

#include "runtime/abi/hash.h"
#include "runtime/hostio/Generate.h"
#include "runtime/loaders/artifact_state.h"
#include "runtime/platform/memory.h"
#include "runtime/platform/processor.h"
#include "runtime/session/session_state.h"

#include <stdlib.h>
#include <string.h>

namespace ingot::hostio {
namespace {

struct Buffers {
  ingot_buffer *list = nullptr;
  size_t count = 0;

  ~Buffers() {
    for (size_t i = 0; i < count; ++i)
      rt::releaseAligned(list[i].data);
    rt::releaseArray(list);
  }
  bool reserve(size_t most) { return (list = rt::allocateArray<ingot_buffer>(most)) != nullptr; }
  bool allocate(uint64_t &left) {
    for (size_t i = 0; i < count; ++i) {
      if (list[i].byte_size > left)
        return false;
      left -= list[i].byte_size;
      list[i].data = rt::allocateAligned(list[i].byte_size ? list[i].byte_size : 1, INGOT_BUFFER_ALIGNMENT);
      if (!list[i].data)
        return false;
      memset(list[i].data, 0, list[i].byte_size);
    }
    return true;
  }
};

// An artifact that shares all with another but the variants in use.
struct Restricted {
  ingot_artifact artifact;
  explicit Restricted(const ingot_artifact &of) : artifact(of) {
    artifact.chosen = rt::allocateArray<uint32_t>(of.table.header().kernels.count);
    artifact.library = nullptr;
  }
  ~Restricted() { rt::releaseArray(artifact.chosen); }
};

bool describeInputs(const rt::Table &table, const ingot_entry &entry, const CallSizes &sizes, Buffers &inputs) {
  if (!inputs.reserve(entry.input_count))
    return false;
  for (uint32_t i = 0; i < entry.input_count; ++i) {
    const ingot_argument argument = table.argument(entry.inputs + i);
    if ((argument.flags & INGOT_ARG_STATE) != 0)
      continue;
    int64_t dims[INGOT_MAX_RANK];
    for (uint32_t d = 0; d < argument.rank; ++d)
      dims[d] = sizes.dim(argument, d);
    inputs.list[inputs.count++] = ingot_buffer_of(nullptr, argument.dtype, argument.rank, dims);
  }
  return true;
}

void fillInputs(Buffers &inputs, const rt::Table &table, const ingot_entry &entry) {
  for (uint32_t i = 0, given = 0; i < entry.input_count; ++i) {
    const ingot_argument argument = table.argument(entry.inputs + i);
    if ((argument.flags & INGOT_ARG_STATE) != 0)
      continue;
    ingot_buffer &buffer = inputs.list[given];
    if ((argument.flags & INGOT_ARG_DEFAULT) != 0) {
      rt::releaseAligned(buffer.data);
      buffer.data = nullptr; // a damaged default is to be found
    } else {
      fillRandom(buffer.data, buffer.dtype, buffer.byte_size / ingot_dtype_bytes(buffer.dtype), given);
    }
    ++given;
  }
}

// Outcome of one run of an entry record in `session`, whose results are added to `hash`; INGOT_OK unless it could not be made.
ingot_code runRecord(ingot_session *session, uint32_t record, uint64_t &budget, ingot_hash_state &hash,
                     ingot_self_test &test, ingot_error *error) {
  const rt::Table table = session->artifact->table;
  const ingot_entry entry = table.entry(record);
  CallSizes sizes;
  Buffers inputs, results;
  uint64_t left = selfTestMemory;
  if (ingot_session_reset(session, nullptr) != INGOT_OK ||
      ingot_session_select(session, table.string(entry.name), nullptr) != INGOT_OK ||
      !sizes.choose(table, record, SizeChoice::LeastNonEmpty) || !describeInputs(table, entry, sizes, inputs) ||
      !results.reserve(session->givenResults))
    return rt::Failure(error, INGOT_OUT_OF_MEMORY) << "no memory for a self-test";
  results.count = session->givenResults;
  for (size_t i = 0; i < results.count; ++i)
    results.list[i] = ingot_buffer_of(nullptr, 0, 0, nullptr);
  ingot_error refusal{};
  ingot_code code = ingot_result_shapes(session, inputs.list, inputs.count, results.list, results.count, &refusal);
  if (code == INGOT_OK && session->values[session->entry.arena] > int64_t(selfTestMemory)) {
    test.outcome = INGOT_SELF_TEST_TOO_LONG;
    return INGOT_OK;
  }
  if (code == INGOT_OK && (!inputs.allocate(left) || !results.allocate(left))) {
    test.outcome = INGOT_SELF_TEST_TOO_LONG;
    return INGOT_OK;
  }
  session->frame.budget = &budget;
  if (code == INGOT_OK) {
    fillInputs(inputs, table, entry);
    code = ingot_run(session, inputs.list, inputs.count, results.list, results.count, &refusal);
  }
  if (code == INGOT_INVALID) {
    test.outcome = INGOT_SELF_TEST_REFUSED;
    return INGOT_OK;
  }
  if (code != INGOT_OK) {
    if (error)
      *error = refusal;
    return code;
  }
  test.outcome = budget == 0 ? INGOT_SELF_TEST_TOO_LONG : INGOT_SELF_TEST_STORED;
  // What the results' dims hold: buffers have the bounds where data decides.
  for (size_t i = 0; i < results.count; ++i) {
    const ingot_buffer &result = results.list[i];
    ingot_hash_update(&hash, result.data, ingot_buffer_of(nullptr, result.dtype, result.rank, result.dims).byte_size);
  }
  return INGOT_OK;
}

// Outcome and hash of a run of every record.
ingot_code runAll(ingot_session *session, ingot_self_test &test, ingot_error *error) {
  uint64_t budget = selfTestBudget;
  ingot_hash_state hash;
  ingot_hash_begin(&hash, 0);
  for (uint32_t i = 0; i < session->artifact->table.header().entries.count; ++i)
    if (const ingot_code code = runRecord(session, i, budget, hash, test, error);
        code != INGOT_OK || test.outcome != INGOT_SELF_TEST_STORED)
      return code;
  test.results = ingot_hash_end(&hash);
  return INGOT_OK;
}

} // namespace

ingot_code runSelfTest(const ingot_artifact *artifact, int32_t threads, ingot_self_test &test, ingot_error *error) {
  const rt::Table table = artifact->table;
  Restricted restricted(*artifact);
  test.outcome = INGOT_SELF_TEST_NOT_RUN;
  test.results = 0;
  if (!restricted.artifact.chosen)
    return rt::Failure(error, INGOT_OUT_OF_MEMORY) << "no memory for a self-test";
  if (table.header().weights_size > selfTestWeights) {
    test.outcome = INGOT_SELF_TEST_TOO_LONG;
    return INGOT_OK;
  }
  const uint64_t present = rt::processFeatures(rt::featuresAsked(table));
  if ((test.features & ~present) != 0 ||
      rt::chooseVariants(table, test.features, restricted.artifact.chosen, nullptr) != INGOT_OK)
    return INGOT_OK;
  ingot_session_options options{};
  options.struct_size = sizeof options;
  options.threads = threads;
  ingot_session *const session = ingot_session_create(&restricted.artifact, nullptr, &options, error);
  if (!session)
    return INGOT_OUT_OF_MEMORY;
  const ingot_code code = runAll(session, test, error);
  ingot_session_destroy(session);
  return code;
}

ingot_code checkSelfTest(const ingot_artifact *artifact, int32_t threads, SelfTestReport &report, ingot_error *error) {
  const rt::Table table = artifact->table;
  const uint32_t kernels = table.header().kernels.count;
  report = SelfTestReport{nullptr, INGOT_SELF_TEST_NOT_RUN, true, 0, 0};
  Restricted level(*artifact);
  if (!level.artifact.chosen)
    return rt::Failure(error, INGOT_OUT_OF_MEMORY) << "no memory for a self-test";
  for (uint32_t i = 0; i < table.header().self_tests.count; ++i) {
    ingot_self_test test = table.selfTest(i);
    if (rt::chooseVariants(table, test.features, level.artifact.chosen, nullptr) != INGOT_OK ||
        memcmp(level.artifact.chosen, artifact->chosen, kernels * sizeof(uint32_t)) != 0)
      continue;
    report.level = table.string(test.level);
    report.outcome = test.outcome;
    report.wanted = test.results;
    if (test.outcome != INGOT_SELF_TEST_STORED)
      return INGOT_OK;
    if (const ingot_code code = runSelfTest(artifact, threads, test, error); code != INGOT_OK)
      return code;
    report.got = test.results;
    report.holds = test.outcome == INGOT_SELF_TEST_STORED && report.got == report.wanted;
    return INGOT_OK;
  }
  return INGOT_OK;
}

const char *outcomeText(uint32_t outcome) {
  switch (outcome) {
  case INGOT_SELF_TEST_STORED:
    return "stored";
  case INGOT_SELF_TEST_TOO_LONG:
    return "none: the work of a run exceeds what a self-test may take";
  case INGOT_SELF_TEST_REFUSED:
    return "none: generated inputs do not suit the model";
  default:
    return "none: the level could not be run when the file was compiled";
  }
}

} // namespace ingot::hostio
