// Recurrent layers: LSTM, GRU and RNN. Each direction is a composite, whose decomposition multiplies the inputs of all steps
// at once and then walks the steps.
#ifndef INGOT_FRONTENDS_COMMON_RECURRENT_H
#define INGOT_FRONTENDS_COMMON_RECURRENT_H

#include "frontends/common/ProgramBuilder.h"

#include <array>

namespace ingot::frontend {

enum class RecurrentCell { Rnn, Gru, Lstm };
inline int64_t gatesOf(RecurrentCell cell) { return cell == RecurrentCell::Rnn ? 1 : cell == RecurrentCell::Gru ? 3 : 4; }
// How many activations a direction has.
inline size_t functionsOf(RecurrentCell cell) { return cell == RecurrentCell::Rnn ? 1 : cell == RecurrentCell::Gru ? 2 : 3; }

struct RecurrentFunction {
  const char *name; // in lower case
  bool takesAlpha, takesBeta;
  double alpha, beta; // where not given
  mlir::Value (*apply)(ValueBuilder &b, mlir::Value x, double alpha, double beta);
};
// In any case; null where there is none.
const RecurrentFunction *findRecurrentFunction(llvm::StringRef name);

struct RecurrentActivation {
  const RecurrentFunction *function;
  double alpha, beta;
};

// One direction.
struct RecurrentLayer {
  RecurrentCell cell;
  int64_t hidden = 0;
  bool reverse = false;
  bool emitsSequence = false; // whether the hidden states of all steps are wanted
  bool coupled = false;       // LSTM: the forget gate is 1 - the input gate
  bool linearBeforeReset = false;
  std::optional<double> clip; // bound of what gates' activations are applied to; the cell is never bounded
  llvm::SmallVector<RecurrentActivation> functions; // functionsOf(cell)
};

// Null where absent.
struct RecurrentOperands {
  mlir::Value input;      // [steps, batch, features]
  mlir::Value weight;     // [gates * hidden, features]
  mlir::Value recurrence; // [gates * hidden, hidden]
  mlir::Value bias;       // [gates * hidden], of the product with weight
  mlir::Value stateBias;  // [gates * hidden], of the product with recurrence
  mlir::Value peepholes;  // [3 * hidden]: input, output and forget gate
  mlir::Value lengths;    // [batch], 64-bit: steps from there on change nothing
  mlir::Value hidden;     // [batch, hidden]
  mlir::Value cell;       // [batch, hidden]

  // In the order of the composites' roles.
  std::array<mlir::Value *, 9> all() {
    return {&input, &weight, &recurrence, &bias, &stateBias, &peepholes, &lengths, &hidden, &cell};
  }
};

// The hidden states of all steps if wanted, then the last states: hidden, and of an LSTM the cell.
llvm::SmallVector<mlir::Value> recurrentLayer(ProgramBuilder &p, const RecurrentLayer &layer, RecurrentOperands operands);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_RECURRENT_H
