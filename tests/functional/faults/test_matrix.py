"""Each call of AWS with each fault: what was acknowledged is stored, once; the rest is done when it comes again."""

import pytest

from tests.support.faults import sampling
from tests.support.faults.batches import BATCHES
from tests.support.faults.reads import READS
from tests.support.faults.scenario import Lab, Scenario
from tests.support.faults.writes import WRITES

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@pytest.mark.parametrize("scenario", [*READS, *WRITES, *BATCHES], ids=lambda scenario: scenario.name)
def test_a_fault_costs_nothing_and_doubles_nothing(scenario: Scenario, lab: Lab, record_property: object) -> None:
    expected = lab.undisturbed(scenario)
    cells = sampling.cells_of(expected.calls)
    tried = sampling.chosen(scenario.name, cells)
    wrong = {
        str(cell): found
        for cell in tried
        if (found := lab.disturbed(scenario, expected, cell.call, cell.fault, cell.attempts))
    }
    record_property(sampling.PROPERTY, (len(tried), len(cells)))  # type: ignore[operator]
    assert not wrong, f"{len(wrong)} of {len(tried)} cells, SEED={sampling.seed()}: {wrong}"
