"""The periods and the archive that a deployment may choose."""

import re
from datetime import UTC, datetime

import pytest
from daybook.model import retention_policy
from daybook_local.deployment.template import function_environment
from hypothesis import given, strategies

from tests.support.properties import examples
from tests.support.template import RESOLVED, RESOURCES, TEMPLATE

PERIODS = [name for name in TEMPLATE["Parameters"] if name.endswith("Retention")] + ["RetentionGrace"]
FOR_EVER = {"EmailRetention", "SmsRetention", "PushRetention"}


def counted(unit: str, digits: int) -> strategies.SearchStrategy[str]:
    return strategies.from_regex(rf"[0-9]{{1,{digits}}}{unit}", fullmatch=True)


# ISO 8601 durations as the parameters spell them, with a digit more than they take now and then.
PERIOD_TEXTS = strategies.one_of(
    strategies.just(""),
    counted("W", 5).map("P{}".format),
    strategies.tuples(
        *(strategies.just("") | counted(unit, digits) for unit, digits in (("Y", 4), ("M", 4), ("D", 6)))
    ).map(lambda parts: "P" + "".join(parts)),
)


def test_every_log_has_a_period_of_its_own() -> None:
    assert {name: TEMPLATE["Parameters"][name]["Default"] for name in PERIODS} == {
        "EmailRetention": "",
        "SmsRetention": "",
        "PushRetention": "",
        "ActivityRetention": "P2Y",
        "AuditRetention": "P2Y",
        "ContentRetention": "P24M",
        "RetentionGrace": "P7D",
    }


@pytest.mark.parametrize("name", PERIODS)
@examples(30)
@given(data=strategies.data())
def test_a_period_that_a_deployment_takes_is_one_that_the_functions_can_add_to_any_date(
    name: str, data: strategies.DataObject
) -> None:
    pattern = re.compile(TEMPLATE["Parameters"][name]["AllowedPattern"], re.ASCII)
    text = data.draw(PERIOD_TEXTS.filter(pattern.search))
    period = retention_policy.parse_period(text)
    assert (period is None) <= (name in FOR_EVER)
    if period is not None:
        assert datetime(2026, 2, 28, tzinfo=UTC) < datetime(2026, 2, 28, tzinfo=UTC) + period
        assert datetime(2200, 2, 28, tzinfo=UTC) + period < datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize("name", PERIODS)
@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("P2Y", True), ("P24M", True), ("P7D", True), ("P10W", True), ("P1Y6M", True), ("P1Y2M10D", True),
        ("P", False), ("P0D", False), ("P0Y0M", False), ("P0W", False), ("2Y", False), ("PT24H", False),
        ("P1DT1H", False),
        ("P1W2D", False), ("P1M1Y", False), ("-P1D", False), ("P1.5Y", False), ("p2y", False), ("P2Y ", False),
        ("P9999Y", False), ("P2Y\n", False), ("for ever", False),
    ],
)  # fmt: skip
def test_a_deployment_takes_iso_8601_durations_and_nothing_else(name: str, text: str, is_taken: bool) -> None:
    parameter = TEMPLATE["Parameters"][name]
    assert bool(re.fullmatch(parameter["AllowedPattern"], text)) is is_taken
    assert bool(re.fullmatch(parameter["AllowedPattern"], "")) is (name in FOR_EVER)
    assert parameter["ConstraintDescription"]


@pytest.mark.parametrize("name", PERIODS)
def test_a_period_reaches_the_functions(name: str) -> None:
    before = function_environment(service="ingest", resolved=RESOLVED)
    after = function_environment(service="ingest", resolved={**RESOLVED, name: "P5Y"})
    variable = "RETENTION_GRACE" if name == "RetentionGrace" else f"RETAIN_{name.removesuffix('Retention').upper()}"
    assert {key for key in after if after[key] != before[key]} == {variable}
    assert after[variable] == "P5Y"


def test_the_archive_is_off_until_it_is_asked_for() -> None:
    assert TEMPLATE["Parameters"]["Archive"]["AllowedValues"] == ["off", "on", "locked"]
    assert TEMPLATE["Parameters"]["Archive"]["Default"] == "off"
    conditional = {name for name, made in RESOURCES.items() if made.get("Condition") == "HasArchive"}
    assert conditional == {"ArchiveBucket", "ArchiveBucketPolicy", "RetentionArchivePolicy"}
    resolved = RESOLVED | {"ArchiveBucket": "archive"}
    for switch, bucket in (("off", ""), ("on", "archive"), ("locked", "archive")):
        environment = function_environment(service="retention", resolved={**resolved, "Archive": switch})
        assert environment["ARCHIVE_BUCKET"] == bucket


def test_the_archive_is_private_encrypted_reached_by_tls_only_and_locks_when_told_to() -> None:
    bucket = RESOURCES["ArchiveBucket"]
    properties = bucket["Properties"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert all(properties["PublicAccessBlockConfiguration"].values())
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert "BucketEncryption" in properties
    (statement,) = RESOURCES["ArchiveBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert properties["ObjectLockEnabled"] is True
    condition, rule, nothing = properties["ObjectLockConfiguration"]["Rule"]["Fn::If"]
    assert TEMPLATE["Conditions"][condition] == {"Fn::Equals": [{"Ref": "Archive"}, "locked"]}
    assert rule == {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": {"Ref": "ArchiveLockDays"}}}
    assert nothing == {"Ref": "AWS::NoValue"}


def test_the_archive_takes_more_permissions_and_only_where_there_is_one() -> None:
    policy = RESOURCES["RetentionArchivePolicy"]["Properties"]
    assert policy["Roles"] == [{"Ref": "RetentionRole"}]
    assert [(each["Action"], each["Resource"]) for each in policy["PolicyDocument"]["Statement"]] == [
        ("s3:PutObject", {"Fn::Sub": "${ArchiveBucket.Arn}/*"}),
        (
            ["s3:GetObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"],
            {"Fn::Sub": "${ArchiveBucket.Arn}/*"},
        ),
        (["s3:ListBucket", "s3:ListBucketVersions"], {"Fn::GetAtt": ["ArchiveBucket", "Arn"]}),
    ]
