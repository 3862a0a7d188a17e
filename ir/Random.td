// Random numbers: functions of a state or a seed, the same in every run and on every target.
#ifndef INGOT_IR_RANDOM
#define INGOT_IR_RANDOM

include "ir/Attributes.td"

def Ingot_RngBitGeneratorOp : Ingot_Op<"rng_bit_generator", [Pure, Ingot_Made<"OnDemand", "Random">, AllTypesMatch<["initial_state", "output_state"]>]> {
  let summary = "Uniform random bits and the state after them, from a state, as StableHLO's rng_bit_generator";
  let description = [{
    As XLA: the state is a key and a counter, low half first; PHILOX takes the key for a high half that is not there. THREE_FRY is Threefry-2x32
    of 20 rounds, a block of two words a counter; PHILOX (and DEFAULT) Philox-4x32 of 10 rounds, four words a block. Words make the output in
    row-major order: an element of at most 32 bits is the low bits of one, one of 64 bits is two, the low half first. But THREE_FRY halves a dim
    for elements of one word, the first even or else the largest one: index 2i + k of it is word k of the block of row-major index i. The new
    counter is the old one plus the number of blocks.
    (C1) the state is a vector: 2 elements for THREE_FRY, 2 or 3 for PHILOX and DEFAULT. (C2) which dim is halved does not depend on sizes.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to vector arithmetic.
    ```mlir
    func.func @example(%state: tensor<2xui64>) -> (tensor<2xui64>, tensor<4x3xui32>) {
      %0, %1 = ingot.rng_bit_generator PHILOX %state : (tensor<2xui64>) -> (tensor<2xui64>, tensor<4x3xui32>)
      return %0, %1 : tensor<2xui64>, tensor<4x3xui32>
    }
    ```
  }];
  let arguments = (ins Ingot_TensorOf<[UI64]>:$initial_state, Ingot_RngAlgorithmAttr:$algorithm);
  let results = (outs Ingot_TensorOf<[UI64]>:$output_state, Ingot_IntTensor:$output);
  let assemblyFormat = "$algorithm $initial_state attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Ingot_RngOp : Ingot_Op<"rng", [Pure, Ingot_Made<"OnDemand", "Random">, AllElementTypesMatch<["a", "b", "result"]>]> {
  let summary = "Random numbers: UNIFORM in [a, b), or NORMAL with mean a and standard deviation b";
  let description = [{
    As StableHLO's rng, but a function of `seed`: element i, in row-major order, comes from the two words w0, w1 of Threefry-2x32 (20
    rounds) with the halves of `seed` as the key and those of i as the input, low half first. UNIFORM floats: a + (b - a) * u, where
    u = (w0 >> 8) / 2^24, for f64 ((w0 >> 5) * 2^26 + (w1 >> 6)) / 2^53; a where rounding gives b. UNIFORM integers:
    a + (w1 * 2^32 + w0) mod (b - a); a where b <= a.
    NORMAL: a + b * sqrt(-2 ln((w0 + 1) / 2^32)) * cos(2 pi w1 / 2^32).
    (C1) a and b have rank 0. (C2) NORMAL takes floats. (C3) a, b and the result hold the same element type.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to vector arithmetic.
    ```mlir
    func.func @example(%low: tensor<f32>, %high: tensor<f32>) -> tensor<4x3xf32> {
      %0 = ingot.rng UNIFORM %low, %high seed = 7 : (tensor<f32>, tensor<f32>) -> tensor<4x3xf32>
      return %0 : tensor<4x3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_TensorOf<[Ingot_Int, AnyFloat]>:$a, Ingot_TensorOf<[Ingot_Int, AnyFloat]>:$b,
                       Ingot_RngDistributionAttr:$distribution, I64Attr:$seed);
  let results = (outs Ingot_TensorOf<[Ingot_Int, AnyFloat]>:$result);
  let assemblyFormat = "$distribution $a `,` $b `seed` `=` $seed attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

#endif
