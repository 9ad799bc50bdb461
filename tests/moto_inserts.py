"""BatchExecuteStatement's inserts for moto, whose parser knows neither their parameters nor that a key can be taken.

The real thing is tested on DynamoDB Local and on the local stack; this one only has to agree with them.
"""

import re
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import DynamoDBBackend

_INSERT = re.compile(r"INSERT INTO \"([^\"]+)\" VALUE \{(.*)\}")


def batch_execute_statement(self: DynamoDBBackend, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_insert(self, statement) for statement in statements]


def _insert(backend: DynamoDBBackend, statement: dict[str, Any]) -> dict[str, Any]:
    match = _INSERT.fullmatch(statement["Statement"])
    assert match, statement["Statement"]
    names = re.findall(r"'(\w+)':\?", match[2])
    item = dict(zip(names, statement["Parameters"], strict=True))
    try:
        backend.put_item(match[1], item, condition_expression="attribute_not_exists(pk)")
    except JsonRESTError as error:
        if "conditional request failed" not in str(error):
            raise
        return {
            "TableName": match[1],
            "Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"},
        }
    return {"TableName": match[1]}
