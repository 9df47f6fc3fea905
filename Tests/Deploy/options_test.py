import os
import pathlib
import re
import subprocess
import unittest

import project

TABLE = project.text("Shared/Service/Setting+table.swift")
SERVICES = ["gateway", "image-worker", "health-monitor", "audit-service"]
PROGRAMS = pathlib.Path(os.environ["MARTLET"]).parent
# The command line's own; `martlet --help` tells them.
CLIENT = {"MARTLET_URL", "MARTLET_KEY", "MARTLET_MODEL"}
# compose.yaml's own, read by `docker compose` from .env and the shell.
COMPOSE = {"MARTLET_TAG", "MARTLET_PORT"}
# What only tests, benchmarks and their scripts read.
TESTS = {"MARTLET_BENCH", "MARTLET_CHAT_MODEL", "MARTLET_GOLDEN", "MARTLET_IMAGE_MODEL", "MARTLET_KEEP_FOLDERS",
         "MARTLET_LONG", "MARTLET_SEED", "MARTLET_SHOTS", "MARTLET_SIM", "MARTLET_SMALL_DISK"}
# Examples of what is wrong, in tests of just that.
WRONG = {"MARTLET_DTAA", "MARTLET_NOT_SET"}
# Names in C.
C = re.compile(r"MARTLET_VIPS_\w+")
PLACES = ["Services", "Shared", "Tests", "deploy", "compose.yaml", "README.md", "Package.swift"]


def used():
    """Every MARTLET_ name and the files that it stands in."""
    found = {}
    for place in PLACES:
        path = project.ROOT / place
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if not file.is_file() or file.name == "options_test.py" or file.suffix in (".bin", ".mtl1"):
                continue
            for name in re.findall(r"\bMARTLET_[A-Z0-9_]+", file.read_text(errors="replace")):
                found.setdefault(name, set()).add(str(file.relative_to(project.ROOT)))
    return found


def help_of(program, *words):
    done = subprocess.run([PROGRAMS / program, *words, "--help"], text=True, capture_output=True, timeout=30)
    assert done.returncode == 0, f"{program} --help ends with {done.returncode}"
    return done.stdout


class OptionsTest(unittest.TestCase):
    def test_every_variable_is_an_option_or_known_for_something_else(self):
        known = set(project.settings()) | CLIENT | COMPOSE | TESTS | WRONG
        types = set(project.simulated()[0]) | {"OPENAI_COMPATIBLE"}
        for name, files in used().items():
            if C.fullmatch(name):
                continue
            if name.startswith("MARTLET_UPSTREAM_"):
                self.assertIn(name.removeprefix("MARTLET_UPSTREAM_"), types | {""}, files)
                continue
            self.assertIn(name, known, f"in {sorted(files)}: no option of this name")

    def test_what_only_tests_read_stands_in_tests_alone(self):
        for name, files in used().items():
            if name in TESTS | WRONG:
                outside = {file for file in files if not file.startswith(("Tests/", "deploy/test"))}
                self.assertEqual(outside, set(), name)

    def test_every_option_is_used_and_is_in_the_tables_order(self):
        names = re.findall(r"static let (\w+) = Setting\(", TABLE)
        listed = re.findall(r"\w+", TABLE.split("[Setting] = [")[1].split("]")[0])
        self.assertEqual(set(names), set(listed))
        self.assertEqual(len(listed), len(set(listed)))

    def test_every_number_has_its_unit_and_its_default_is_in_range(self):
        for block in re.findall(r"= Setting\((.*?)\n    \)", TABLE, re.S):
            number = re.search(r"\.number\(([\d_]+)\.\.\.([\d_]+|Int\(Int32\.max\))\)", block)
            if not number:
                continue
            self.assertRegex(block, r'unit: "[^"]+"')
            default = re.search(r'default: "(\d+)"', block)
            if default:
                low, high = (int(bound.replace("_", "")) for bound in number.groups())
                self.assertTrue(low <= int(default[1]) <= high, block)

    def test_every_service_prints_the_whole_table(self):
        for service in SERVICES:
            text = help_of(service)
            blocks = dict(re.findall(r"^  (--[\w-]+)  (?:MARTLET_\w+)\n((?:      .*\n)+)", text, re.M))
            for name, default in project.settings().items():
                flag = "--" + name.removeprefix("MARTLET_").lower().replace("_", "-")
                self.assertIn(f"  {flag}  {name}\n", text, service)
                if default:
                    self.assertTrue(blocks[flag].rstrip().endswith(f"default {default}"), f"{service} {flag}")
            self.assertEqual(len(blocks), len(project.settings()), service)
            for name in project.provider_keys():
                self.assertIn(f"  {name}\n", text)

    def test_the_taps_help_agrees_with_the_table(self):
        text = help_of("tap")
        for name, default in re.findall(r"^  (MARTLET_TAP_\w+) .*\(tcp://(\S+)\)$", text, re.M):
            self.assertEqual(project.settings()[name], f"tcp://{default}")
        for name in re.findall(r"MARTLET_\w+", text):
            self.assertIn(name, project.settings())

    def test_the_command_lines_own_variables_are_in_its_help(self):
        text = help_of("martlet")
        for name in CLIENT:
            self.assertIn(name, text)
        sources = "".join(path.read_text() for path in (project.ROOT / "Services/Martlet").rglob("*.swift"))
        read = set(re.findall(r'Environment\["(MARTLET_\w+)"\]', sources))
        self.assertLessEqual(read - CLIENT, set(project.settings()))

    def test_every_flag_of_the_simulator_is_in_its_help(self):
        source = project.text("Services/ProviderSim/Options.swift")
        parsed = set(re.findall(r'"(--[\w-]+)"', source)) - {"--help"}
        self.assertEqual(parsed, set(re.findall(r"^\s+(--[\w-]+) ", help_of("provider-sim"), re.M)))
