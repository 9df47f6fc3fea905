"""The Anthropic SDK against a running cluster, in front of Anthropic's provider and of OpenAI's. Exit code 0 when all
holds. The cluster is told by MARTLET_URL and MARTLET_KEY."""

import os
import sys

import anthropic

URL = os.environ["MARTLET_URL"]
PASSED = "anthropic/claude-sonnet-4-6"
NEWER = "anthropic/claude-sonnet-5-5"
TRANSLATED = "openai/gpt-4.1"
BOTH = ["anthropic/sim-fast", "openai/sim-fast"]
HELLO = [{"role": "user", "content": "Tell me about the tides in Brest"}]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mM4IacBRwzEcQDBAxDhXItBgQAAAABJRU5ErkJggg=="
TIDE = {
    "name": "tide_height",
    "description": "The height of the tide now",
    "input_schema": {
        "type": "object",
        "properties": {"harbour": {"type": "string"}},
        "required": ["harbour"],
        "additionalProperties": False,
    },
}


def client(key=os.environ["MARTLET_KEY"]):
    return anthropic.Anthropic(base_url=URL, api_key=key, timeout=30, max_retries=0)


def create(model, **more):
    return client().messages.create(**{"model": model, "max_tokens": 300, "messages": HELLO, **more})


def refused(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was due")


def blocking(model):
    answer = create(model, system="Be brief.", stop_sequences=["STOPWORD"], metadata={"user_id": "u1"})
    assert answer.type == "message" and answer.role == "assistant" and answer.stop_reason == "end_turn"
    assert [block.type for block in answer.content] == ["text"] and answer.content[0].text
    assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0
    assert answer._request_id


def length(model):
    answer = create(model, max_tokens=3)
    assert answer.stop_reason == "max_tokens", answer.stop_reason


def stream(model):
    with client().messages.stream(model=model, max_tokens=300, messages=HELLO) as events:
        pieces = list(events.text_stream)
        final = events.get_final_message()
    assert len(pieces) > 5 and "".join(pieces) == final.content[0].text == create(model).content[0].text
    assert final.stop_reason == "end_turn"
    assert final.usage.input_tokens > 0 and final.usage.output_tokens > 0


def raw_stream(model):
    events = list(create(model, stream=True))
    names = [event.type for event in events]
    assert names[0] == "message_start" and names[-2:] == ["message_delta", "message_stop"], names
    assert names.count("content_block_start") == names.count("content_block_stop") == 1
    assert events[-2].usage.output_tokens > 0


def tool_round(model):
    answer = create(model, tools=[TIDE])
    call = next(block for block in answer.content if block.type == "tool_use")
    assert answer.stop_reason == "tool_use" and call.name == "tide_height" and call.input["harbour"]
    turns = HELLO + [
        {"role": "assistant", "content": answer.content},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "4.2 m"}]},
    ]
    answer = create(model, tools=[TIDE], messages=turns)
    assert answer.stop_reason == "end_turn" and "4.2 m" in answer.content[0].text


def streamed_tool(model):
    with client().messages.stream(model=model, max_tokens=300, messages=HELLO, tools=[TIDE]) as events:
        parts = [event.partial_json for event in events if event.type == "input_json"]
        final = events.get_final_message()
    call = next(block for block in final.content if block.type == "tool_use")
    assert len(parts) > 2 and final.stop_reason == "tool_use" and call.input["harbour"]


def forced_tool(model):
    choice = {"type": "tool", "name": "tide_height", "disable_parallel_tool_use": True}
    question = [{"role": "user", "content": "Nothing of the kind"}]
    answer = create(model, tools=[TIDE], tool_choice=choice, messages=question)
    assert answer.content[0].name == "tide_height"
    answer = create(model, tools=[TIDE], tool_choice={"type": "none"})
    assert [block.type for block in answer.content] == ["text"]


def vision(model):
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    answer = create(model, messages=[{"role": "user", "content": [image, {"type": "text", "text": "Say blue"}]}])
    assert answer.content[0].text == "blue", answer.content


def errors(model):
    connector = model.split("/")[0]

    def call(name):
        return lambda: create(f"{connector}/sim-error-{name}")

    error = refused(anthropic.RateLimitError, call(429))
    assert error.body["error"]["type"] == "rate_limit_error" and error.request_id
    assert error.response.headers["retry-after"]
    error = refused(anthropic.NotFoundError, call(404))
    assert error.body["type"] == "error" and error.body["error"]["type"] == "not_found_error"
    error = refused(anthropic.InternalServerError, call(500))
    assert error.body["error"]["type"] == "api_error" and error.body["request_id"]
    refused(anthropic.AuthenticationError, call(401))
    refused(anthropic.PermissionDeniedError, call(403))
    assert "api.anthropic" not in str(error) and "sk-" not in str(error)


def error_in_stream(model):
    connector = model.split("/")[0]

    def call():
        for _ in create(f"{connector}/sim-200-error", stream=True):
            pass

    error = refused(anthropic.APIStatusError, call)
    assert error.body["type"] == "error" and error.body["error"]["type"] in ("api_error", "overloaded_error")
    for name in ("sim-cut", "sim-malformed"):
        refused(anthropic.APIStatusError, lambda: list(create(f"{connector}/{name}", stream=True)))


def caller_mistakes(model):
    body = {"model": model, "messages": HELLO}
    error = refused(anthropic.BadRequestError, lambda: client().post("/v1/messages", body=body, cast_to=object))
    assert error.body["error"]["type"] == "invalid_request_error" and "max_tokens" in str(error.body)
    refused(anthropic.BadRequestError, lambda: create(model, messages=[]))
    error = refused(anthropic.AuthenticationError, lambda: client("sk-mt-wrong").messages.create(**body, max_tokens=5))
    assert error.body["error"]["type"] == "authentication_error"


def refusal_is_an_answer():
    assert create("anthropic/sim-moderated").stop_reason == "refusal"


def thinking_round():
    wish = {"type": "enabled", "budget_tokens": 1024}
    with client().messages.stream(model=PASSED, max_tokens=2000, messages=HELLO, tools=[TIDE], thinking=wish) as events:
        answer = events.get_final_message()
    assert [block.type for block in answer.content] == ["thinking", "tool_use"] and answer.content[0].signature
    result = {"type": "tool_result", "tool_use_id": answer.content[1].id, "content": "4.2 m"}
    turns = HELLO + [{"role": "assistant", "content": answer.content}, {"role": "user", "content": [result]}]
    assert create(PASSED, max_tokens=2000, messages=turns, tools=[TIDE], thinking=wish).stop_reason == "end_turn"


def callers_version_goes_along():
    old = {"anthropic-version": "2023-06-01"}
    warm = {"temperature": 0.5}
    assert create(PASSED, extra_body=warm, extra_headers=old).content
    refused(anthropic.BadRequestError, lambda: create(PASSED, extra_body=warm))
    # Behind another provider the version means nothing, and sampling is the provider's matter.
    assert create(TRANSLATED, extra_body=warm).content


def cached_input():
    system = [{"type": "text", "text": "Be brief. " * 40, "cache_control": {"type": "ephemeral"}}]
    usage = create(NEWER, system=system).usage
    assert usage.cache_read_input_tokens > 50 and usage.input_tokens > 0


EACH = [
    blocking, length, stream, raw_stream, tool_round, streamed_tool, forced_tool, vision, errors, error_in_stream,
    caller_mistakes,
]  # fmt: skip
ALONE = [refusal_is_an_answer, thinking_round, callers_version_goes_along, cached_input]


def main():
    checks = [(f"{check.__name__} before {model.split('/')[0]}", check, [model]) for model in BOTH for check in EACH]
    checks += [(check.__name__, check, []) for check in ALONE]
    failed = 0
    for name, check, arguments in checks:
        name = name.replace("_", " ")
        try:
            check(*arguments)
            print(f"ok    anthropic {anthropic.__version__}: {name}")
        except Exception as error:  # each check is reported, whatever it raises
            failed += 1
            print(f"FAIL  anthropic {anthropic.__version__}: {name}: {type(error).__name__}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
