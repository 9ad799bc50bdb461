"""Where pip takes packages from, as its settings say, and the same for uv, which does not read them."""

import ast
from collections.abc import Mapping

# uv's variables for pip's settings. pip separates several values by spaces or lines.
_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "constraint": "UV_CONSTRAINT",
    "trusted-host": "UV_INSECURE_HOST",
    "proxy": "ALL_PROXY",
    "cert": "SSL_CERT_FILE",
}
_SEPARATORS = {"UV_FIND_LINKS": ","}


def read(listed: str) -> dict[str, str]:
    """The settings by name, of the lines of `pip config list`: `global.index-url='...'`, `:env:.cert='...'`."""
    settings: dict[str, str] = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        if value.startswith(("'", '"')):
            settings[name.rpartition(".")[2]] = str(ast.literal_eval(value))
    return settings


def for_uv(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment that makes uv take packages from where pip does."""
    variables = {
        variable: _SEPARATORS.get(variable, " ").join(settings[name].split())
        for name, variable in _VARIABLES.items()
        if settings.get(name)
    }
    if "UV_INDEX" in variables:
        # pip takes the best version of all indexes; uv looks no further than the first that has the package.
        variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return variables
