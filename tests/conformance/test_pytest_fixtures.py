"""The fixtures `speckhal_device` and `open_speckhal`, as a user's own project has them."""

from __future__ import annotations

import subprocess
import sys

import pytest

import speckhal
from pages import PROJECT, blocks_of

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True, scope="module")
def _all_is_imported() -> None:
    """What pytester imports first is forgotten after it, which numpy does not survive."""
    backend, _ = speckhal.select("mock")
    example = backend.example()
    with speckhal.open_device("mock") as device:
        device.deploy(example.network, input_shape=example.input_shape)


@pytest.fixture(autouse=True)
def _no_selection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPECKHAL_BACKEND", raising=False)


def run(pytester: pytest.Pytester, tests: str, *options: str) -> pytest.RunResult:
    """What pytest says of a user's file of tests."""
    pytester.makepyfile(test_mine=tests)
    return pytester.runpytest_inprocess(
        "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:hypothesispytest", *options
    )


def test_a_test_gets_an_open_board_of_its_own_which_is_closed_after_it(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        held = []

        def test_one(speckhal_device):
            assert speckhal_device.is_open
            assert speckhal_device.info.backend == "mock"
            held.append(speckhal_device)

        def test_two(speckhal_device):
            assert speckhal_device is not held[0]
            assert not held[0].is_open
            assert speckhal_device.is_open
        """,
    )
    result.assert_outcomes(passed=2)


def test_a_board_is_closed_after_a_test_that_fails_with_its_clock_on(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        import speckhal
        held = []

        def test_one(speckhal_device):
            held.append(speckhal_device)
            example = speckhal.select("mock")[0].example()
            speckhal_device.deploy(
                example.network,
                input_shape=example.input_shape,
                leak=speckhal_device.leak_config(rate_hz=1),
            )
            speckhal_device.start_slow_clock()
            raise ValueError

        def test_two(speckhal_device):
            assert not held[0].is_open
        """,
    )
    result.assert_outcomes(passed=1, failed=1)


def test_the_mark_chooses_the_board_and_its_options_and_the_closest_counts(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        import pytest
        pytestmark = pytest.mark.speckhal_device("mock:speck2e")

        def test_module(speckhal_device):
            assert speckhal_device.info.chip.name == "speck2e"

        @pytest.mark.speckhal_device("mock:speck2f")
        def test_closest(speckhal_device):
            assert speckhal_device.info.chip.name == "speck2f"

        @pytest.mark.parametrize("each", [
            pytest.param(n, marks=pytest.mark.speckhal_device(f"mock:{n}"))
            for n in ("speck2e", "speck2f")
        ])
        def test_both(speckhal_device, each):
            assert speckhal_device.info.chip.name == each

        @pytest.mark.speckhal_device(open_s=3.0)
        def test_options(speckhal_device):
            assert speckhal_device.clock.now_s() >= 3
        """,
        "--strict-markers",
    )
    result.assert_outcomes(passed=5)


def test_what_the_test_names_counts_before_the_option_and_that_before_the_variable(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = """
        import pytest

        def test_open(speckhal_device, open_speckhal):
            print("CHIP", speckhal_device.info.chip.name)
            print("FACTORY", open_speckhal("mock:speck2edevkit:1").info.chip.name)

        @pytest.mark.speckhal_device("mock:speck2f")
        def test_marked(speckhal_device):
            assert speckhal_device.info.chip.name == "speck2f"
        """
    monkeypatch.setenv("SPECKHAL_BACKEND", "mock:speck2e")
    result = run(pytester, tests, "-s")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*CHIP speck2e*", "*FACTORY speck2e*"])
    monkeypatch.setenv("SPECKHAL_BACKEND", "nobody")
    result = run(pytester, tests, "-s", "--speckhal-device", "mock:speck2f")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*CHIP speck2f*", "*FACTORY speck2e*"])


def test_the_factory_closes_all_even_if_the_test_closed_one(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        held = []

        def test_one(open_speckhal):
            held.extend([open_speckhal("mock:speck2f"), open_speckhal("mock:speck2e")])
            held[0].close()

        def test_two():
            assert not any(device.is_open for device in held)
        """,
    )
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("'nobody'", "No installed distribution offers a backend named 'nobody'*"),
        ("'mock', overflw='wrap'", "*Did you mean overflow*"),
        ("'mock', 'speck2e'", "*takes one selection*got 'mock', 'speck2e'*"),
        ("3", "*takes one selection*got 3*"),
        ("selection=3", "*takes one selection*got 3*"),
    ],
)
def test_a_wrong_mark_is_an_error_in_a_sentence(
    mark: str, said: str, pytester: pytest.Pytester
) -> None:
    tests = f"""
        import pytest

        @pytest.mark.speckhal_device({mark})
        def test_one(speckhal_device):
            pass
        """
    result = run(pytester, tests)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([said])
    result.stdout.no_re_match_line("Traceback|During handling")


def test_a_test_is_parametrized_over_boards_with_the_options_of_its_mark(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        import pytest

        BOARDS = ["mock:speck2e", "mock:speck2f", None]

        @pytest.mark.speckhal_device("mock:speck2etestboard", overflow="wrap")
        @pytest.mark.parametrize("speckhal_device", BOARDS, indirect=True)
        def test_one(speckhal_device, request):
            wanted = request.node.callspec.params["speckhal_device"] or "mock:speck2etestboard"
            assert speckhal_device.selection == wanted
            assert speckhal_device.options == {"overflow": "wrap"}

        @pytest.mark.parametrize("speckhal_device", [("mock", "speck2e")], indirect=True)
        def test_two(speckhal_device):
            pass
        """,
    )
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["*is parametrized with selections*got ('mock', 'speck2e')*"])


def test_fixtures_that_keep_a_board_open_know_the_selection(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = """
        def test_one(speckhal_selection):
            assert speckhal_selection == "{}"
        """
    run(pytester, tests.format("mock")).assert_outcomes(passed=1)
    monkeypatch.setenv("SPECKHAL_BACKEND", "mock:speck2e")
    run(pytester, tests.format("mock:speck2e")).assert_outcomes(passed=1)
    asked = ["--speckhal-device", "speck2f"]
    run(pytester, tests.format("speck2f"), *asked).assert_outcomes(passed=1)
    monkeypatch.setenv("SPECKHAL_BACKEND", "mock: speck2e")
    result = run(pytester, tests)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*SPECKHAL_BACKEND holds 'mock: speck2e'*"])
    result.stdout.no_re_match_line("Traceback|During handling")


def test_a_malformed_selection_is_refused_before_any_test(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_one(): pass", "--speckhal-device", "mock: speck2e")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--speckhal-device: *"])


def test_the_fixtures_and_the_mark_are_listed_with_what_they_are(
    pytester: pytest.Pytester,
) -> None:
    result = run(pytester, "def test_one(): pass", "--fixtures")
    result.stdout.fnmatch_lines(["open_speckhal*", "*Opens boards*", "speckhal_device*"])
    result = run(pytester, "def test_one(): pass", "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.speckhal_device(selection=None, [*][*]options):*"])


def test_a_run_that_asks_for_no_board_imports_nothing_heavy() -> None:
    program = (
        "import sys, pytest, speckhal.conformance.pytest_plugin\n"
        "print(*{'numpy', 'torch', 'pluggy._never', 'attrs', 'speckhal_mock', 'click'} "
        "& {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"


def test_the_tests_on_the_page_pass(pytester: pytest.Pytester) -> None:
    page = PROJECT / "docs" / "how-to" / "test-your-own-code.md"
    (tests,) = (block.text for block in blocks_of(page) if block.is_marked("file:"))
    run(pytester, tests, "--strict-markers").assert_outcomes(passed=6)
