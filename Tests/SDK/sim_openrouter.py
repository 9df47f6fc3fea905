"""The simulated OpenRouter with its official SDK, then the gateway before it with the OpenAI SDK. Exit code 0 when all
holds."""

import base64
import json
import sys

from checks import HELLO, PICTURES, SIM, TOOL, Through, refused, run
from openrouter import OpenRouter, errors

MODEL = "openai/gpt-5-mini"
gateway = Through("sdk-openrouter", "openrouter_apikey", MODEL, api_key="sk-or-v1-simulated-1")


def direct(key="sk-or-v1-simulated-2"):
    return OpenRouter(api_key=key, server_url=f"{SIM}/openrouter/api/v1", timeout_ms=30_000)


def ask(model=MODEL, **more):
    return direct().chat.send(model=model, messages=HELLO, **more)


def sim_chat():
    answer = ask()
    assert answer.choices[0].message.content and answer.usage.cost > 0


def sim_stream():
    with ask(stream=True) as events:
        chunks = list(events)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == ask().choices[0].message.content
    assert [chunk.usage for chunk in chunks if chunk.usage][-1].cost > 0


def sim_tools():
    call = ask(tools=[TOOL]).choices[0].message.tool_calls[0]
    assert json.loads(call.function.arguments)["harbour"]


def sim_errors():
    refused(errors.UnauthorizedResponseError, lambda: direct("sk-or-bad").chat.send(model=MODEL, messages=HELLO))
    for name, kind in [
        ("sim-quota", errors.PaymentRequiredResponseError), ("sim-error-404", errors.NotFoundResponseError),
        ("sim-error-429", errors.TooManyRequestsResponseError), ("sim-moderated", errors.ForbiddenResponseError),
        ("sim-error-400", errors.BadRequestResponseError),
    ]:  # fmt: skip
        refused(kind, lambda: ask(name))


def picture_by_chat():
    gateway.picture("google/gemini-3.1-flash-image")


def picture_by_its_own_route():
    gateway.picture("openai/gpt-image-2")


CHECKS = [
    sim_chat, sim_stream, sim_tools, sim_errors, *gateway.checks(), picture_by_chat, picture_by_its_own_route,
]  # fmt: skip

if __name__ == "__main__":
    sys.exit(run("sim openrouter", CHECKS))
