#include "tools/conformance/Suite.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Signals.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <list>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ingot::conformance {

namespace {

namespace json = llvm::json;
using Clock = std::chrono::steady_clock;

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kLimitsMemory = false; // its shadow takes all address space
#else
constexpr bool kLimitsMemory = true;
#endif
#else
constexpr bool kLimitsMemory = true;
#endif

// A process that computes one JSON value.
class Worker {
public:
  Worker() = default;
  Worker(const Worker &) = delete;
  ~Worker() {
    if (pid > 0) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
    if (fd >= 0)
      close(fd);
    if (log)
      fclose(log);
  }

  bool start(uint64_t bytes, llvm::function_ref<json::Value()> body, std::string *why) {
    int ends[2];
    log = std::tmpfile();
    if (!log || pipe(ends) != 0) {
      *why = std::string("no process can be made: ") + std::strerror(errno);
      return false;
    }
    began = Clock::now();
    pid_t parent = getpid();
    pid = fork();
    if (pid == 0) {
      close(ends[0]);
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent)
        _exit(1);
      runChild(ends[1], bytes, body);
    }
    close(ends[1]);
    fd = ends[0];
    if (pid < 0)
      *why = std::string("no process can be made: ") + std::strerror(errno);
    return pid > 0;
  }

  // Reads what has come. False at the end.
  bool read() {
    char chunk[65536];
    ssize_t got = ::read(fd, chunk, sizeof chunk);
    if (got > 0)
      text.append(chunk, got);
    return got > 0 || (got < 0 && errno == EINTR);
  }

  // After the end: the value, or none with *why.
  std::optional<json::Value> finish(std::string *why) {
    int status = 0;
    waitpid(pid, &status, 0);
    pid = -1;
    if (WIFSIGNALED(status)) {
      *why = "crashed: " + std::string(strsignal(WTERMSIG(status))) + lastLine();
      return std::nullopt;
    }
    llvm::Expected<json::Value> value = json::parse(text);
    if (WEXITSTATUS(status) == 0 && value)
      return std::move(*value);
    llvm::consumeError(value.takeError());
    *why = "crashed: exit status " + std::to_string(WEXITSTATUS(status)) + lastLine();
    return std::nullopt;
  }

  double seconds() const { return std::chrono::duration<double>(Clock::now() - began).count(); }

  int fd = -1;

private:
  [[noreturn]] void runChild(int out, uint64_t bytes, llvm::function_ref<json::Value()> body) {
    llvm::sys::unregisterHandlers();
    dup2(fileno(log), STDERR_FILENO);
    dup2(fileno(log), STDOUT_FILENO);
    rlimit none{0, 0}, space{bytes, bytes};
    setrlimit(RLIMIT_CORE, &none);
    if (bytes && kLimitsMemory)
      setrlimit(RLIMIT_AS, &space);
    std::string text = llvm::formatv("{0}", body()).str();
    size_t at = 0;
    while (at < text.size()) {
      ssize_t wrote = write(out, text.data() + at, text.size() - at);
      if (wrote < 0 && errno == EINTR)
        continue;
      if (wrote <= 0)
        _exit(1);
      at += wrote;
    }
    _exit(0);
  }

  // What it said at last, ": TEXT", or nothing.
  std::string lastLine() {
    rewind(log);
    char line[512];
    std::string last;
    while (fgets(line, sizeof line, log))
      if (llvm::StringRef trimmed = llvm::StringRef(line).trim(); !trimmed.empty())
        last = ": " + trimmed.str();
    return last;
  }

  pid_t pid = -1;
  FILE *log = nullptr;
  Clock::time_point began;
  std::string text;
};

struct Running {
  size_t index;
  Worker worker;
};

std::string tooLong(double seconds) { return llvm::formatv("took longer than {0} s", seconds).str(); }

} // namespace

std::vector<CaseResult> runSuite(llvm::ArrayRef<SuiteCase> cases, const SuiteOptions &options,
                                 llvm::function_ref<void(const CaseResult &)> done) {
  std::vector<CaseResult> results(cases.size());
  size_t jobs = options.jobs ? options.jobs : std::max(1u, std::thread::hardware_concurrency()), next = 0;
  std::list<Running> running;
  auto settle = [&](Running &one, std::string why) {
    CaseResult &result = results[one.index];
    double seconds = one.worker.seconds();
    std::optional<CaseResult> given;
    if (why.empty())
      if (std::optional<json::Value> value = one.worker.finish(&why))
        given = caseResultFromJson(*value);
    if (given) {
      result = std::move(*given);
    } else {
      result.name = cases[one.index].name;
      result.reason = why;
      result.seconds = seconds;
    }
    done(result);
  };
  while (next < cases.size() || !running.empty()) {
    while (next < cases.size() && running.size() < jobs) {
      Running &one = running.emplace_back();
      one.index = next++;
      std::string why;
      if (!one.worker.start(options.bytes, [&] { return toJson(cases[one.index].run(options.run)); }, &why)) {
        settle(one, why);
        running.pop_back();
      }
    }
    std::vector<pollfd> waits;
    for (Running &one : running)
      waits.push_back({one.worker.fd, POLLIN, 0});
    poll(waits.data(), waits.size(), 200);
    size_t place = 0;
    for (auto one = running.begin(); one != running.end();) {
      bool over = waits[place++].revents && !one->worker.read();
      bool late = !over && one->worker.seconds() > options.seconds;
      if (over || late)
        settle(*one, late ? tooLong(options.seconds) : "");
      one = over || late ? running.erase(one) : std::next(one);
    }
  }
  return results;
}

std::optional<json::Value> runIsolated(double seconds, uint64_t bytes, llvm::function_ref<json::Value()> body,
                                       std::string *why) {
  Worker worker;
  if (!worker.start(bytes, body, why))
    return std::nullopt;
  while (true) {
    pollfd wait{worker.fd, POLLIN, 0};
    poll(&wait, 1, 200);
    if (wait.revents && !worker.read())
      return worker.finish(why);
    if (worker.seconds() > seconds) {
      *why = tooLong(seconds);
      return std::nullopt;
    }
  }
}

} // namespace ingot::conformance
