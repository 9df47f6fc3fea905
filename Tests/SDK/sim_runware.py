"""The simulated Runware with its own SDK, then the gateway before it with the OpenAI SDK. Exit code 0 when all holds.
Told by MARTLET_SIM, MARTLET_URL and MARTLET_KEY."""

import asyncio
import base64
import importlib.metadata
import json
import os
import sys
import urllib.request

import openai
from runware import Runware, RunwareError
from checks import run

SIM = os.environ["MARTLET_SIM"]
URL = os.environ["MARTLET_URL"]
KEY = os.environ["MARTLET_KEY"]
NAME = "sdk-runware"
MODEL = "runware:101@1"
VERSION = importlib.metadata.version("runware-sdk")
STARTS = (b"\x89PNG", b"RIFF", b"\xff\xd8\xff")
TASK = {
    "taskType": "imageInference", "model": MODEL, "positivePrompt": "a red square", "width": 512, "height": 512,
    "includeCost": True, "deliveryMethod": "sync",
}  # fmt: skip


def direct(key="simulated-runware-1", **changes):
    async def run():
        client = Runware(api_key=key, transport="rest", http_base_url=f"{SIM}/runware/v1", max_retries=0)
        async with client:
            return await client.run({**TASK, **changes})

    return asyncio.run(run())


def refused(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was due")


# The simulator alone


def sim_images():
    pictures = direct(numberResults=2, outputType="base64Data", outputFormat="PNG", negativePrompt="text")
    assert len(pictures) == 2 and pictures[0]["cost"] > 0
    assert all(base64.b64decode(picture["imageBase64Data"]).startswith(b"\x89PNG") for picture in pictures)
    with urllib.request.urlopen(direct()[0]["imageURL"], timeout=30) as response:
        assert response.read().startswith(b"\xff\xd8\xff")


def sim_async():
    assert direct(deliveryMethod="async")[0]["imageURL"]


def sim_account():
    async def run():
        client = Runware(api_key="simulated-runware-1", transport="rest", http_base_url=f"{SIM}/runware/v1")
        async with client:
            return await client.account_management({"operation": "getDetails"})

    assert asyncio.run(run())[0]["organizationName"]


def sim_errors():
    assert refused(RunwareError, lambda: direct("bad-key")).code == "auth"
    assert refused(RunwareError, lambda: direct(width=100)).parameter == "width"
    for word, code in [
        ("quota", "quota"), ("moderated", "safety"), ("error-429", "rateLimit"), ("error-404", "notFound"),
    ]:  # fmt: skip
        error = refused(RunwareError, lambda: direct(model=f"runware:sim-{word}@1"))
        assert error.code == code, (word, error.code)


# The gateway before it


def draw(model=MODEL, **more):
    gateway = openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY, timeout=50, max_retries=0)
    return gateway.images.generate(**{"model": f"{NAME}/{model}", "prompt": "a boat", "n": 1, **more})


def connector():
    body = {"display_name": NAME, "connector_type": "runware", "api_key": "simulated-runware-0123456789"}
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    request = urllib.request.Request(f"{URL}/api/connectors", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        created = json.load(response)
    request = urllib.request.Request(f"{URL}/api/connectors/{created['id']}/test", b"", headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        assert json.load(response)["success"]


def through_images():
    answer = draw(size="1024x1024", response_format="b64_json")
    assert base64.b64decode(answer.data[0].b64_json).startswith(STARTS)


def through_errors():
    assert refused(openai.APIStatusError, lambda: draw("sim-quota")).code == "quota_exceeded"
    refused(openai.APIStatusError, lambda: draw("sim-moderated"))
    gateway = openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY, timeout=50, max_retries=0)
    messages = [{"role": "user", "content": "hello"}]
    refused(
        openai.UnprocessableEntityError,
        lambda: gateway.chat.completions.create(model=f"{NAME}/{MODEL}", messages=messages),
    )


CHECKS = [sim_images, sim_async, sim_account, sim_errors, connector, through_images, through_errors]


if __name__ == "__main__":
    sys.exit(run(f"runware-sdk {VERSION}", CHECKS))
