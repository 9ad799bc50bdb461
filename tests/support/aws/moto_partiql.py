"""PartiQL for moto, whose parser knows neither parameters nor that a condition can fail.

The real thing is tested on DynamoDB Local and on the local stack; this one only has to agree with them.
"""

import re
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import DynamoDBBackend

Item = dict[str, Any]

_PARTITIONS = re.compile(r"SELECT \* FROM \"([^\"]+)\" WHERE pk(?:=\?| IN \[[?,]+\])")
_INSERT = re.compile(r"INSERT INTO \"([^\"]+)\" VALUE \{(.*)\}")
_CHANGE = re.compile(r"(?:UPDATE|DELETE FROM) \"([^\"]+)\"(.*) WHERE pk=\? AND sk=\?(.*)")
_SET = re.compile(r" SET \"(\w+)\"=\?")
_REMOVE = re.compile(r" REMOVE \"(\w+)\"")
_SEEN = re.compile(r" AND \"(\w+)\"( IS MISSING|=\?)")


def batch_execute_statement(self: DynamoDBBackend, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_execute(self, statement["Statement"], statement["Parameters"]) for statement in statements]


def execute_statement(self: DynamoDBBackend, statement: str, parameters: list[Any]) -> list[Item]:
    """A read of whole partitions, the only one that there is."""
    match = _PARTITIONS.fullmatch(statement)
    assert match, statement
    items = self.get_table(match[1]).all_items()
    found = [item.to_json()["Attributes"] for item in items if item.attrs["pk"].to_json() in parameters]
    return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def _execute(backend: DynamoDBBackend, statement: str, parameters: list[Any]) -> dict[str, Any]:
    insert, change = _INSERT.fullmatch(statement), _CHANGE.fullmatch(statement)
    match = insert or change
    assert match, statement
    table: str = match[1]
    if insert:
        code, message = "DuplicateItem", "Duplicate primary key exists in table"
    else:
        code, message = "ConditionalCheckFailed", "The conditional request failed"
    try:
        if insert:
            names = re.findall(r"'(\w+)':\?", insert[2])
            item = dict(zip(names, parameters, strict=True))
            backend.put_item(table, item, condition_expression="attribute_not_exists(pk)")
        elif change:
            _change(backend, table, change[2], change[3], list(parameters), deletes=statement.startswith("DELETE"))
    except JsonRESTError as error:
        if "conditional request failed" not in str(error):
            raise
        return {"TableName": table, "Error": {"Code": code, "Message": message}}
    return {"TableName": table}


def _change(
    backend: DynamoDBBackend, table: str, actions: str, conditions: str, parameters: list[Any], *, deletes: bool
) -> None:
    """In the order of the statement, as its parameters are: what is set, the key, what has to be as it was seen."""
    names: dict[str, str] = {}
    values: Item = {}

    def placeholder(name: str) -> str:
        names[f"#n{len(names)}"] = name
        return f"#n{len(names) - 1}"

    def value() -> str:
        values[f":v{len(values)}"] = parameters.pop(0)
        return f":v{len(values) - 1}"

    sets = [f"{placeholder(name)} = {value()}" for name in _SET.findall(actions)]
    removes = [placeholder(name) for name in _REMOVE.findall(actions)]
    key = {"pk": parameters.pop(0), "sk": parameters.pop(0)}
    seen = [
        f"attribute_not_exists({placeholder(name)})" if how == " IS MISSING" else f"{placeholder(name)} = {value()}"
        for name, how in _SEEN.findall(conditions)
    ]
    assert not parameters, f"{len(parameters)} parameters too many"
    # Without conditions, a statement that deletes what is not there succeeds.
    condition = " AND ".join(seen if deletes else ["attribute_exists(pk)", *seen])
    if deletes:
        backend.delete_item(table, key, names, values, condition or None)
        return
    expression = " ".join(f"{word} {', '.join(parts)}" for word, parts in (("SET", sets), ("REMOVE", removes)) if parts)
    backend.update_item(table, key, expression, names, values, condition_expression=condition)
