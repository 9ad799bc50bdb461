"""The environment variables of a function, as the template and Lambda set them."""

from daybook_local.deployment.template import function_environment

from tests.support.aws.clients import REGION
from tests.support.hashes import ADDRESS_KEY

TABLE = "daybook"
BUCKET = "daybook-bodies"

ENVIRONMENT = function_environment(
    service="test",
    resolved={
        "Table": TABLE,
        "Bodies": BUCKET,
        "AddressKey": ADDRESS_KEY,
        "ServiceClients": "portal, platform, mailer",
    },
) | {"AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
