"""Language models behind HTTP: the client and its errors, and nothing about shops.

>>> endpoint = openrouter("sk-or-v1-0000")
>>> endpoint.host
'openrouter.ai'

`open_client(endpoint).complete(messages, Report, model=DEFAULT_MODEL, max_tokens=4000)` then returns a Completion whose
`value` is a Report, or raises an LlmError.
"""

from clickstream.llm.client import Client, Completion, open_client
from clickstream.llm.clients import Clients
from clickstream.llm.dialect import Dialects, Messages, Mode
from clickstream.llm.endpoint import DEFAULT_MODEL, OPENROUTER_URL, Endpoint, Kind, endpoint_at, openai, openrouter
from clickstream.llm.errors import InvalidReply, LlmError, Truncated
from clickstream.llm.models import KeyState, Model
from clickstream.llm.tools import Tool, ToolCall, with_calls, with_result
from clickstream.llm.transport import Deadlines, new_session
from clickstream.llm.usage import Usage

__all__ = [
    "DEFAULT_MODEL",
    "OPENROUTER_URL",
    "Client",
    "Clients",
    "Completion",
    "Deadlines",
    "Dialects",
    "Endpoint",
    "InvalidReply",
    "KeyState",
    "Kind",
    "LlmError",
    "Messages",
    "Mode",
    "Model",
    "Tool",
    "ToolCall",
    "Truncated",
    "Usage",
    "endpoint_at",
    "new_session",
    "open_client",
    "openai",
    "openrouter",
    "with_calls",
    "with_result",
]
