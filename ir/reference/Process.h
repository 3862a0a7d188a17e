// A process of a grid as its ops see it. A program that runs alone is the one process of a grid of its own.
#ifndef INGOT_IR_REFERENCE_PROCESS_H
#define INGOT_IR_REFERENCE_PROCESS_H

#include "ir/reference/Interpreter.h"

namespace ingot::reference {

class Process {
public:
  virtual ~Process() = default;

  int64_t replica = 0, partition = 0, replicas = 1, partitions = 1;
  // Its number in process groups.
  int64_t number() const { return replica * partitions + partition; }

  // What the processes of a group, this one among them, give to a collective op, in the group's order.
  virtual llvm::Expected<std::vector<std::vector<Tensor>>> exchange(mlir::Operation *op, llvm::ArrayRef<int64_t> group,
                                                                    std::vector<Tensor> given) = 0;
  // What lies between a sender and a receiver, -1 for a host, in one channel.
  struct Channel {
    int64_t id, source, target;
  };
  virtual void send(Channel channel, std::vector<Tensor> values) = 0;
  virtual llvm::Expected<std::vector<Tensor>> receive(mlir::Operation *op, Channel channel) = 0;
  virtual llvm::Expected<std::vector<Tensor>> readInfeed() = 0;
  virtual void writeOutfeed(std::vector<Tensor> values) = 0;
};

} // namespace ingot::reference

#endif // INGOT_IR_REFERENCE_PROCESS_H
