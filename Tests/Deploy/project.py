"""What the sources say that deployments must agree with."""
import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]


def text(path):
    return (ROOT / path).read_text()


def documents(path):
    return [document for document in yaml.safe_load_all(text(path)) if document]


def settings():
    """Names and defaults of the options, from the one table."""
    found = re.findall(r'Setting\(\s*"(MARTLET_\w+)",(.*?)\n    \)', text("Shared/Service/Setting+table.swift"), re.S)
    return {name: (re.search(r'default: "(.*?)"', rest) or [None, ""])[1] for name, rest in found}


def ports():
    """The default port of each address setting."""
    return {name: int(value.rsplit(":", 1)[1]) for name, value in settings().items() if re.search(r":\d+$", value)}


def roles():
    return set(re.findall(r'case \w+ = "([\w-]+)"|case `?(\w+)`?\n', text("Shared/Wire/Role.swift").split("/// Several")[0]))


def role_names():
    return {first or second for first, second in roles()}


def stages():
    """The Dockerfile's targets and what each starts."""
    found = {}
    for block in re.split(r"^FROM ", text("deploy/Dockerfile"), flags=re.M)[1:]:
        name = re.match(r"\S+ AS (\S+)", block)[1]
        start = re.search(r'^ENTRYPOINT \["([\w-]+)"\]', block, re.M)
        if start:
            found[name] = start[1]
    return found


def simulated():
    """Connector types with their part of the simulator's addresses, and the keys that open nothing."""
    plan = text("Services/Martlet/Up/ClusterPlan.swift")
    types, keys = plan.split("simulatedTypes = [")[1].split("]")[0], plan.split("simulatedKeys = [")[1].split("]")[0]
    return dict(re.findall(r'\("(\w+)", "(\w+)"\)', types)), dict(re.findall(r'"(\w+)": "(.*?)"', keys))


def provider_keys():
    return {name for _, name in re.findall(r'\("(\w+)", "(\w+_API_KEY)"\)', text("Shared/Service/Setting+table.swift"))}


def environment(path):
    """An env file; a name without a value is None."""
    lines = [line for line in text(path).splitlines() if line and not line.startswith("#")]
    return {name: value if sign else None for name, sign, value in (line.partition("=") for line in lines)}


def endpoint(value):
    """Host and port of a ZeroMQ address; None when it is none."""
    found = re.fullmatch(r"tcp://([\w.*-]+):(\d+)", str(value))
    return (found[1], int(found[2])) if found else None
