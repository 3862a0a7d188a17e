// One thread a process, of which one runs at a time: who waits passes the turn on.
#include "ir/reference/Grid.h"
#include "ir/reference/Process.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <tuple>

using namespace mlir;

namespace ingot::reference {
namespace {

// Whose turn it is. Everything that processes share is touched by the one that has the turn.
class Turns {
public:
  explicit Turns(size_t count) : waits(count), isDone(count, false), names(count) {}

  void begin(size_t process) {
    std::unique_lock lock(mutex);
    turned.wait(lock, [&] { return current == process; });
  }

  // Gives the turn away until `isReady`; false where the run has failed meanwhile.
  bool wait(size_t process, std::string what, std::function<bool()> isReady) {
    std::unique_lock lock(mutex);
    waits[process] = isReady;
    names[process] = std::move(what);
    passOn(process);
    turned.wait(lock, [&] { return current == process; });
    waits[process] = nullptr;
    return isReady();
  }

  void end(size_t process, std::string failed) {
    std::unique_lock lock(mutex);
    if (failure.empty())
      failure = std::move(failed);
    isDone[process] = true;
    passOn(process);
  }

  std::string failure;

private:
  // To the next process that can run. Where none can but some wait, the run has failed: they run to find out.
  void passOn(size_t process) {
    auto next = [&]() -> std::optional<size_t> {
      for (size_t step = 1; step <= waits.size(); ++step) {
        size_t other = (process + step) % waits.size();
        if (!isDone[other] && (!waits[other] || waits[other]() || !failure.empty()))
          return other;
      }
      return std::nullopt;
    };
    std::optional<size_t> found = next();
    if (!found && llvm::is_contained(isDone, false)) {
      failure = "processes wait for others that do not come:";
      for (size_t i = 0; i != waits.size(); ++i)
        if (!isDone[i])
          failure += (failure.back() == ':' ? " " : ", ") + names[i];
      found = next();
    }
    current = found.value_or(waits.size());
    turned.notify_all();
  }

  std::mutex mutex;
  std::condition_variable turned;
  size_t current = 0;
  std::vector<std::function<bool()>> waits; // null: the process can run
  std::vector<bool> isDone;
  std::vector<std::string> names; // what each waits for
};

struct Meeting {
  std::vector<std::vector<Tensor>> given;
  size_t missing = 0;
};

struct Shared {
  explicit Shared(const Grid &grid) : turns(grid.arguments.size()), infeed(grid.infeed.begin(), grid.infeed.end()) {}

  Turns turns;
  // Collective ops of one kind that a group has not completed. A process takes part in one at a time.
  std::map<std::tuple<std::string, std::vector<int64_t>>, std::shared_ptr<Meeting>> meetings;
  std::map<std::tuple<int64_t, int64_t, int64_t>, std::deque<std::vector<Tensor>>> channels;
  std::deque<std::vector<Tensor>> infeed;
  std::vector<std::vector<Tensor>> outfeed;
};

class GridProcess : public Process {
public:
  explicit GridProcess(Shared &shared) : shared(shared) {}

  llvm::Expected<std::vector<std::vector<Tensor>>> exchange(Operation *op, ArrayRef<int64_t> group,
                                                            std::vector<Tensor> given) override {
    auto channel = op->getAttrOfType<IntegerAttr>("channel_id");
    std::string kind = op->getName().getStringRef().str() + " of channel " + std::to_string(channel ? channel.getInt() : 0);
    auto key = std::tuple(kind, std::vector<int64_t>(group.begin(), group.end()));
    std::shared_ptr<Meeting> &slot = shared.meetings[key];
    if (!slot) {
      slot = std::make_shared<Meeting>();
      slot->given.resize(group.size());
      slot->missing = group.size();
    }
    std::shared_ptr<Meeting> meeting = slot;
    meeting->given[size_t(llvm::find(group, number()) - group.begin())] = std::move(given);
    if (--meeting->missing == 0)
      shared.meetings.erase(key);
    else if (!shared.turns.wait(size_t(number()), describe(op), [meeting] { return meeting->missing == 0; }))
      return stopped();
    return meeting->given;
  }

  void send(Channel channel, std::vector<Tensor> values) override { queueOf(channel).push_back(std::move(values)); }

  llvm::Expected<std::vector<Tensor>> receive(Operation *op, Channel channel) override {
    auto &queue = queueOf(channel);
    if (queue.empty() && !shared.turns.wait(size_t(number()), describe(op), [&queue] { return !queue.empty(); }))
      return stopped();
    std::vector<Tensor> values = std::move(queue.front());
    queue.pop_front();
    return values;
  }

  llvm::Expected<std::vector<Tensor>> readInfeed() override {
    if (shared.infeed.empty())
      return llvm::createStringError(std::errc::invalid_argument, "the infeed has nothing left");
    std::vector<Tensor> values = std::move(shared.infeed.front());
    shared.infeed.pop_front();
    return values;
  }

  void writeOutfeed(std::vector<Tensor> values) override { shared.outfeed.push_back(std::move(values)); }

  std::string name() const { return "(" + std::to_string(replica) + ", " + std::to_string(partition) + ")"; }

private:
  std::string describe(Operation *op) const { return name() + " at " + op->getName().getStringRef().str(); }
  static llvm::Error stopped() { return llvm::createStringError(std::errc::operation_canceled, "the run has failed"); }
  std::deque<std::vector<Tensor>> &queueOf(Channel channel) {
    return shared.channels[{channel.id, channel.source, channel.target}];
  }

  Shared &shared;
};

} // namespace

llvm::Expected<GridResults> runGrid(const Grid &grid, const Options &options) {
  size_t partitions = grid.programs.empty() ? 0 : grid.programs.front().size(), count = grid.arguments.size();
  bool isGrid = llvm::all_of(grid.programs, [&](const auto &row) { return row.size() == partitions; });
  if (!isGrid || count == 0 || count != grid.programs.size() * partitions || count > Grid::kMaxProcesses)
    return llvm::createStringError(
        std::errc::invalid_argument,
        "%zu lists of arguments are given for a grid of %zu replicas by %zu partitions, which may "
        "have 1 to %zu processes",
        count, grid.programs.size(), partitions, Grid::kMaxProcesses);
  Shared shared(grid);
  GridResults all;
  all.results.resize(count);
  std::vector<std::unique_ptr<GridProcess>> processes;
  std::vector<std::thread> threads;
  for (size_t i = 0; i != count; ++i) {
    processes.push_back(std::make_unique<GridProcess>(shared));
    processes.back()->replica = int64_t(i / partitions);
    processes.back()->partition = int64_t(i % partitions);
    processes.back()->replicas = int64_t(grid.programs.size());
    processes.back()->partitions = int64_t(partitions);
  }
  for (size_t i = 0; i != count; ++i)
    threads.emplace_back([&, i] {
      shared.turns.begin(i);
      Options own = options;
      own.process = processes[i].get();
      auto results = run(grid.programs[i / partitions][i % partitions], grid.arguments[i], own);
      std::string failure;
      if (results)
        all.results[i] = std::move(*results);
      else
        failure = "process " + processes[i]->name() + ": " + llvm::toString(results.takeError());
      shared.turns.end(i, std::move(failure));
    });
  for (std::thread &thread : threads)
    thread.join();
  if (!shared.turns.failure.empty())
    return llvm::createStringError(std::errc::invalid_argument, "%s", shared.turns.failure.c_str());
  all.outfeed = std::move(shared.outfeed);
  return all;
}

} // namespace ingot::reference
