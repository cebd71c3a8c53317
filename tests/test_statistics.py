"""Every expected value is copied from where it is said to come from, or worked by hand."""

from __future__ import annotations

import doctest
import importlib.util
import random
import statistics as stdlib_statistics
from fractions import Fraction
from math import comb

import pytest

from clickstream.metrics import statistics

# Newcombe 1998, Statistics in Medicine 17:873, table II, method 10.
NEWCOMBE_TABLE_2 = [
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0)),
    ((10, 10, 0, 10), (0.6075, 1.0)),
]

# Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
WILSON_TABLE_1 = [
    ((81, 263), (0.2553, 0.3662)),
    ((15, 148), (0.0624, 0.1605)),
    ((0, 20), (0.0, 0.1611)),
    ((1, 29), (0.0061, 0.1718)),
]

# The first two of the three samples in Wikipedia, "Welch's t-test"; expected: scipy 1.17.1 ttest_ind(equal_var=False).
WELCH_SAMPLES = [
    (
        [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4],
        [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 22.7],
        (-4.755459170324959, -0.6845408296750461, 0.0106477169213109),
    ),
    (
        [17.2, 20.9, 22.6, 18.1, 21.7, 21.4, 23.5, 24.2, 14.7, 21.8],
        [
            21.5,
            22.8,
            21.0,
            23.0,
            21.6,
            23.6,
            22.5,
            20.7,
            23.4,
            21.8,
            20.7,
            21.7,
            21.5,
            22.5,
            23.6,
            21.5,
            22.5,
            23.5,
            21.5,
            21.8,
        ],
        (-3.698421325375163, 0.6484213253751658, 0.14884169660532817),
    ),
]

# Benjamini and Hochberg 1995, section 3.2: the first four are rejected at 5 %, the fifth is not.
BENJAMINI_HOCHBERG_1995 = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip


def test_every_doctest_of_the_module_holds() -> None:
    assert doctest.testmod(statistics).failed == 0
    assert doctest.testmod(statistics).attempted >= 10


@pytest.mark.parametrize(("counts", "ends"), NEWCOMBE_TABLE_2)
def test_newcombe_difference_equals_the_published_table(
    counts: tuple[int, int, int, int], ends: tuple[float, float]
) -> None:
    found = statistics.newcombe_difference(*counts)
    assert found is not None
    assert found.difference == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3])
    assert (round(found.low, 4), round(found.high, 4)) == ends


@pytest.mark.parametrize(("counts", "ends"), WILSON_TABLE_1)
def test_wilson_equals_the_published_table(counts: tuple[int, int], ends: tuple[float, float]) -> None:
    found = statistics.wilson(*counts)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == ends


def test_wilson_never_leaves_zero_to_one() -> None:
    for n in range(1, 60):
        for successes in range(n + 1):
            found = statistics.wilson(successes, n)
            assert found is not None
            assert 0 <= found.low <= successes / n <= found.high <= 1


def test_an_empty_group_has_no_interval_and_no_p_value() -> None:
    assert statistics.wilson(0, 0) is None
    assert statistics.newcombe_difference(0, 0, 3, 10) is None
    assert statistics.newcombe_difference(3, 10, 0, 0) is None
    assert statistics.two_proportion_p_value(0, 0, 3, 10) is None
    assert statistics.two_proportion_p_value(3, 10, 0, 0) is None


def test_the_pooled_z_test_is_used_from_an_expected_count_of_five() -> None:
    # 10 of 20 in all, groups of 10: every expected count is exactly 5. z = 0.4 / sqrt(0.25 * 0.2) = 1.788854...
    assert statistics.two_proportion_p_value(7, 10, 3, 10) == pytest.approx(0.0736382701, abs=1e-9)
    # 9 of 20: expected 4.5, so Fisher. By hand, of C(20,9) = 167960 the tables 0..3 and 6..9 of 10 hold 61820.
    exact = Fraction(sum(comb(10, k) * comb(10, 9 - k) for k in (0, 1, 2, 3, 6, 7, 8, 9)), comb(20, 9))
    assert statistics.two_proportion_p_value(6, 10, 3, 10) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize(
    ("counts", "p_value", "origin"),
    [
        ((3, 4, 1, 4), 0.4857143, "Agresti 1990, the lady tasting tea; R fisher.test"),
        ((10, 13, 2, 17), 0.0005367241, "Fisher 1962, convictions of twins; R fisher.test"),
        ((0, 5, 0, 9), 1.0, "nobody in either group"),
        ((5, 5, 9, 9), 1.0, "everybody in both groups"),
    ],
)
def test_fisher_equals_published_examples(counts: tuple[int, int, int, int], p_value: float, origin: str) -> None:
    assert statistics.fisher_exact(*counts) == pytest.approx(p_value, rel=1e-6), origin


def test_fisher_equals_the_sum_over_all_tables_in_exact_fractions() -> None:
    chance = random.Random(7)
    for _ in range(300):
        n, m = chance.randint(1, 25), chance.randint(1, 25)
        a, b = chance.randint(0, n), chance.randint(0, m)
        tables = [comb(n, k) * comb(m, a + b - k) for k in range(max(0, a + b - m), min(n, a + b) + 1)]
        observed = comb(n, a) * comb(m, b)
        exact = Fraction(sum(table for table in tables if table <= observed), comb(n + m, a + b))
        assert statistics.fisher_exact(a, n, b, m) == pytest.approx(float(exact), rel=1e-11)


def test_fisher_of_a_rare_event_in_a_million_sessions_neither_overflows_nor_drifts() -> None:
    # scipy 1.17.1: fisher_exact([[9, 1991], [1500, 998500]]).pvalue
    assert statistics.two_proportion_p_value(9, 2000, 1500, 1_000_000) == pytest.approx(0.003829212110361146, rel=1e-9)


@pytest.mark.parametrize(("first", "second", "expected"), WELCH_SAMPLES)
def test_welch_equals_scipy_on_published_samples(
    first: list[float], second: list[float], expected: tuple[float, float, float]
) -> None:
    moments = [(stdlib_statistics.mean(side), stdlib_statistics.variance(side), len(side)) for side in (first, second)]
    found = statistics.welch(*moments[0], *moments[1])
    assert found is not None
    assert found[1:] == pytest.approx(expected, rel=1e-10)
    assert found.difference == pytest.approx(moments[0][0] - moments[1][0])


def test_welch_is_undefined_with_one_value_or_no_variance() -> None:
    assert statistics.welch(1.0, 0.0, 1, 2.0, 3.0, 9) is None
    assert statistics.welch(1.0, 2.0, 9, 2.0, 0.0, 1) is None
    assert statistics.welch(1.0, 0.0, 9, 2.0, 0.0, 9) is None


def test_welch_with_variance_on_one_side_only_has_that_sides_degrees_of_freedom() -> None:
    found = statistics.welch(10.0, 5.0, 5, 0.0, 0.0, 100)
    assert found is not None
    # Student's table: t(0.975, 4) = 2.776445; standard error 1.
    assert (found.low, found.high) == pytest.approx((10 - 2.7764451, 10 + 2.7764451))


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    # scipy 1.17.1, stats.t.ppf(0.975, freedom)
    [(1, 12.706204736174694), (1.5, 6.016663104427929), (5, 2.5705818356363146), (1000, 1.9623390808264083)],
)
def test_the_t_quantile_equals_scipy(freedom: float, quantile: float) -> None:
    assert statistics.t_quantile_975(freedom) == pytest.approx(quantile, rel=1e-11)
    assert statistics.t_p_value(quantile, freedom) == pytest.approx(0.05, rel=1e-10)


def test_many_degrees_of_freedom_go_over_into_the_normal_distribution_without_a_jump() -> None:
    below, above = statistics.t_quantile_975(9.9e6), statistics.t_quantile_975(1.1e7)
    assert below == pytest.approx(above, abs=1e-6)
    assert statistics.t_p_value(1.0, 9.9e6) == pytest.approx(statistics.t_p_value(1.0, 1.1e7), rel=1e-6)


def test_the_regularised_beta_equals_binomial_sums() -> None:
    # For whole a and b, I_x(a, b) is the chance of at least a successes in a + b - 1 trials (DLMF 8.17.5).
    for a in range(1, 12):
        for b in range(1, 12):
            for x in (Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)):
                n = a + b - 1
                exact = sum(comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
                assert statistics.regularised_beta(float(x), a, b) == pytest.approx(float(exact), rel=1e-12)


def test_the_regularised_beta_ends_at_zero_and_one() -> None:
    assert statistics.regularised_beta(0, 2, 3) == 0
    assert statistics.regularised_beta(1, 2, 3) == 1


def test_benjamini_hochberg_rejects_the_four_hypotheses_of_the_paper() -> None:
    adjusted = statistics.benjamini_hochberg(BENJAMINI_HOCHBERG_1995)
    assert [place for place, p in enumerate(adjusted) if p is not None and p <= 0.05] == [0, 1, 2, 3]
    assert adjusted[:2] == pytest.approx([0.0015, 0.003])


def test_benjamini_hochberg_keeps_places_and_does_not_count_missing_values() -> None:
    assert statistics.benjamini_hochberg([None, 0.02, None, 0.01]) == [None, pytest.approx(0.02), None, pytest.approx(0.02)]
    assert statistics.benjamini_hochberg([]) == []
    assert statistics.benjamini_hochberg([None]) == [None]


def test_median_and_nearest_rank_equal_the_sorted_list() -> None:
    chance = random.Random(3)
    for _ in range(200):
        values = sorted(chance.randint(0, 20) for _ in range(chance.randint(1, 30)))
        histogram = {value: values.count(value) for value in sorted(set(values), key=lambda _: chance.random())}
        assert statistics.median(histogram) == stdlib_statistics.median(values)
        for percent in range(1, 101):
            rank = -(-percent * len(values) // 100)
            assert statistics.nearest_rank(histogram, percent / 100) == values[rank - 1]


def test_no_values_have_no_median_and_no_quantile() -> None:
    assert statistics.median({}) is None
    assert statistics.nearest_rank({}, 0.9) is None
    assert statistics.median({5: 0}) is None


@pytest.mark.skipif(importlib.util.find_spec("scipy") is None, reason="scipy is not installed")
def test_random_tables_and_samples_equal_scipy() -> None:
    from scipy import stats  # type: ignore[import-not-found,import-untyped,unused-ignore]

    chance = random.Random(1)
    for _ in range(300):
        n, m = chance.randint(1, 200), chance.randint(1, 200)
        a, b = chance.randint(0, n), chance.randint(0, m)
        assert statistics.fisher_exact(a, n, b, m) == pytest.approx(stats.fisher_exact([[a, n - a], [b, m - b]]).pvalue)
        t, freedom = chance.uniform(0, 6), chance.uniform(1, 500)
        assert statistics.t_p_value(t, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), rel=1e-8)
