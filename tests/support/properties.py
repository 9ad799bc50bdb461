"""How many examples a property is tried with."""

from hypothesis import HealthCheck, settings

# Hypothesis's own number, which is that of a property without settings.
USUAL = 100


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


def is_fuzz() -> bool:
    """Whether this run tries more than the usual."""
    assert settings.default is not None
    return settings.default.max_examples > USUAL
