"""OpenAI's responses and embeddings: the simulator with the official SDK, then the gateway, which asks newer models by
responses when they are offered tools. Exit code 0 when all holds."""

import json
import sys

import openai
from checks import HELLO, SCHEMA, SIM, Through, refused, run

MODEL = "gpt-6.1-sol"
FUNCTION = {"type": "function", "name": "tide_height", "description": "Now", "parameters": SCHEMA, "strict": True}
gateway = Through("sdk-openai", "openai_apikey", MODEL, api_key="sk-simulated-openai-1")


def direct(key="sk-simulated-2"):
    return openai.OpenAI(base_url=f"{SIM}/openai/v1", api_key=key, timeout=30, max_retries=0)


def respond(**more):
    return direct().responses.create(**{"model": MODEL, "input": HELLO, "store": False, **more})


def sim_response():
    answer = respond()
    assert answer.output_text and answer.status == "completed"
    assert answer.usage.output_tokens_details.reasoning_tokens > 0


def sim_stream():
    with direct().responses.stream(model=MODEL, input=HELLO) as events:
        text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        assert text == events.get_final_response().output_text == respond().output_text


def sim_reasoning_and_tools():
    answer = respond(tools=[FUNCTION], include=["reasoning.encrypted_content"])
    call = answer.output[-1]
    assert answer.output[0].encrypted_content and json.loads(call.arguments)["harbour"]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "4.2 m"}
    turns = HELLO + [item.model_dump(exclude_none=True) for item in answer.output] + [result]
    assert "4.2 m" in respond(tools=[FUNCTION], input=turns).output_text


def sim_errors():
    refused(openai.AuthenticationError, lambda: direct("sk-bad").responses.create(model=MODEL, input="hi"))
    refused(openai.BadRequestError, lambda: respond(temperature=0.2))
    refused(openai.BadRequestError, lambda: respond(extra_body={"stop": ["x"]}))
    refused(openai.RateLimitError, lambda: respond(model="sim-error-429"))
    events = list(respond(model="sim-200-error", stream=True))
    assert events[-1].type == "response.failed" and events[-1].response.error.code == "server_error"


def sim_embeddings():
    answer = direct().embeddings.create(model="text-embedding-3-small", input=["a tide", "a tide", "a bird"])
    vectors = [entry.embedding for entry in answer.data]
    assert len(vectors[0]) == 1_536 and vectors[0] == vectors[1] != vectors[2]


def stop_texts_are_refused_with_tools():
    tool = {"type": "function", "function": {"name": "tide_height", "parameters": SCHEMA}}
    assert refused(openai.BadRequestError, lambda: gateway.chat(tools=[tool], stop=["x"])).param == "stop"
    assert gateway.chat(stop=["x"]).choices[0].message.content


def reasoning_returns_to_its_place():
    tool = {"type": "function", "function": {"name": "tide_height", "parameters": SCHEMA}}
    answer = gateway.chat(tools=[tool]).choices[0].message
    assert answer.thinking_blocks[0]["type"] == "redacted_thinking"
    turns = HELLO + [answer, {"role": "tool", "tool_call_id": answer.tool_calls[0].id, "content": "4.2 m"}]
    assert "4.2 m" in gateway.chat(tools=[tool], messages=turns).choices[0].message.content


def embeddings_pass_through():
    answer = gateway.client.embeddings.create(model="sdk-openai/text-embedding-3-small", input="a tide")
    assert answer.data[0].embedding == direct().embeddings.create(
        model="text-embedding-3-small", input="a tide"
    ).data[0].embedding  # fmt: skip


CHECKS = [
    sim_response, sim_stream, sim_reasoning_and_tools, sim_errors, sim_embeddings, *gateway.checks(),
    stop_texts_are_refused_with_tools, reasoning_returns_to_its_place,
    embeddings_pass_through,
]  # fmt: skip

if __name__ == "__main__":
    sys.exit(run("sim openai", CHECKS))
