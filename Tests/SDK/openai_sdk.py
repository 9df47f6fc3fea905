"""The OpenAI SDK against a running cluster, told by MARTLET_URL and MARTLET_KEY. Exit code 0 when all holds."""

import base64
import os
import sys
import urllib.request

import openai
from checks import run

URL = os.environ["MARTLET_URL"]
CHAT_MODEL = os.environ.get("MARTLET_CHAT_MODEL", "gpt-5-mini")
IMAGE_MODEL = os.environ.get("MARTLET_IMAGE_MODEL", "gpt-image-1")
PNG = b"\x89PNG\r\n\x1a\n"
WEBP = b"RIFF"
JPEG = b"\xff\xd8\xff"
HELLO = [{"role": "user", "content": "Say hello."}]


def client(key=os.environ["MARTLET_KEY"]):
    return openai.OpenAI(base_url=f"{URL}/v1", api_key=key, timeout=30, max_retries=0)


def chat():
    answer = client().chat.completions.create(model=CHAT_MODEL, messages=HELLO)
    assert answer.object == "chat.completion"
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def base_url_without_v1():
    other = openai.OpenAI(base_url=URL, api_key=os.environ["MARTLET_KEY"], timeout=30, max_retries=0)
    assert other.chat.completions.create(model=CHAT_MODEL, messages=HELLO).choices


def stream_with_usage():
    chunks = list(
        client().chat.completions.create(
            model=CHAT_MODEL, messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens > 0
    assert all(chunk.usage is None for chunk in chunks[:-1])


def stream_left_early():
    with client().chat.completions.create(model=CHAT_MODEL, messages=HELLO, stream=True) as stream:
        next(iter(stream))


def raw_headers():
    answer = client().chat.completions.with_raw_response.create(
        model=CHAT_MODEL, messages=HELLO, extra_headers={"x-request-id": "sdk-test-1"}
    )
    assert answer.headers["x-request-id"] == "sdk-test-1"
    assert answer.headers["x-martlet-connector"]


def unknown_model():
    try:
        client().chat.completions.create(model="sim-error-404", messages=HELLO)
    except openai.NotFoundError as error:
        assert error.code and error.type and error.request_id
    else:
        raise AssertionError("an unknown model was served")


def bad_key():
    try:
        client("sk-mt-wrong").models.list()
    except openai.AuthenticationError as error:
        assert error.status_code == 401 and error.code
    else:
        raise AssertionError("a wrong key was let in")


def bad_request():
    try:
        client().chat.completions.create(model=CHAT_MODEL, messages=[])
    except openai.BadRequestError as error:
        assert error.code
    else:
        raise AssertionError("an empty conversation was served")


def models():
    listed = [model.id for model in client().models.list()]
    assert CHAT_MODEL in listed, listed
    assert client().models.retrieve(CHAT_MODEL).id == CHAT_MODEL


def image_as_base64():
    answer = client().images.generate(model=IMAGE_MODEL, prompt="a boat", n=1, response_format="b64_json")
    assert base64.b64decode(answer.data[0].b64_json).startswith((PNG, WEBP, JPEG))


def image_as_url():
    answer = client().images.generate(model=IMAGE_MODEL, prompt="a boat", n=1, response_format="url")
    url = answer.data[0].url
    url = url if url.startswith("http") else URL + url
    request = urllib.request.Request(url, headers={"authorization": f"Bearer {os.environ['MARTLET_KEY']}"})
    with urllib.request.urlopen(request, timeout=30) as response:
        assert response.read().startswith((PNG, WEBP, JPEG))


CHECKS = [
    chat, base_url_without_v1, stream_with_usage, stream_left_early, raw_headers, unknown_model, bad_key, bad_request,
    models, image_as_base64, image_as_url,
]  # fmt: skip


if __name__ == "__main__":
    sys.exit(run(f"openai {openai.__version__}", CHECKS))
