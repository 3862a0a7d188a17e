// What an interpolation's places are computed from.
#ifndef INGOT_IR_INTERPOLATION_H
#define INGOT_IR_INTERPOLATION_H

namespace ingot {

// A scale as a quotient of whole numbers, so that a place is one quotient of exact f64 numbers: it is rounded once, and a
// whole or half place is met exactly.
struct ScaleFraction {
  double numerator, denominator;
};

// The fraction with a denominator of up to 2^20 that is `scale` in f64; scale / 1 where there is none.
ScaleFraction fractionOf(double scale);

// A region of interest along a dim, as shares of what lies between the first and the last element: its start and its length
// are `start` and `length` over `parts`.
struct RegionFraction {
  double start, length, parts;
};

RegionFraction regionBetween(double start, double end);

} // namespace ingot

#endif // INGOT_IR_INTERPOLATION_H
