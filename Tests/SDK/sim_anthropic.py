"""The simulated Anthropic with the official SDK, then the gateway before it with the OpenAI SDK. Exit code 0 when all
holds. Told by MARTLET_SIM, MARTLET_URL and MARTLET_KEY."""

import json
import os
import sys
import urllib.request

import anthropic
import openai
from checks import run

SIM = os.environ["MARTLET_SIM"]
URL = os.environ["MARTLET_URL"]
KEY = os.environ["MARTLET_KEY"]
NAME = "sdk-anthropic"
MODEL = "sim-fast"
HELLO = [{"role": "user", "content": "Tell me about the tides in Brest"}]
SCHEMA = {
    "type": "object",
    "properties": {"harbour": {"type": "string"}},
    "required": ["harbour"],
    "additionalProperties": False,
}
TIDE = {"name": "tide_height", "description": "The height of the tide now", "input_schema": SCHEMA}
FUNCTION = {"type": "function", "function": {"name": "tide_height", "description": "Now", "parameters": SCHEMA}}


def direct(key="sk-ant-simulated-1"):
    return anthropic.Anthropic(base_url=f"{SIM}/anthropic", api_key=key, timeout=30, max_retries=0)


def ask(model=MODEL, **more):
    return direct().messages.create(**{"model": model, "max_tokens": 300, "messages": HELLO, **more})


def refused(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was due")


# The simulator alone


def sim_chat():
    answer = ask()
    assert answer.content[0].text and answer.stop_reason == "end_turn" and answer.usage.output_tokens > 0
    assert direct().messages.count_tokens(model=MODEL, messages=HELLO).input_tokens > 0
    assert MODEL in [model.id for model in direct().models.list()]


def sim_stream():
    with direct().messages.stream(model=MODEL, max_tokens=300, messages=HELLO) as events:
        text = "".join(events.text_stream)
        assert text == events.get_final_message().content[0].text


def sim_tools():
    with direct().messages.stream(model=MODEL, max_tokens=300, messages=HELLO, tools=[TIDE]) as events:
        answer = events.get_final_message()
    assert answer.content[-1].input["harbour"] and answer.stop_reason == "tool_use"


def sim_errors():
    refused(anthropic.AuthenticationError, lambda: direct("sk-ant-bad").models.list())
    refused(anthropic.BadRequestError, lambda: ask(extra_body={"temperature": 0.5}))
    refused(anthropic.BadRequestError, lambda: ask(messages=[]))
    for name, kind in [
        ("sim-error-403", anthropic.PermissionDeniedError), ("sim-error-404", anthropic.NotFoundError),
        ("sim-error-429", anthropic.RateLimitError), ("sim-error-500", anthropic.InternalServerError),
        ("sim-error-529", anthropic.OverloadedError), ("sim-quota", anthropic.PaymentRequiredError),
    ]:  # fmt: skip
        assert refused(kind, lambda: ask(name)).request_id


# The gateway before it


def gateway():
    return openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY, timeout=30, max_retries=0)


def chat(model=MODEL, **more):
    return gateway().chat.completions.create(**{"model": f"{NAME}/{model}", "messages": HELLO, **more})


def connector():
    body = {"display_name": NAME, "connector_type": "anthropic_apikey", "api_key": "sk-ant-simulated-2"}
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    request = urllib.request.Request(f"{URL}/api/connectors", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        created = json.load(response)
    request = urllib.request.Request(f"{URL}/api/connectors/{created['id']}/test", b"", headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        assert json.load(response)["success"]


def through_blocking():
    answer = chat("claude-sonnet-4-6", temperature=1.7, seed=3, stop="STOPWORD", user="u1")
    assert answer.choices[0].finish_reason == "stop" and answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    # A model that refuses sampling is sent none.
    assert chat("claude-sonnet-5-5", temperature=0.2, top_p=0.9).choices[0].message.content


def through_stream():
    chunks = list(chat(stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == chat().choices[0].message.content
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens > 0


def through_tools():
    answer = chat(tools=[FUNCTION]).choices[0]
    call = answer.message.tool_calls[0]
    assert answer.finish_reason == "tool_calls" and json.loads(call.function.arguments)["harbour"]
    turns = HELLO + [answer.message, {"role": "tool", "tool_call_id": call.id, "content": "4.2 m"}]
    assert "4.2 m" in chat(tools=[FUNCTION], messages=turns).choices[0].message.content
    chunks = list(chat(tools=[FUNCTION], stream=True))
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    parts = [call.function.arguments for delta in deltas for call in delta.tool_calls or []]
    assert json.loads("".join(parts))["harbour"] and len(parts) > 2
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def through_forced_tool():
    choice = {"type": "function", "function": {"name": "tide_height"}}
    question = [{"role": "user", "content": "Nothing of the kind"}]
    answer = chat(tools=[FUNCTION], tool_choice=choice, parallel_tool_calls=False, messages=question)
    assert answer.choices[0].message.tool_calls[0].function.name == "tide_height"


def through_vision():
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    answer = chat(messages=[{"role": "user", "content": [image, {"type": "text", "text": "Say blue"}]}])
    assert answer.choices[0].message.content == "blue"


def through_errors():
    error = refused(openai.RateLimitError, lambda: chat("sim-error-429"))
    assert error.code == "rate_limited" and error.response.headers["retry-after"]
    assert refused(openai.RateLimitError, lambda: chat("sim-quota")).code == "quota_exceeded"
    assert refused(openai.InternalServerError, lambda: chat("sim-error-529")).code == "provider_unavailable"
    assert refused(openai.NotFoundError, lambda: chat("sim-error-404")).code
    assert refused(openai.InternalServerError, lambda: chat("sim-200-error")).code == "provider_unavailable"
    assert chat("sim-moderated").choices[0].finish_reason == "content_filter"
    refused(openai.APIError, lambda: list(chat("sim-200-error", stream=True)))
    refused(openai.APIError, lambda: list(chat("sim-cut", stream=True)))


CHECKS = [
    sim_chat, sim_stream, sim_tools, sim_errors, connector, through_blocking, through_stream, through_tools,
    through_forced_tool, through_vision, through_errors,
]  # fmt: skip


if __name__ == "__main__":
    sys.exit(run("sim anthropic", CHECKS))
