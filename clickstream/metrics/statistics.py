"""Intervals, tests and quantiles behind the metrics: pure functions of counts and moments.

None means "undefined here", never zero. Every interval is a 95 % interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

Z_95 = 1.959963984540054
"""The 0.975 quantile of the standard normal distribution."""
Z_80 = 0.8416212335729143
"""Its 0.8 quantile."""

SIGNIFICANT = 0.05

SMALLEST_EXPECTED_COUNT = 5
"""Below this expected count the normal approximation of a 2 x 2 table is not trusted (Cochran 1954)."""

_FISHER_TOLERANCE = 1e-7
_EPSILON = 1e-15
_PRACTICALLY_NORMAL = 1e7
"""Degrees of freedom beyond which Student's t and the normal distribution agree to seven digits."""


class Interval(NamedTuple):
    low: float
    high: float


class Difference(NamedTuple):
    difference: float
    low: float
    high: float


class TestedDifference(NamedTuple):
    difference: float
    low: float
    high: float
    p_value: float


class Moments(NamedTuple):
    """Number, mean and sample variance of some values."""

    n: int
    mean: float
    variance: float


def moments(n: int, total: int, squares: int) -> Moments:
    """Of whole numbers by their sum and their sum of squares, which are exact: where nothing varies the variance is 0.

    >>> moments(3, 6, 14)
    Moments(n=3, mean=2.0, variance=1.0)
    """
    if n < 2:
        return Moments(n, float(total), 0.0)
    return Moments(n, total / n, (n * squares - total * total) / (n * (n - 1)))


def power_sums(histogram: Mapping[int, int]) -> tuple[int, int, int]:
    """Number, sum and sum of squares of the values.

    >>> power_sums({1: 2, 3: 1})
    (3, 5, 11)
    """
    n = total = squares = 0
    for value, times in histogram.items():
        n += times
        total += value * times
        squares += value * value * times
    return n, total, squares


def wilson(successes: int, n: int) -> Interval | None:
    """Score interval of one proportion; None with no trials.

    (2np + z^2 -+ z sqrt(z^2 + 4np(1-p))) / 2(n + z^2). Wilson 1927; method 3 of Newcombe 1998 (Stat. Med. 17:857).

    >>> [round(end, 4) for end in wilson(81, 263)]
    [0.2553, 0.3662]
    """
    if n == 0:
        return None
    z2 = Z_95 * Z_95
    centre = 2 * successes + z2
    spread = Z_95 * math.sqrt(z2 + 4 * successes * (n - successes) / n)
    scale = 2 * (n + z2)
    low = 0.0 if successes == 0 else (centre - spread) / scale
    high = 1.0 if successes == n else (centre + spread) / scale
    return Interval(low, high)


def newcombe_difference(a: int, n: int, b: int, m: int) -> Difference | None:
    """a/n - b/m with the hybrid score interval, no continuity correction; None where a group is empty.

    With Wilson intervals (l1, u1), (l2, u2): low = d - sqrt((p1-l1)^2 + (u2-p2)^2), high = d + sqrt((u1-p1)^2 + (p2-l2)^2).
    Method 10 of Newcombe 1998 (Stat. Med. 17:873).

    >>> [round(end, 4) for end in newcombe_difference(56, 70, 48, 80)]
    [0.2, 0.0524, 0.3339]
    """
    first, second = wilson(a, n), wilson(b, m)
    if first is None or second is None:
        return None
    p1, p2 = a / n, b / m
    difference = p1 - p2
    low = difference - math.hypot(p1 - first.low, second.high - p2)
    high = difference + math.hypot(first.high - p1, p2 - second.low)
    return Difference(difference, low, high)


def two_proportion_p_value(a: int, n: int, b: int, m: int) -> float | None:
    """Two-sided p-value of a/n = b/m; None where a group is empty.

    Pooled z test, z = (a/n - b/m) / sqrt(p(1-p)(1/n + 1/m)) with p = (a+b)/(n+m); Fisher's exact test where one of
    the four expected counts is under 5.

    >>> round(two_proportion_p_value(45, 100, 30, 100), 5)
    0.02846
    >>> round(two_proportion_p_value(3, 4, 1, 4), 4)
    0.4857
    """
    if n == 0 or m == 0:
        return None
    pooled = (a + b) / (n + m)
    if min(n, m) * min(pooled, 1 - pooled) < SMALLEST_EXPECTED_COUNT:
        return fisher_exact(a, n, b, m)
    z = (a / n - b / m) / math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return math.erfc(abs(z) / math.sqrt(2))


def fisher_exact(a: int, n: int, b: int, m: int) -> float:
    """Two-sided p-value of Fisher's exact test for a of n against b of m.

    The sum of the probabilities of all tables with these margins that are no likelier than the observed one (relative
    tolerance 1e-7, as R's fisher.test). Probabilities are built outward from the likeliest table by the ratio
    P(k+1)/P(k) = (K-k)(n-k) / ((k+1)(m-K+k+1)), K = a + b, so nothing overflows.

    >>> round(fisher_exact(10, 13, 2, 17), 10)
    0.0005367241
    """
    total = a + b
    lowest, highest = max(0, total - m), min(total, n)
    mode = min(max((total + 1) * (n + 1) // (n + m + 2), lowest), highest)

    def ratio(k: int) -> float:
        return (total - k) * (n - k) / ((k + 1) * (m - total + k + 1))

    weights = {mode: 1.0}
    for k in range(mode, highest):
        weights[k + 1] = weights[k] * ratio(k)
    for k in range(mode - 1, lowest - 1, -1):
        weights[k] = weights[k + 1] / ratio(k)
    limit = weights[a] * (1 + _FISHER_TOLERANCE)
    likely = math.fsum(weight for weight in weights.values() if weight <= limit)
    return min(1.0, likely / math.fsum(weights.values()))


def welch(  # noqa: PLR0917 - two samples of three moments
    mean1: float, var1: float, n1: int, mean2: float, var2: float, n2: int
) -> TestedDifference | None:
    """mean1 - mean2 with Welch's interval and two-sided p-value (sample variances, divided by n - 1).

    t = (mean1 - mean2) / s, s^2 = var1/n1 + var2/n2, degrees of freedom s^4 / (sum of (var/n)^2 / (n-1)). Welch 1947.
    None with fewer than two values on a side or no variance on both.

    >>> [round(end, 4) for end in welch(20.6, 9.0, 10, 22.1, 0.9, 20)]
    [-1.5, -3.6686, 0.6686, 0.1541]
    """
    if n1 < 2 or n2 < 2:
        return None
    share1, share2 = var1 / n1, var2 / n2
    squared_error = share1 + share2
    if squared_error <= 0:
        return None
    freedom = squared_error**2 / (share1**2 / (n1 - 1) + share2**2 / (n2 - 1))
    error = math.sqrt(squared_error)
    difference = mean1 - mean2
    reach = t_quantile_975(freedom) * error
    return TestedDifference(difference, difference - reach, difference + reach, t_p_value(difference / error, freedom))


def t_p_value(t: float, freedom: float) -> float:
    """P(|T| >= |t|) of Student's t: I_x(freedom/2, 1/2) at x = freedom / (freedom + t^2) (Abramowitz-Stegun 26.7.1).

    >>> round(t_p_value(2.228139, 10), 6)
    0.05
    """
    if freedom > _PRACTICALLY_NORMAL:
        return math.erfc(abs(t) / math.sqrt(2))
    return regularised_beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def t_quantile_975(freedom: float) -> float:
    """The t with 2.5 % of Student's distribution above it, by Newton's method.

    The tail is convex and the start lies left of the answer, so every step stays left of it and comes closer.

    >>> round(t_quantile_975(10), 6)
    2.228139
    """
    if freedom > _PRACTICALLY_NORMAL:
        return Z_95
    half = freedom / 2
    peak = math.exp(math.lgamma(half + 0.5) - math.lgamma(half)) / math.sqrt(freedom * math.pi)
    t = Z_95
    for _ in range(100):
        density = peak * math.exp(-(half + 0.5) * math.log1p(t * t / freedom))
        step = (t_p_value(t, freedom) - 0.05) / (2 * density)
        t += step
        if step < 1e-12 * t:
            break
    return t


def regularised_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b), the regularised incomplete beta function (DLMF 8.17.22, evaluated by Lentz's method).

    >>> round(regularised_beta(0.5, 2, 3), 10)
    0.6875
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - regularised_beta(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) * _beta_fraction(x, a, b) / a


def _beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction 1/(1+ d1/(1+ d2/(1+ ...))) of DLMF 8.17.22."""
    numerator, denominator = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    value = denominator
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            denominator = 1 / (1 + term * denominator)
            numerator = 1 + term / numerator
            value *= numerator * denominator
        if abs(numerator * denominator - 1) < _EPSILON:
            break
    return value


def is_significant(p_value: float | None) -> bool:
    """Beyond chance; what was not tested is not."""
    return p_value is not None and p_value < SIGNIFICANT


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """P-values adjusted for how many there are; rows without one stay None and do not count.

    The k-th smallest of n becomes min over j >= k of p(j) n / j, at most 1. Benjamini and Hochberg 1995.

    >>> benjamini_hochberg([0.01, None, 0.04, 0.03])
    [0.03, None, 0.04, 0.04]
    """
    ranked = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    smallest = 1.0
    for rank in range(len(ranked), 0, -1):
        p, place = ranked[rank - 1]
        smallest = min(smallest, p * len(ranked) / rank)
        adjusted[place] = smallest
    return adjusted


def chi_square_p_value(x: float, freedom: int) -> float:
    """P(X >= x) of the chi-square distribution with a whole number of degrees of freedom, 1 or more.

    Even: e^-h sum of h^i / i! for i < freedom / 2, with h = x / 2 (Abramowitz-Stegun 26.4.5). Odd: erfc(sqrt h) + e^-h sum
    of h^(i - 1/2) / Gamma(i + 1/2) for i <= (freedom - 1) / 2 (26.4.4).

    >>> round(chi_square_p_value(3.841459, 1), 6), round(chi_square_p_value(9.210340, 2), 6)
    (0.05, 0.01)
    """
    half = x / 2
    if half <= 0:
        return 1.0
    shape = freedom / 2
    powers = [shape - step for step in range(1, freedom // 2 + 1)]
    tail = math.fsum(math.exp(power * math.log(half) - half - math.lgamma(power + 1)) for power in powers)
    return min(1.0, tail + (math.erfc(math.sqrt(half)) if freedom % 2 else 0.0))


def sessions_to_detect(rate: float, relative: float) -> int | None:
    """Sessions that each of two sides needs for a relative change of `rate` to be found (two-sided 5 %, power 80 %).

    (z(.975) + z(.8))^2 (p(1-p) + q(1-q)) / (q-p)^2 with p = rate, q = p (1 + relative). None where q is no rate, or p is 0.

    >>> sessions_to_detect(0.1, 0.1)
    14749
    """
    changed = rate * (1 + relative)
    if not 0 < rate < 1 or changed >= 1:
        return None
    spread = rate * (1 - rate) + changed * (1 - changed)
    return math.ceil((Z_95 + Z_80) ** 2 * spread / (changed - rate) ** 2)


def nearest_rank(histogram: Mapping[int, int], quantile: float) -> int | None:
    """The smallest value with at least `quantile` of all values at or below it; None with no values.

    >>> nearest_rank({15: 1, 20: 1, 35: 1, 40: 1, 50: 1}, 0.3)
    20
    """
    total = sum(histogram.values())
    if total == 0:
        return None
    # 0.07 * 100 is a hair above 7: a rank is only rounded up for more than that hair.
    return _value_at(histogram, max(1, math.ceil(quantile * total * (1 - 1e-12))))


def median(histogram: Mapping[int, int]) -> float | None:
    """The middle value, or the mean of the middle two; None with no values.

    >>> median({1: 1, 4: 2, 10: 1}), median({1: 1, 2: 1})
    (4.0, 1.5)
    """
    total = sum(histogram.values())
    if total == 0:
        return None
    return (_value_at(histogram, (total + 1) // 2) + _value_at(histogram, total // 2 + 1)) / 2


def _value_at(histogram: Mapping[int, int], rank: int) -> int:
    """The rank-th smallest value, 1 being the smallest."""
    seen = 0
    for value in sorted(histogram):
        seen += histogram[value]
        if seen >= rank:
            return value
    raise ValueError(f"rank {rank} of a histogram of {seen}")
