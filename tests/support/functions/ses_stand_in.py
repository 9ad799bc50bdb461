"""A stand-in for what moto's SES cannot do."""

from dataclasses import dataclass, field

from daybook.aws.ses import NoVerdictError, Verdict

from tests.support.aws import roles


@dataclass
class Ses:
    """What moto's SES cannot do: the account's suppression list, and the verification of addresses."""

    suppressed: set[str] = field(default_factory=set)
    verdicts: dict[str, Verdict | NoVerdictError] = field(default_factory=dict)
    busy: Exception | None = None

    def release(self, spelling: str) -> None:
        roles.check_running_ses("DeleteSuppressedDestination")
        if self.busy:
            raise self.busy
        self.suppressed.discard(spelling)

    def verify(self, address: str) -> Verdict:
        roles.check_running_ses("GetEmailAddressInsights")
        verdict = self.verdicts[address]
        if isinstance(verdict, NoVerdictError):
            raise verdict
        return verdict
