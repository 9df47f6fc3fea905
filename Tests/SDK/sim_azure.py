"""The simulated Azure with OpenAI's AzureOpenAI, then the gateway before it. Exit code 0 when all holds."""

import base64
import json
import sys

import openai
from checks import HELLO, PICTURES, SIM, TOOL, Through, post, refused, run

FIELDS = {"api_key": "azkey-simulated-1", "azure_resource_name": "tides"}
dated = Through(
    "sdk-azure", "azure_openai", "tide-talk", azure_deployment_name="tide-talk", azure_api_version="2024-10-21", **FIELDS
)
first = Through(
    "sdk-azure-v1", "azure_openai", "tide-talk", azure_deployment_name="tide-talk", azure_api_version="v1", **FIELDS
)


def direct(deployment="tide-talk", key="azkey-simulated-1", version="2024-10-21"):
    return openai.AzureOpenAI(
        azure_endpoint=f"{SIM}/azure",
        azure_deployment=deployment,
        api_version=version,
        api_key=key,
        timeout=30,
        max_retries=0,
    )


def ask(deployment="tide-talk", **more):
    return direct(deployment).chat.completions.create(model="ignored", messages=HELLO, **more)


def sim_chat():
    answer = ask()
    assert answer.choices[0].message.content and answer.usage.total_tokens > 0
    assert answer.choices[0].content_filter_results["hate"]["severity"] == "safe"
    assert direct().models.list().data


def sim_stream():
    chunks = list(ask(stream=True, stream_options={"include_usage": True}))
    assert chunks[0].choices == [] and chunks[0].prompt_filter_results
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == ask().choices[0].message.content and chunks[-1].usage.total_tokens > 0


def sim_tools():
    assert json.loads(ask(tools=[TOOL]).choices[0].message.tool_calls[0].function.arguments)["harbour"]


def sim_image():
    answer = direct().images.generate(model="ignored", prompt="a boat", size="256x256")
    assert base64.b64decode(answer.data[0].b64_json).startswith(PICTURES)


def sim_responses():
    client = openai.OpenAI(base_url=f"{SIM}/azure/openai/v1", api_key="azkey-simulated-1", timeout=30, max_retries=0)
    assert client.responses.create(model="tide-talk", input="Say blue").output_text == "blue"


def sim_errors():
    refused(openai.AuthenticationError, lambda: direct(key="bad-key-1").models.list())
    refused(openai.NotFoundError, lambda: direct(version="v1").chat.completions.create(model="m", messages=HELLO))
    for name, kind in [
        ("missing-1", openai.NotFoundError), ("sim-error-429", openai.RateLimitError),
        ("sim-moderated", openai.BadRequestError), ("sim-error-500", openai.InternalServerError),
        ("sim-error-403", openai.PermissionDeniedError),
    ]:  # fmt: skip
        assert refused(kind, lambda: ask(name)).response.headers["apim-request-id"]


def the_deployment_is_the_model():
    for name in ["sdk-azure", "sdk-azure-v1"]:
        answer = post("/v1/chat/completions", {"messages": HELLO}, **{"x-martlet-connector": name})
        assert answer["choices"][0]["message"]["content"]


CHECKS = [
    sim_chat, sim_stream, sim_tools, sim_image, sim_responses, sim_errors, dated.connector, dated.blocking, dated.stream,
    dated.tools, dated.forced_tool, *first.checks(), the_deployment_is_the_model,
]  # fmt: skip


def picture():
    first.picture("tide-talk")


if __name__ == "__main__":
    sys.exit(run("sim azure", [*CHECKS, picture]))
