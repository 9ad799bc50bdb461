"""What providers send about messages: `carried` opens a Lambda event to their records, `read` makes events of one."""

from daybook.feedback.envelopes import carried
from daybook.feedback.reading import read
from daybook.feedback.records import Carried, MalformedFeedbackError, Reading

__all__ = ["Carried", "MalformedFeedbackError", "Reading", "carried", "read"]
