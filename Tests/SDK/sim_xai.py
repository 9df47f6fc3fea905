"""The simulated xAI with the OpenAI SDK, which xAI documents for its REST interface, then the gateway before it. Exit
code 0 when all holds."""

import base64
import json
import sys

import openai
from checks import HELLO, PICTURES, SIM, TOOL, Through, refused, run

MODEL = "grok-4.3"
gateway = Through("sdk-xai", "xai_apikey", MODEL, api_key="xai-simulated-0123456789")


def direct(key="xai-simulated-1"):
    return openai.OpenAI(base_url=f"{SIM}/xai/v1", api_key=key, timeout=30, max_retries=0)


def ask(model=MODEL, **more):
    return direct().chat.completions.create(model=model, messages=HELLO, **more)


def sim_chat():
    answer = ask()
    usage = answer.usage
    assert answer.choices[0].message.reasoning_content and usage.cost_in_usd_ticks > 0
    thought = usage.completion_tokens_details.reasoning_tokens
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens + thought
    assert MODEL in [model.id for model in direct().models.list()]


def sim_stream():
    chunks = list(ask(stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == ask().choices[0].message.content and chunks[-1].usage.total_tokens > 0


def sim_tools():
    calls = [
        call
        for chunk in ask(tools=[TOOL], stream=True)
        for call in (chunk.choices[0].delta.tool_calls or [] if chunk.choices else [])
    ]
    assert len(calls) == 1 and json.loads(calls[0].function.arguments)["harbour"]


def sim_image():
    answer = direct().images.generate(
        model="grok-imagine-image-2.0",
        prompt="a boat",
        n=1,
        response_format="b64_json",
        extra_body={"aspect_ratio": "16:9", "resolution": "1k"},
    )
    assert base64.b64decode(answer.data[0].b64_json).startswith(PICTURES)
    refused(
        openai.BadRequestError,
        lambda: direct().images.generate(model="grok-imagine-image", prompt="a", size="1024x1024"),
    )


def sim_errors():
    error = refused(openai.BadRequestError, lambda: direct("xai-bad").models.list())
    assert "Incorrect API key" in error.body and error.code is None
    refused(openai.BadRequestError, lambda: ask(stop=["x"]))
    refused(openai.BadRequestError, lambda: ask(presence_penalty=0.5))
    for name, kind in [
        ("sim-error-403", openai.PermissionDeniedError), ("sim-error-404", openai.NotFoundError),
        ("sim-error-429", openai.RateLimitError), ("sim-error-500", openai.InternalServerError),
    ]:  # fmt: skip
        refused(kind, lambda: ask(name))


def refusals_come_back_typed():
    error = refused(openai.BadRequestError, lambda: gateway.chat(stop=["x"]))
    assert error.type == "invalid_request_error"


def picture():
    gateway.picture("grok-imagine-image-2.0")


CHECKS = [
    sim_chat, sim_stream, sim_tools, sim_image, sim_errors, *gateway.checks(), refusals_come_back_typed, picture,
]  # fmt: skip

if __name__ == "__main__":
    sys.exit(run("sim xai", CHECKS))
