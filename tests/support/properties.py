"""How many examples a property is tried with, how large they are, and how many must meet the case that it is about."""

from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st

# Hypothesis's own number, which is that of a property without settings.
USUAL = 100
# Examples of one run resemble each other, so that the share of a case in it varies by a factor of three.
MOST_RUNS = 8
P = ParamSpec("P")
T = TypeVar("T")

_met: Counter[str] = Counter()
_judged: Counter[str] = Counter()


def register_profiles() -> None:
    """`quick`: the same examples in each run. `fuzz`: ten times as many, by the seed that `make fuzz` tells.

    Examples are judged by what comes out of them, not by the time it takes a busy machine.
    """
    settings.register_profile(
        "quick", max_examples=USUAL, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.register_profile(
        "fuzz", settings.get_profile("quick"), max_examples=10 * USUAL, derandomize=False, database=None
    )


def examples(count: int) -> settings:
    """So many, and as many times more as the profile says."""
    assert settings.default is not None
    return settings(max_examples=count * settings.default.max_examples // USUAL)


def seeds(quick: int, *, of: int) -> list[Any]:
    """Numbers to shuffle by: the first ones for every run, the others for the slow tests."""
    return [*range(quick), *(pytest.param(number, marks=pytest.mark.slow) for number in range(quick, of))]


def is_fuzz() -> bool:
    """Whether this run tries more than the usual."""
    assert settings.default is not None
    return settings.default.max_examples > USUAL


def lists_of(elements: st.SearchStrategy[T], *sizes: int) -> st.SearchStrategy[list[T]]:
    """Lists of these sizes, each as often. A list between two bounds has about five elements, whatever the upper is."""
    return st.sampled_from(sizes).flatmap(lambda size: st.lists(elements, min_size=size, max_size=size))


def met(case: str, is_met: bool) -> None:
    """Count an example, or a part of it, that meets the case or does not."""
    _judged[case] += 1
    _met[case] += is_met


def reaching(**shares: float) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Of a property, above `given`: of what `met` is told of each case, at least this share meets it.

    A run with less is followed by runs with other seeds, and the share is that of all of them.
    """

    def decorate(test: Callable[P, None]) -> Callable[P, None]:
        @wraps(test)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            _met.clear()
            _judged.clear()
            test(*args, **kwargs)
            for number in range(1, MOST_RUNS):
                if not _missed(shares):
                    break
                seed(number)(test)(*args, **kwargs)
            assert not _missed(shares), _missed(shares)

        return run

    return decorate


def _missed(shares: dict[str, float]) -> dict[str, float]:
    reached = {case: _met[case] / max(_judged[case], 1) for case in shares}
    return {case: share for case, share in reached.items() if share < shares[case]}
