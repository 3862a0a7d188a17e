"""When computed values stand for the right ones; every comparison in Python decides by it, as C++ does by tools/execution/Agreement.h.

NaN stands for NaN, an infinity for itself, a zero for the zero of the other sign; other numbers must be finite and no farther apart than
relative * |expected| + absolute * scale. The scale of a tensor is its largest finite magnitude, leaving out those beyond 1000 times the
middle one: a mask's -3e38 says nothing of the scores beside it. Integers and booleans are exact. `agrees`, `scale` and `first_difference`
need the standard library alone, `difference` NumPy.
"""
import math


def agrees(actual, expected, bound):
    """Whether one number stands for another."""
    if actual == expected or (math.isnan(actual) and math.isnan(expected)):
        return True
    return math.isfinite(actual) and math.isfinite(expected) and math.isfinite(bound) and abs(actual - expected) <= bound


def scale(values):
    sizes = sorted(abs(v) for v in values if math.isfinite(v) and v != 0)
    return max((s for s in sizes if s <= 1000 * sizes[len(sizes) // 2]), default=0.0)


def first_difference(actual, expected, relative, absolute):
    """The first index at which two lists of numbers differ, or None. Lists of another length differ where the shorter ends."""
    slack = absolute * scale(expected) if absolute else 0.0
    for i, (a, e) in enumerate(zip(actual, expected)):
        if not agrees(a, e, relative * abs(e) + slack if math.isfinite(e) else 0.0):
            return i
    return None if len(actual) == len(expected) else min(len(actual), len(expected))


def excess(actual, expected, relative, absolute):
    """NumPy arrays of one shape and type: by how many bounds each element is off; 0 where it is the same, infinite where only one is
    finite or an integer differs."""
    import numpy as np
    if expected.dtype.kind in "biu":
        return np.where(actual == expected, 0.0, np.inf)
    wide = np.complex128 if expected.dtype.kind == "c" else np.float64
    a, e = actual.astype(wide), expected.astype(wide)
    same = (a == e) | (np.isnan(a) & np.isnan(e))
    sizes = np.abs(e[np.isfinite(e) & (e != 0)])
    largest = sizes[sizes <= 1000 * np.sort(sizes)[sizes.size // 2]].max() if sizes.size else 0.0
    with np.errstate(all="ignore"):
        off = np.abs(a - e) / np.maximum(relative * np.abs(e) + absolute * largest, 1e-300)
    return np.where(same, 0.0, np.where(np.isfinite(a) & np.isfinite(e) & np.isfinite(off), off, np.inf))


def difference(actual, expected, relative=1e-3, absolute=1e-4):
    """'' if two arrays agree, else one line that says where and by how much."""
    import numpy as np
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.shape != expected.shape:
        return f"shape {actual.shape} instead of {expected.shape}"
    if actual.dtype != expected.dtype:
        return f"element type {actual.dtype} instead of {expected.dtype}"
    off = excess(actual, expected, relative, absolute)
    wrong = off > 1
    if not wrong.any():
        return ""
    place = tuple(int(i) for i in np.unravel_index(off.argmax(), off.shape))
    return f"{int(wrong.sum())} of {expected.size} elements differ; the worst at {list(place)}: {actual[place]} instead of {expected[place]}"
