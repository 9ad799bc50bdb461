"""What to do about an installation that failed, before the same command is run again."""

import re

GENERAL = "Nothing is known of this error here."
_KINDS = (
    (
        re.compile(r"No space left on device|Disk quota exceeded", re.IGNORECASE),
        "The disk is full: Daybook needs about 500 MB here.",
    ),
    (
        re.compile(
            r"NewConnectionError|ConnectTimeout|NameResolutionError|Temporary failure in name resolution|ProxyError"
            r"|Network is unreachable|dns error|tcp connect error|error sending request|Failed to fetch"
            r"|Read timed out|ReadTimeoutError",
            re.IGNORECASE,
        ),
        "The package index cannot be reached. Check the network, or set HTTPS_PROXY or PIP_INDEX_URL (a mirror).",
    ),
    (
        re.compile(r"CERTIFICATE_VERIFY_FAILED|invalid peer certificate", re.IGNORECASE),
        "The certificate of the package index is not trusted here. Name that of your network in PIP_CERT.",
    ),
    (
        re.compile(r"Permission denied", re.IGNORECASE),
        "This user may not write there. Give them the folder, or clone Daybook to one of theirs.",
    ),
    (
        re.compile(r"ensurepip is not available|No module named '?(?:venv|ensurepip)", re.IGNORECASE),
        "This Python cannot make environments. On Debian: apt-get install python3-venv",
    ),
)


def advice(output: str, *, general: str = GENERAL) -> str:
    """What to do, by what the tool printed; `general` where nothing of it is known."""
    return next((text for pattern, text in _KINDS if pattern.search(output)), general)
