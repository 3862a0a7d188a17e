// --describe, --selftest and --bench.
#include "runtime/standalone/Program.h"
#include "runtime/standalone/Values.h"

#include "runtime/abi/expr.h"
#include "runtime/loaders/verify.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

namespace ingot::standalone {
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
  out.format("], \"max_bytes\": %llu, \"state\": %s}", (unsigned long long)info.max_bytes, info.is_state ? "true" : "false");
}

// Text and JSON of one list of arguments; `get` is ingot_artifact_input or ingot_artifact_result.
void describeArguments(Program &program, const char *title, size_t count,
                       ingot_code (*get)(const ingot_artifact *, size_t, size_t, ingot_argument_info *)) {
  Text &out = program.out;
  bool json = program.options.json;
  if (json)
    out.format(", \"%s\": [", title);
  for (size_t i = 0; i < count; ++i) {
    ingot_argument_info info;
    if (get(program.artifact, 0, i, &info) != INGOT_OK)
      continue;
    if (json) {
      out.add(i ? ", " : "");
      addArgumentJson(out, program, info);
    } else {
      out.format("%-9s ", i ? "" : title);
      addArgument(out, program, info);
      out.add(info.is_state ? " (state)\n" : "\n");
    }
  }
  if (json)
    out.add("]");
}

const char *stringAt(const ingot_table_header *table, uint32_t index) {
  return reinterpret_cast<const char *>(table) + table->strings.offset + index;
}

// Bytes of arena the first entry takes at the largest sizes; false where memory runs out.
bool arenaAtMaxima(const ingot_table_header *table, int64_t &arena) {
  int64_t *sizes = static_cast<int64_t *>(malloc((size_t(table->sizes.count) + table->exprs.count + 1) * sizeof(int64_t)));
  if (!sizes)
    return false;
  int64_t *values = sizes + table->sizes.count;
  for (uint32_t i = 0; i < table->sizes.count; ++i) {
    ingot_size_record size;
    ingot_read_record(table, &table->sizes, i, &size, sizeof size);
    sizes[i] = size.max;
  }
  ingot_evaluate(table, sizes, values);
  ingot_entry entry;
  ingot_read_record(table, &table->entries, 0, &entry, sizeof entry);
  arena = values[entry.arena];
  free(sizes);
  return true;
}

// Compares the file this process runs from with its hashes. Null where they hold, else what was found.
const char *checkFile(Text &problems, bool &failed) {
  failed = false;
  constexpr const char *path = "/proc/self/exe";
  if (access(path, R_OK) != 0)
    return "not checked: /proc/self/exe cannot be read";
  ingot_verify_report report = {};
  report.context = &problems;
  report.problem = [](void *context, const char *message) {
    static_cast<Text *>(context)->format("%s%s", static_cast<Text *>(context)->size() ? "; " : "FAILED: ", message);
  };
  if (ingot_verify_file(path, &report) != INGOT_OK) {
    failed = true;
    return problems.chars();
  }
  return report.whole_file ? nullptr
                           : "changed since it was compiled (strip does that); its tables, code and weights are intact";
}

// One run on zeros; counts the values that are not finite.
Status runOnZeros(Program &program, uint64_t &values, uint64_t &notFinite) {
  Arguments arguments(program);
  if (Status status = arguments.prepare())
    return status;
  ingot_session_options options = {};
  options.struct_size = sizeof options;
  options.threads = program.options.threads;
  ingot_error error;
  ingot_session *session = ingot_session_create(program.artifact, nullptr, &options, &error);
  if (!session)
    return program.fail(error);
  Status status = arguments.fillZeros(session);
  if (status == Done && arguments.run(session, error) != INGOT_OK)
    status = program.fail(error);
  for (size_t i = 0; status == Done && i < arguments.resultCount; ++i)
    for (uint64_t j = 0, count = elementCount(arguments.results[i]); j < count; ++j, ++values)
      notFinite += !loadElement(arguments.results[i].data, arguments.results[i].dtype, j).isFinite();
  ingot_session_destroy(session);
  return status;
}

} // namespace

Status describe(Program &program) {
  const ingot_table_header *table = program.image->table;
  Text &out = program.out;
  const char *model = ingot_artifact_model_name(program.artifact);
  int64_t arena;
  if (!arenaAtMaxima(table, arena))
    return program.fail(Mistake, "out of memory");
  if (program.options.json) {
    out.add("{\"model\": ");
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
      out.format(", \"min\": %lld, \"max\": %lld, \"multiple\": %lld}", (long long)size.min, (long long)size.max,
                 (long long)size.multiple);
    } else {
      out.format("%-9s %s from %lld to %lld", i ? "" : "sizes", size.name, (long long)size.min, (long long)size.max);
      if (size.multiple > 1)
        out.format(" in steps of %lld", (long long)size.multiple);
      out.add("\n");
    }
  }
  if (program.options.json)
    out.add("]");
  describeArguments(program, "inputs", ingot_artifact_input_count(program.artifact, 0), ingot_artifact_input);
  describeArguments(program, "results", ingot_artifact_result_count(program.artifact, 0), ingot_artifact_result);
  unsigned kernels = table->kernels.count, commands = table->commands.count, weights = table->weights.count;
  unsigned long long bytes = table->weights_size;
  auto plural = [](unsigned count) { return count == 1 ? "" : "s"; };
  if (program.options.json)
    out.format(", \"kernels\": %u, \"commands\": %u, \"weights\": %u, \"weight_bytes\": %llu, \"arena_bytes\": %lld}\n",
               kernels, commands, weights, bytes, (long long)arena);
  else
    out.format("%-9s %u kernel%s, %u command%s, %u weight%s of %llu bytes\n%-9s %lld bytes at the largest sizes\n", "holds",
               kernels, plural(kernels), commands, plural(commands), weights, plural(weights), bytes, "arena",
               (long long)arena);
  return Done;
}

Status selftest(Program &program) {
  // Loading has checked the hashes of tables and code.
  bool fileFailed;
  Text problems;
  const char *file = checkFile(problems, fileFailed);
  ingot_error error;
  bool weightsFailed = ingot_verify_weights(program.artifact, &error) != INGOT_OK;
  uint64_t values = 0, notFinite = 0;
  if (!weightsFailed)
    if (Status status = runOnZeros(program, values, notFinite))
      return status;
  Text &out = program.out;
  bool failed = fileFailed || weightsFailed;
  if (program.options.json) {
    out.add("{\"file\": ");
    out.addJson(file ? file : "ok");
    out.add(", \"tables\": \"ok\", \"code\": \"ok\", \"weights\": ");
    out.addJson(weightsFailed ? error.message : "ok");
    out.format(", \"run_on_zeros\": {\"values\": %llu, \"not_finite\": %llu}, \"passed\": %s}\n", (unsigned long long)values,
               (unsigned long long)notFinite, failed ? "false" : "true");
  } else {
    out.format("file      %s\ntables    ok\ncode      ok\nweights   %s%s\n", file ? file : "ok",
               weightsFailed ? "FAILED: " : "ok", weightsFailed ? error.message : "");
    if (!weightsFailed)
      out.format("run       ok: %llu values on zeros, %llu of them not finite\n", (unsigned long long)values,
                 (unsigned long long)notFinite);
  }
  return failed ? Failed : Done;
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
    double median = (double(times[(runs - 1) / 2]) + double(times[runs / 2])) / 2e6, least = double(times[0]) / 1e6,
           most = double(times[runs - 1]) / 1e6;
    int threads = ingot_session_threads(session);
    if (program.options.json)
      program.out.format("{\"runs\": %zu, \"threads\": %d, \"median_ms\": %.6f, \"min_ms\": %.6f, \"max_ms\": %.6f}\n", runs,
                         threads, median, least, most);
    else
      program.out.format("%zu runs on %d thread%s: median %.4f ms, min %.4f ms, max %.4f ms%s\n", runs, threads,
                         threads == 1 ? "" : "s", median, least, most,
                         program.options.inputCount ? "" : " (inputs are zeros of the largest sizes)");
  }
  free(times);
  return code == INGOT_OK ? Done : program.fail(error);
}

} // namespace ingot::standalone
