"""The simulated Gemini with Google's own SDK, then the gateway before it with the OpenAI SDK. Exit code 0 when all
holds. Told by MARTLET_SIM, MARTLET_URL and MARTLET_KEY."""

import base64
import functools
import json
import os
import sys
import urllib.request

import openai
from google import genai
from google.genai import errors, types
from checks import run

SIM = os.environ["MARTLET_SIM"]
URL = os.environ["MARTLET_URL"]
KEY = os.environ["MARTLET_KEY"]
NAME = "sdk-gemini"
MODEL = "gemini-3.8-flash"
IMAGE_MODEL = "gemini-3.1-flash-image"
PNG = b"\x89PNG\r\n\x1a\n"
TEXT = "Tell me about the tides in Brest"
HELLO = [{"role": "user", "content": TEXT}]
SCHEMA = {"type": "object", "properties": {"harbour": {"type": "string"}}, "required": ["harbour"]}
FUNCTION = {"type": "function", "function": {"name": "tide_height", "description": "Now", "parameters": SCHEMA}}
TOOL = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(name="tide_height", description="Now", parameters_json_schema=SCHEMA)
    ]
)


@functools.cache  # a client that nobody holds closes its connections
def direct(key="AIzaSimulated1", version="v1beta"):
    options = types.HttpOptions(base_url=f"{SIM}/gemini", api_version=version, timeout=30_000)
    return genai.Client(api_key=key, http_options=options)


def ask(model=MODEL, contents=TEXT, client=None, **config):
    off = types.AutomaticFunctionCallingConfig(disable=True)
    config = types.GenerateContentConfig(automatic_function_calling=off, **config)
    return (client or direct()).models.generate_content(model=model, contents=contents, config=config)


def refused(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was due")


# The simulator alone


def sim_chat():
    answer = ask(system_instruction="Be brief.", temperature=0.2, max_output_tokens=300)
    assert answer.text and answer.candidates[0].finish_reason == types.FinishReason.STOP
    usage = answer.usage_metadata
    assert usage.total_token_count == usage.prompt_token_count + usage.candidates_token_count
    assert direct(version="v1").models.count_tokens(model=MODEL, contents=TEXT).total_tokens > 0
    assert f"models/{MODEL}" in [model.name for model in direct().models.list()]


def sim_stream():
    chunks = list(direct().models.generate_content_stream(model=MODEL, contents=TEXT))
    assert "".join(chunk.text or "" for chunk in chunks) == ask().text
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP and len(chunks) > 3


def sim_thoughts():
    thinking = types.ThinkingConfig(include_thoughts=True, thinking_level="LOW")
    parts = ask(thinking_config=thinking).candidates[0].content.parts
    assert parts[0].thought and not parts[1].thought


def sim_tools():
    forced = types.FunctionCallingConfig(mode="ANY", allowed_function_names=["tide_height"])
    answer = ask(tools=[TOOL], tool_config=types.ToolConfig(function_calling_config=forced))
    call = answer.function_calls[0]
    assert call.args["harbour"] and answer.candidates[0].content.parts[0].thought_signature
    result = types.Part.from_function_response(name=call.name, response={"output": "4.2 m"})
    question = types.Content(role="user", parts=[types.Part.from_text(text=TEXT)])
    turns = [question, answer.candidates[0].content, types.Content(role="user", parts=[result])]
    assert "4.2 m" in ask(contents=turns, tools=[TOOL]).text
    unsigned = types.Content(role="model", parts=[types.Part(function_call=call)])
    assert "thought_signature" in str(refused(errors.ClientError, lambda: ask(contents=[question, unsigned, turns[2]])))


def sim_images():
    answer = ask(
        IMAGE_MODEL, "a blue square", response_modalities=["IMAGE"], image_config=types.ImageConfig(aspect_ratio="16:9")
    )
    blob = answer.candidates[0].content.parts[0].inline_data
    assert blob.mime_type == "image/png" and blob.data.startswith(PNG)


def sim_errors():
    assert refused(errors.ClientError, lambda: ask(client=direct("AIza-bad"))).code == 400
    for name, kind, code in [
        ("sim-error-403", errors.ClientError, 403), ("nobody", errors.ClientError, 404),
        ("sim-error-429", errors.ClientError, 429), ("sim-quota", errors.ClientError, 429),
        ("sim-error-500", errors.ServerError, 500), ("sim-error-503", errors.ServerError, 503),
    ]:  # fmt: skip
        assert refused(kind, lambda: ask(name)).code == code
    assert ask("sim-moderated").prompt_feedback.block_reason == types.BlockedReason.PROHIBITED_CONTENT
    stream = direct().models.generate_content_stream(model="sim-200-error", contents=TEXT)
    assert refused(errors.ServerError, lambda: list(stream)).code == 503


# The gateway before it


def gateway():
    return openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY, timeout=30, max_retries=0)


def chat(model=MODEL, **more):
    return gateway().chat.completions.create(**{"model": f"{NAME}/{model}", "messages": HELLO, **more})


def connector():
    body = {"display_name": NAME, "connector_type": "gemini_apikey", "api_key": "AIzaSimulated0123456789"}
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    request = urllib.request.Request(f"{URL}/api/connectors", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        created = json.load(response)
    request = urllib.request.Request(f"{URL}/api/connectors/{created['id']}/test", b"", headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        assert json.load(response)["success"]


def through_blocking():
    answer = chat(temperature=0.7, seed=3, stop="STOPWORD", user="u1", frequency_penalty=1)
    assert answer.choices[0].finish_reason == "stop" and answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def through_stream():
    chunks = list(chat(stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == chat().choices[0].message.content
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens > 0
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"


def through_reasoning():
    answer = chat(reasoning_effort="low")
    assert answer.choices[0].message.reasoning_content
    assert answer.usage.completion_tokens_details.reasoning_tokens > 0


def through_tools():
    answer = chat(tools=[FUNCTION]).choices[0]
    call = answer.message.tool_calls[0]
    assert answer.finish_reason == "tool_calls" and json.loads(call.function.arguments)["harbour"]
    result = {"role": "tool", "tool_call_id": call.id, "content": "4.2 m"}
    # With the signature as the SDK gives it back, and for callers that lose it.
    lost = {"role": "assistant", "tool_calls": [{"id": call.id, "type": "function", "function": call.function}]}
    for message in [answer.message, lost]:
        again = chat(tools=[FUNCTION], messages=HELLO + [message, result])
        assert "4.2 m" in again.choices[0].message.content
    chunks = list(chat(tools=[FUNCTION], stream=True))
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    parts = [call.function.arguments for delta in deltas for call in delta.tool_calls or []]
    assert json.loads("".join(parts))["harbour"]
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "tool_calls"


def through_forced_tool():
    choice = {"type": "function", "function": {"name": "tide_height"}}
    question = [{"role": "user", "content": "Nothing of the kind"}]
    answer = chat(tools=[FUNCTION], tool_choice=choice, parallel_tool_calls=False, messages=question)
    assert answer.choices[0].message.tool_calls[0].function.name == "tide_height"


def through_vision():
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    answer = chat(messages=[{"role": "user", "content": [image, {"type": "text", "text": "Say blue"}]}])
    assert answer.choices[0].message.content == "blue"
    far = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    refused(openai.BadRequestError, lambda: chat(messages=[{"role": "user", "content": [far]}]))


def through_json():
    answer = chat(response_format={"type": "json_object"})
    assert json.loads(answer.choices[0].message.content)


def through_errors():
    error = refused(openai.RateLimitError, lambda: chat("sim-error-429"))
    assert error.code == "rate_limited" and error.response.headers["retry-after"]
    assert refused(openai.RateLimitError, lambda: chat("sim-quota")).code == "quota_exceeded"
    assert refused(openai.InternalServerError, lambda: chat("sim-error-503")).code == "provider_unavailable"
    assert refused(openai.NotFoundError, lambda: chat("sim-error-404")).code
    assert refused(openai.BadRequestError, lambda: chat("sim-moderated")).code
    refused(openai.APIError, lambda: list(chat("sim-200-error", stream=True)))
    refused(openai.APIError, lambda: list(chat("sim-cut", stream=True)))


def through_images():
    answer = gateway().images.generate(
        model=f"{NAME}/{IMAGE_MODEL}", prompt="a boat", n=1, size="1536x1024", response_format="b64_json"
    )
    assert base64.b64decode(answer.data[0].b64_json)[:4] in (PNG[:4], b"RIFF", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xdb")
    # A chat with a model that draws.
    picture = chat(IMAGE_MODEL).choices[0].message.images[0]["image_url"]["url"]
    assert base64.b64decode(picture.split(",", 1)[1]).startswith(PNG)


CHECKS = [
    sim_chat, sim_stream, sim_thoughts, sim_tools, sim_images, sim_errors, connector, through_blocking, through_stream,
    through_reasoning, through_tools, through_forced_tool, through_vision, through_json, through_errors, through_images,
]  # fmt: skip


if __name__ == "__main__":
    sys.exit(run(f"google-genai {genai.__version__}", CHECKS))
