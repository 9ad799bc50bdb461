"""The environment variables of a function, as the template and Lambda set them."""

from daybook_local.deployment.template import function_environment

from tests.support.aws.clients import REGION
from tests.support.hashes import ADDRESS_KEY

TABLE = "daybook"
BUCKET = "daybook-bodies"
EXPORTS = "daybook-exports"

ENVIRONMENT = function_environment(
    service="test",
    resolved={
        "Table": TABLE,
        "Bodies": BUCKET,
        "AddressKey": ADDRESS_KEY,
        "ServiceClients": "portal, platform, mailer",
    },
) | {
    # Of some functions only; tests with a queue set its URL.
    "EXPORTS_BUCKET": EXPORTS,
    "EXPORT_DAYS": "7",
    "EXPORT_QUEUE_URL": "https://queue",
    "AWS_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
}
