"""`speckhal info`: what a backend is, with the source of every fact."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from speckhal.contract.address import AddressLayout, Axis
from speckhal.contract.chip import ChipFacts, CoreMemory
from speckhal.contract.fact_lines import value_lines

Install = Callable[..., None]
Run = Callable[..., subprocess.CompletedProcess[str]]
Terminal = Callable[..., str]

FAKECHIP = (Path(__file__).parents[1] / "data" / "fakechip.py").read_text()

FLAWLESS = """

import attrs

class Flawless(FakeChip):
    name = "flawless"

    def chip(self, target=None):
        return attrs.evolve(super().chip(target), errata=())

backend = Flawless()
"""

FACT_NAMES = [
    f.name for f in attrs.fields(ChipFacts) if f.name not in {"name", "errata", "particulars"}
]


@pytest.fixture(autouse=True)
def _fakechip(install: Install) -> None:
    install(
        "speckhal-fakechip",
        "1.2",
        backends={"fakechip": "fakechip:backend"},
        modules={"fakechip": FAKECHIP},
    )


def test_info_says_what_the_backend_is_and_opens(speckhal: Run) -> None:
    done = speckhal("info", "fakechip")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("fakechip: a chip that nobody has made\n")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    for line in (
        "boards hardware",
        "can external clock, stepped clock",
        "from speckhal-fakechip 1.2, fakechip:backend",
        "plugin API version 1",
        "bench the one on the bench",
        "spare the one in the drawer",
    ):
        assert line in lines


def test_info_shows_every_fact_with_its_value_and_below_it_its_source(speckhal: Run) -> None:
    printed = speckhal("info", "fakechip").stdout
    for name in FACT_NAMES:
        assert re.search(
            rf"^  {name} +\S.*\n(?:  {{20,}}\w.*\n)*? +(stated by the vendor|measured on hardware"
            r"|inferred): Fake chip data sheet, page 7, where .* everybody skips$",
            printed,
            re.MULTILINE,
        ), name


@pytest.mark.parametrize(
    "line",
    [
        "core_memories words kernel neuron bias",
        "cores 0..1 16 Ki 64 Ki 1 Ki",
        "core 2 1000 512 1 Ki",
        "neuron_address c | x << cb | y << (cb + xb), each field as wide as its axis needs",
        "v_mem_range -32768..32767",
        "slow_clock_default_rate_hz 1000 Hz",
        "slow_clock_typical_rate_hz 10..10000 Hz",
        "internal_clock_divider_range 14..17",
    ],
)
def test_a_value_is_written_as_its_kind_is_read_best(speckhal: Run, line: str) -> None:
    lines = speckhal("info", "fakechip").stdout.splitlines()
    assert line in [" ".join(words.split()) for words in lines]


@pytest.mark.parametrize(
    ("words", "written"), [(0, "0"), (1023, "1023"), (1024, "1 Ki"), (1536, "1536")]
)
def test_words_are_counted_in_ki_only_where_that_is_exact(words: int, written: str) -> None:
    _, line = value_lines("core_memories", (CoreMemory(words, 1, 1),))
    assert line.split() == ["core", "0", *written.split(), "1", "1"]


@pytest.mark.parametrize(
    ("fields", "formula"),
    [
        (("c", "x", "y"), "c | x << cb | y << (cb + xb),"),
        (("y", "c", "x"), "y | c << yb | x << (yb + cb),"),
    ],
)
def test_an_address_is_written_as_the_formula_that_makes_it(
    fields: tuple[Axis, ...], formula: str
) -> None:
    (line,) = value_lines("neuron_address", AddressLayout(fields))
    assert line.startswith(formula)


def test_a_value_of_an_unknown_kind_is_written_as_it_is() -> None:
    assert value_lines("voltage", "1.2 V") == ["1.2 V"]
    assert value_lines("sweep_s", 0.5) == ["0.5 s"]


def test_an_erratum_comes_with_its_consequence_and_source(speckhal: Run) -> None:
    assert speckhal("info", "fakechip").stdout.endswith(
        "Errata of fakechip\n"
        "  threshold_low of 0\n"
        "      Does not work.\n"
        "      read from public code: Bug list\n"
    )


def test_a_chip_without_errata_says_so(install: Install, speckhal: Run) -> None:
    install(
        "d",
        backends={"flawless": "flawless:backend"},
        modules={"flawless": FAKECHIP + FLAWLESS},
    )
    assert speckhal("info", "flawless").stdout.endswith("\n  None are known.\n")


def test_json_has_the_facts_by_the_names_they_have_in_python(speckhal: Run) -> None:
    printed = json.loads(speckhal("info", "fakechip:spare", "--json").stdout)
    facts, errata = printed["chip"].pop("facts"), printed["chip"].pop("errata")
    assert printed == {
        "name": "fakechip",
        "summary": "a chip that nobody has made",
        "emulated": False,
        "recorded": False,
        "distribution": "speckhal-fakechip",
        "version": "1.2",
        "api_version": 1,
        "targets": [
            {"name": "bench", "summary": "the one on the bench"},
            {"name": "spare", "summary": "the one in the drawer"},
        ],
        "capabilities": ["external clock", "stepped clock"],
        "chip": {"name": "fakechip"},
    }
    assert list(facts) == FACT_NAMES
    assert all(set(fact) == {"value", "source", "certainty"} for fact in facts.values())
    assert facts["v_mem_range"]["value"] == {"lowest": -32768, "highest": 32767}
    assert facts["neuron_address"]["value"] == {"fields": ["c", "x", "y"]}
    assert facts["neuron_address"]["certainty"] == "measured on hardware"
    assert facts["slow_clock_default_rate_hz"]["value"] == 1000
    assert facts["core_memories"]["value"][2] == {
        "kernel_words": 1000,
        "neuron_words": 512,
        "bias_words": 1024,
    }
    assert errata == [
        {
            "name": "threshold_low of 0",
            "consequence": "Does not work.",
            "source": "Bug list",
            "certainty": "read from public code",
        }
    ]


def test_a_target_that_does_not_exist_is_the_backends_error(speckhal: Run) -> None:
    done = speckhal("info", "fakechip:nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: No board is called 'nowhere'.\nhint: Try bench or spare.\n"


def test_on_a_terminal_no_line_is_wider_and_the_text_is_styled(on_a_terminal: Terminal) -> None:
    printed = on_a_terminal("info", "fakechip")
    assert "\x1b[1mfakechip: a chip" in printed
    assert re.search(r"\x1b\[2m +stated by the vendor", printed)
    plain = re.sub(r"\x1b\[\d+m", "", printed)
    assert max(map(len, plain.splitlines())) <= 80
    assert "everybody skips" in " ".join(plain.split())


def test_in_a_pipe_lines_are_whole_and_plain(speckhal: Run) -> None:
    printed = speckhal("info", "fakechip", COLUMNS="40").stdout
    assert "\x1b" not in printed
    assert printed.count("where the vendor describes at length what everybody skips") == len(
        FACT_NAMES
    )
    assert all(line == line.rstrip() for line in printed.splitlines())


@pytest.mark.parametrize("backend", ["fakechip", "mock"])
def test_info_imports_neither_torch_nor_the_vendors_packages(python: Run, backend: str) -> None:
    done = python(
        "-c",
        "import sys\n"
        "from speckhal.cli import main\n"
        f"main(['info', {backend!r}], standalone_mode=False)\n"
        "print(*sys.modules, file=sys.stderr)",
    )
    assert done.returncode == 0, done.stderr
    imported = {module.partition(".")[0] for module in done.stderr.split()}
    assert not imported & {"torch", "sinabs", "samna", "samnagui"}


@pytest.mark.parametrize(
    ("name", "line"),
    [("updates_per_s", "10 a second"), ("settle_after_apply_s", "10 s"), ("clock_hz", "10 Hz")],
)
def test_a_unit_is_reported_by_the_end_of_the_name(name: str, line: str) -> None:
    assert value_lines(name, 10) == [line]


def test_a_backend_that_does_not_describe_its_options_gets_a_sentence(speckhal: Run) -> None:
    done = speckhal("info", "fakechip", "--options")
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == (
        "fakechip does not say which options it takes; it is of speckhal-fakechip 1.2.\n"
    )
    done = speckhal("info", "fakechip", "--options", "--json")
    assert json.loads(done.stdout) == {"name": "fakechip", "target": None, "options": None}


@pytest.mark.parametrize("answer", ["raise ValueError('no idea')", "return [3]", "return 3"])
def test_a_backend_that_describes_its_options_wrongly_is_blamed(
    answer: str, speckhal: Run, install: Install
) -> None:
    source = FLAWLESS.replace(
        "    def chip",
        f"    def describe_options(self, target=None):\n        {answer}\n\n    def chip",
    )
    install(
        "speckhal-flawless",
        "1.0",
        backends={"flawless": "flawless:backend"},
        modules={"flawless": FAKECHIP + source},
    )
    for words in ([], ["--json"]):
        done = speckhal("info", "flawless", "--options", *words)
        assert done.returncode == 2
        said = " ".join(done.stderr.split())
        assert "speckhal-flawless 1.0" in said
        assert "which options it takes" in said
        assert "Traceback" not in said
