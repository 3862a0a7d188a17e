// --describe, --selftest and --bench.
#include "runtime/standalone/Program.h"

#include "runtime/abi/entries.h"
#include "runtime/core/table.h"
#include "runtime/hostio/SelfTest.h"
#include "runtime/hostio/Values.h"
#include "runtime/loaders/verify.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

namespace ingot::standalone {

using namespace hostio;
namespace {

uint64_t nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return uint64_t(now.tv_sec) * 1'000'000'000u + uint64_t(now.tv_nsec);
}

// In-place heap sort; the C library's qsort may allocate.
void sort(uint64_t *values, size_t count) {
  auto sink = [&](size_t root, size_t end) {
    for (size_t child; (child = 2 * root + 1) < end; root = child) {
      if (child + 1 < end && values[child] < values[child + 1])
        ++child;
      if (values[root] >= values[child])
        return;
      uint64_t value = values[root];
      values[root] = values[child];
      values[child] = value;
    }
  };
  for (size_t i = count / 2; i-- > 0;)
    sink(i, count);
  for (size_t end = count; end-- > 1;) {
    uint64_t value = values[0];
    values[0] = values[end];
    values[end] = value;
    sink(0, end);
  }
}

void addArgumentJson(Text &out, const Program &program, const ingot_argument_info &info) {
  out.add("{\"name\": ");
  out.addJson(info.name);
  out.format(", \"dtype\": \"%s\", \"shape\": [", ingot_dtype_name(info.dtype));
  for (uint32_t i = 0; i < info.rank; ++i) {
    ingot_size_info size;
    out.add(i ? ", " : "");
    if (info.size_index[i] >= 0 && ingot_artifact_size(program.artifact, size_t(info.size_index[i]), &size) == INGOT_OK)
      out.addJson(size.name);
    else
      out.format("%lld", (long long)info.dims[i]);
  }
  out.add("]");
  if (info.bounded_dims) {
    out.add(", \"bounded_dims\": [");
    for (uint32_t i = 0, listed = 0; i < info.rank; ++i)
      if (info.bounded_dims >> i & 1)
        out.format(listed++ ? ", %u" : "%u", i);
    out.add("]");
  }
  out.format(", \"max_bytes\": %llu, \"state\": %s, \"default\": %s}", (unsigned long long)info.max_bytes,
             info.is_state ? "true" : "false", info.default_data ? "true" : "false");
}

// Text and JSON of one list of an entry point's arguments; `get` is ingot_artifact_input or ingot_artifact_result.
void describeArguments(Program &program, size_t entry, const char *title, size_t count,
                       ingot_code (*get)(const ingot_artifact *, size_t, size_t, ingot_argument_info *)) {
  Text &out = program.out;
  bool json = program.options.json;
  if (json)
    out.format(", \"%s\": [", title);
  for (size_t i = 0; i < count; ++i) {
    ingot_argument_info info;
    if (get(program.artifact, entry, i, &info) != INGOT_OK)
      continue;
    if (json) {
      out.add(i ? ", " : "");
      addArgumentJson(out, program, info);
    } else {
      out.format("%-9s ", i ? "" : title);
      addArgument(out, program, info);
      out.add(info.is_state       ? " (state)\n"
              : info.default_data ? " (has a default)\n"
              : info.bounded_dims ? " (as many as data leaves)\n"
                                  : "\n");
    }
  }
  if (json)
    out.add("]");
}

void describeEntry(Program &program, size_t entry) {
  describeArguments(program, entry, "inputs", ingot_artifact_input_count(program.artifact, entry), ingot_artifact_input);
  describeArguments(program, entry, "results", ingot_artifact_result_count(program.artifact, entry), ingot_artifact_result);
}

const char *stringAt(const ingot_table_header *table, uint32_t index) {
  return reinterpret_cast<const char *>(table) + table->strings.offset + index;
}

// Bytes of arena the entry point at record `first` takes at the largest sizes, by whichever specialisation; false where memory runs
// out.
bool arenaAtMaxima(const ingot_table_header *table, uint32_t first, int64_t &arena) {
  int64_t *sizes = static_cast<int64_t *>(malloc((size_t(table->sizes.count) + table->exprs.count + 1) * sizeof(int64_t)));
  if (!sizes)
    return false;
  int64_t *values = sizes + table->sizes.count;
  arena = 0;
  for (uint32_t record = first; record < ingot_past_specialisations(table, first); ++record) {
    const ingot_entry entry = ingot_read_entry(table, record);
    for (uint32_t i = 0; i < table->sizes.count; ++i)
      sizes[i] = ingot_entry_bound(table, &entry, i, 1);
    ingot_evaluate(table, sizes, values);
    arena = values[entry.arena] > arena ? values[entry.arena] : arena;
  }
  free(sizes);
  return true;
}

// What the file this process runs from shows.
struct FileCheck {
  Text problems; // as JSON strings, or joined by "; "
  bool json, readable = false, failed = false;
  ingot_verify_report report = {};

  explicit FileCheck(bool json) : json(json) {}
  void add(const char *message) {
    if (problems.size())
      problems.add(json ? ", " : "; ");
    json ? problems.addJson(message) : problems.add(message);
  }
  void run() {
    constexpr const char *path = "/proc/self/exe";
    readable = access(path, R_OK) == 0;
    if (!readable)
      return;
    report.context = this;
    report.problem = [](void *context, const char *message) { static_cast<FileCheck *>(context)->add(message); };
    failed = ingot_verify_file(path, &report) != INGOT_OK;
  }
  const char *note() const {
    return !readable           ? "not checked: /proc/self/exe cannot be read"
           : report.whole_file ? "ok"
                               : "changed since it was compiled (strip does that); its tables, code and weights are intact";
  }
};

} // namespace

Status version(Program &program) {
  const char *model = ingot_artifact_model_name(program.artifact);
  const char *producer = stringAt(program.image->table, program.image->table->producer);
  if (!program.options.json) {
    program.out.format("%s, made by %s\n", model, producer);
    return Done;
  }
  program.out.add("\"model\": ");
  program.out.addJson(model);
  program.out.add(", \"producer\": ");
  program.out.addJson(producer);
  return Done;
}

Status describe(Program &program) {
  const ingot_table_header *table = program.image->table;
  Text &out = program.out;
  const char *model = ingot_artifact_model_name(program.artifact);
  const char *asked = program.options.entries[0];
  const int64_t chosen = ingot_artifact_find_entry(program.artifact, asked);
  if (chosen < 0) {
    Text message;
    message.format("no entry point '%s'; there are", asked);
    for (size_t i = 0; i < ingot_artifact_entry_count(program.artifact); ++i)
      message.format("%s '%s'", i ? "," : "", ingot_artifact_entry_name(program.artifact, i));
    return program.fail(Mistake, message.chars());
  }
  const rt::Table records(table);
  int64_t arena;
  if (!arenaAtMaxima(table, records.recordOf(uint32_t(chosen)), arena))
    return program.fail(Mistake, "out of memory");
  if (program.options.json) {
    out.add("\"model\": ");
    out.addJson(model);
    out.add(", \"producer\": ");
    out.addJson(stringAt(table, table->producer));
    out.add(", \"triple\": ");
    out.addJson(stringAt(table, table->triple));
    out.add(", \"numerics\": ");
    out.addJson(stringAt(table, table->numerics));
    out.add(", \"sizes\": [");
  } else {
    out.format("%-9s %s\n%-9s %s, %s, %s numerics\n", "model", model, "made by", stringAt(table, table->producer),
               stringAt(table, table->triple), stringAt(table, table->numerics));
  }
  for (size_t i = 0; i < ingot_artifact_size_count(program.artifact); ++i) {
    ingot_size_info size;
    if (ingot_artifact_size(program.artifact, i, &size) != INGOT_OK)
      continue;
    if (program.options.json) {
      out.add(i ? ", {\"name\": " : "{\"name\": ");
      out.addJson(size.name);
      out.format(", \"min\": %lld, \"max\": %lld, \"multiple\": %lld, \"data\": %s}", (long long)size.min,
                 (long long)size.max, (long long)size.multiple, size.is_data ? "true" : "false");
    } else {
      out.format("%-9s %s from %lld to %lld", i ? "" : "sizes", size.name, (long long)size.min, (long long)size.max);
      if (size.multiple > 1)
        out.format(" in steps of %lld", (long long)size.multiple);
      out.add(size.is_data ? ", computed from data" : "");
      out.add("\n");
    }
  }
  if (program.options.json)
    out.add("]");
  // Where there are several and none is asked for, all; the members of JSON beside the list are of the first.
  const size_t entries = ingot_artifact_entry_count(program.artifact);
  const bool all = !asked && entries > 1;
  if (program.options.json) {
    describeEntry(program, size_t(chosen));
    out.add(", \"entries\": [");
    for (size_t i = all ? 0 : size_t(chosen); i < (all ? entries : size_t(chosen) + 1); ++i) {
      out.add(all && i ? ", {\"name\": " : "{\"name\": ");
      out.addJson(ingot_artifact_entry_name(program.artifact, i));
      describeEntry(program, i);
      int64_t bytes;
      if (!arenaAtMaxima(table, records.recordOf(uint32_t(i)), bytes))
        return program.fail(Mistake, "out of memory");
      out.format(", \"arena_bytes\": %lld}", (long long)bytes);
    }
    out.add("]");
  } else {
    for (size_t i = all ? 0 : size_t(chosen); i < (all ? entries : size_t(chosen) + 1); ++i) {
      if (entries > 1)
        out.format("%-9s %s\n", "entry", ingot_artifact_entry_name(program.artifact, i));
      describeEntry(program, i);
      int64_t bytes;
      if (!arenaAtMaxima(table, records.recordOf(uint32_t(i)), bytes))
        return program.fail(Mistake, "out of memory");
      arena = bytes > arena ? bytes : arena;
    }
  }
  unsigned kernels = table->kernels.count, commands = table->commands.count, weights = table->weights.count;
  unsigned long long bytes = table->weights_size;
  auto plural = [](unsigned count) { return count == 1 ? "" : "s"; };
  if (program.options.json)
    out.format(", \"kernel_count\": %u, \"command_count\": %u, \"weight_count\": %u, \"weight_bytes\": %llu, "
               "\"arena_bytes\": %lld",
               kernels, commands, weights, bytes, (long long)arena);
  else
    out.format("%-9s %u kernel%s, %u command%s, %u weight%s of %llu bytes\n%-9s %lld bytes at the largest sizes\n", "holds",
               kernels, plural(kernels), commands, plural(commands), weights, plural(weights), bytes, "arena",
               (long long)arena);
  return Done;
}

Status selftest(Program &program) {
  // Loading has checked the hashes of tables and code.
  const bool json = program.options.json;
  FileCheck file(json);
  file.run();
  ingot_error error;
  const bool weightsFailed = ingot_verify_weights(program.artifact, &error) != INGOT_OK;
  if (weightsFailed && !file.failed)
    file.add(error.message);
  SelfTestReport test = {nullptr, INGOT_SELF_TEST_NOT_RUN, true, 0, 0};
  if (!weightsFailed) {
    ingot_error refusal;
    if (checkSelfTest(program.artifact, program.options.threads, test, &refusal) != INGOT_OK)
      return program.fail(refusal);
  }
  Text run;
  const bool compared = !weightsFailed && test.level && test.outcome == INGOT_SELF_TEST_STORED;
  if (compared && !test.holds)
    run.format("%s: the results have hash %016llx, when compiled they had %016llx", test.level, (unsigned long long)test.got,
               (unsigned long long)test.wanted);
  if (run.size())
    file.add(run.chars());
  const bool failed = file.failed || weightsFailed || !test.holds;
  Text &out = program.out;
  if (json) {
    const ingot_verify_report &report = file.report;
    auto word = [](bool value) { return value ? "true" : "false"; };
    out.add("\"file\": ");
    out.addJson(program.name);
    out.format(", \"ok\": %s, \"problems\": [%s], \"bytes\": %llu, \"whole_file\": %s, \"stripped\": %s, "
               "\"code_bytes\": %llu, \"weight_bytes\": %llu, \"runs_here\": true, \"self_test\": {\"level\": ",
               word(!failed), file.problems.chars(), (unsigned long long)report.file_bytes, word(report.whole_file),
               word(file.readable && report.has_file_hash && !report.whole_file), (unsigned long long)report.code_bytes,
               (unsigned long long)program.image->table->weights_size);
    test.level ? out.addJson(test.level) : out.add("null");
    out.add(", \"stored\": ");
    out.addJson(outcomeText(test.outcome));
    out.format(", \"compared\": %s, \"holds\": %s}", word(compared), word(test.holds));
  } else {
    out.format("file      %s%s\ntables    ok\ncode      ok\nweights   %s%s\n", file.failed ? "FAILED: " : "",
               file.failed ? file.problems.chars() : file.note(), weightsFailed ? "FAILED: " : "ok",
               weightsFailed ? error.message : "");
    if (run.size())
      out.format("run       FAILED: %s\n", run.chars());
    else if (compared)
      out.format("run       ok: %s gives the results it gave when compiled\n", test.level);
    else if (!weightsFailed)
      out.format("run       not compared: %s\n",
                 test.level ? outcomeText(test.outcome) : "no level's code is what this processor runs");
  }
  return failed ? program.fail(Failed, weightsFailed ? error.message
                                       : run.size()  ? run.chars()
                                                     : "the self-test failed")
                : Done;
}

Status bench(Program &program, Arguments &arguments, ingot_session *session) {
  size_t runs = size_t(program.options.bench);
  uint64_t *times = static_cast<uint64_t *>(malloc(runs * sizeof(uint64_t)));
  if (!times)
    return program.fail(Mistake, "out of memory");
  ingot_error error;
  ingot_code code = INGOT_OK;
  // Warm up for ten runs or a second, whichever ends first.
  uint64_t start = nanoseconds(), begin = start;
  auto run = [&] {
    begin = nanoseconds();
    code = arguments.run(session, error);
    // A state that grows is full, or no longer fits these inputs: from the start again.
    if (code == INGOT_INVALID && ingot_session_reset(session, nullptr) == INGOT_OK) {
      begin = nanoseconds();
      code = arguments.run(session, error);
    }
  };
  for (int i = 0; code == INGOT_OK && i < 10 && (i == 0 || nanoseconds() - start < 1'000'000'000u); ++i)
    run();
  for (size_t i = 0; code == INGOT_OK && i < runs; ++i) {
    run();
    times[i] = nanoseconds() - begin;
  }
  if (code == INGOT_OK) {
    sort(times, runs);
    auto at = [&](double part) { return double(times[size_t(part * double(runs - 1) + 0.5)]) / 1e6; };
    int threads = ingot_session_threads(session);
    Text sizes;
    addSizes(sizes, program.artifact, session, program.options.json);
    if (program.options.json)
      program.out.format(", \"median_ms\": %.6f, \"min_ms\": %.6f, \"p95_ms\": %.6f, \"max_ms\": %.6f, "
                         "\"iterations\": %zu, \"threads\": %d, \"sizes\": {%s}, \"session_bytes\": %llu",
                         at(0.5), at(0), at(0.95), at(1), runs, threads, sizes.chars(),
                         (unsigned long long)ingot_session_memory(session));
    else
      program.out.format("median %.4f ms, min %.4f, p95 %.4f, max %.4f (%zu calls, %d thread%s%s%s)\n", at(0.5), at(0),
                         at(0.95), at(1), runs, threads, threads == 1 ? "" : "s", sizes.size() ? ", " : "", sizes.chars());
  }
  free(times);
  return code == INGOT_OK ? Done : program.fail(error);
}

} // namespace ingot::standalone
