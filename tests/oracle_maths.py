"""The oracle's own statistics, from textbooks: nothing here is shared with the product.

Sources: Newcombe 1998 (method 10), Welch 1947, Fisher's exact test, Benjamini & Hochberg 1995,
the continued fraction of the regularised incomplete beta function (Abramowitz & Stegun 26.5.8).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

Z95 = 1.959963984540054


def median(values: Sequence[int]) -> float | None:
    """The middle value, or the mean of the middle two; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return (low + high) / 2


def nearest_rank_p90(values: Sequence[int]) -> int | None:
    """The value at rank ceil(0.9 n), counted from 1."""
    if not values:
        return None
    return sorted(values)[-(-9 * len(values) // 10) - 1]


def wilson(hits: int, total: int) -> tuple[float, float]:
    share = hits / total
    centre = share + Z95**2 / (2 * total)
    spread = Z95 * math.sqrt(share * (1 - share) / total + Z95**2 / (4 * total**2))
    scale = 1 + Z95**2 / total
    return (centre - spread) / scale, (centre + spread) / scale


def newcombe(hits: int, total: int, other_hits: int, other_total: int) -> tuple[float, float, float]:
    """Difference of two shares with its 95 % hybrid score interval."""
    first, second = hits / total, other_hits / other_total
    low1, high1 = wilson(hits, total)
    low2, high2 = wilson(other_hits, other_total)
    difference = first - second
    low = difference - math.sqrt((first - low1) ** 2 + (high2 - second) ** 2)
    high = difference + math.sqrt((high1 - first) ** 2 + (second - low2) ** 2)
    return difference, low, high


def pooled_z_p_value(hits: int, total: int, other_hits: int, other_total: int) -> float:
    pooled = (hits + other_hits) / (total + other_total)
    error = math.sqrt(pooled * (1 - pooled) * (1 / total + 1 / other_total))
    z = (hits / total - other_hits / other_total) / error
    return math.erfc(abs(z) / math.sqrt(2))


def fisher_p_value(hits: int, total: int, other_hits: int, other_total: int) -> float:
    """Two-sided: every table at most as probable as the observed one (within 1e-7, relative) counts."""
    all_hits, everyone = hits + other_hits, total + other_total
    weights = {
        k: math.comb(total, k) * math.comb(other_total, all_hits - k)
        for k in range(max(0, all_hits - other_total), min(total, all_hits) + 1)
    }
    limit = weights[hits] * (1 + Fraction(1, 10_000_000))
    extreme = sum(weight for weight in weights.values() if weight <= limit)
    return float(Fraction(extreme, math.comb(everyone, all_hits)))


def smallest_expected_count(hits: int, total: int, other_hits: int, other_total: int) -> Fraction:
    everyone = total + other_total
    return min(
        Fraction(row * column, everyone)
        for row in (total, other_total)
        for column in (hits + other_hits, everyone - hits - other_hits)
    )


def rate_p_value(hits: int, total: int, other_hits: int, other_total: int) -> float:
    table = (hits, total, other_hits, other_total)
    return fisher_p_value(*table) if smallest_expected_count(*table) < 5 else pooled_z_p_value(*table)


def beta_fraction(a: float, b: float, x: float) -> float:
    """Lentz's evaluation of the incomplete beta function's continued fraction."""
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    result = d
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 + term * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + term / c
            c = c if abs(c) > tiny else tiny
            result *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return result


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised I_x(a, b)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * beta_fraction(a, b, x) / a
    return 1 - front * beta_fraction(b, a, 1 - x) / b


def student_two_sided(t: float, freedom: float) -> float:
    """P(|T| >= |t|) of Student's t distribution."""
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def student_quantile(two_sided: float, freedom: float) -> float:
    """The t with P(|T| >= t) = two_sided, by bisection."""
    low, high = 0.0, 1.0
    while student_two_sided(high, freedom) > two_sided:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if student_two_sided(middle, freedom) > two_sided:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def welch(values: Sequence[int | Fraction], others: Sequence[int | Fraction]) -> tuple[float, float, float, float] | None:
    """(difference of means, low, high, p-value); None without two values on each side or without any spread."""
    if len(values) < 2 or len(others) < 2:
        return None
    mean1, mean2 = Fraction(sum(values), len(values)), Fraction(sum(others), len(others))
    part1 = sum((v - mean1) ** 2 for v in values) / (len(values) - 1) / len(values)
    part2 = sum((v - mean2) ** 2 for v in others) / (len(others) - 1) / len(others)
    if part1 + part2 == 0:
        return None
    freedom = float((part1 + part2) ** 2 / (part1**2 / (len(values) - 1) + part2**2 / (len(others) - 1)))
    difference, error = float(mean1 - mean2), math.sqrt(part1 + part2)
    reach = student_quantile(0.05, freedom) * error
    return difference, difference - reach, difference + reach, student_two_sided(difference / error, freedom)


def chi_square_p_value(statistic: float, freedom: int) -> float:
    """The upper regularised gamma function Q(freedom / 2, statistic / 2): by its series below, by Lentz's fraction above."""
    a, x = freedom / 2, statistic / 2
    if x == 0:
        return 1.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for n in range(1, 1000):
            term *= x / (a + n)
            total += term
        return 1 - front * total
    b = x + 1 - a
    c, d = 1e300, 1 / b
    result = d
    for n in range(1, 1000):
        step = n * (a - n)
        b += 2
        d = 1 / (step * d + b)
        c = b + step / c
        result *= c * d
    return front * result


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given."""
    count = len(p_values)
    order = sorted(range(count), key=lambda index: p_values[index])
    adjusted = [0.0] * count
    smallest = 1.0
    for rank in range(count, 0, -1):
        index = order[rank - 1]
        smallest = min(smallest, p_values[index] * count / rank)
        adjusted[index] = smallest
    return adjusted
