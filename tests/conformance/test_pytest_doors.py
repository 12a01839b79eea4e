"""The suite's doors in pytest: an option, and classes to subclass."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from speckhal import Capability
from speckhal.conformance import CASES, Half

if TYPE_CHECKING:
    from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[str]]

QUICK = ("-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")
STATIC = sum(case.half is Half.STATIC for case in CASES)

OWN_TESTS = """
import pytest
from lies.modest import ModestMock
from speckhal import Capability
from speckhal.conformance import DeviceConformance, StaticConformance

DECLARED = frozenset({Capability.STEPPED_CLOCK, Capability.WRITE_V_MEM})

class TestMyBoards(StaticConformance):
    @pytest.fixture
    def speckhal_backend(self):
        return "speck2e"

class TestMyEmulation(DeviceConformance):
    @pytest.fixture
    def speckhal_backend(self):
        return ModestMock(DECLARED)

    @pytest.fixture
    def speckhal_target(self):
        return "speck2e"
"""


def test_each_case_is_an_item(command: Command) -> None:
    listed = command("pytest", *QUICK, "--speckhal-backend", "mock:speck2e", "--collect-only")
    for case in CASES:
        assert f"speckhal[mock:speck2e]::{case.name}\n" in listed.stdout
    done = command("pytest", "-v", "--speckhal-backend", "mock:speck2e", "-k", "adds-the-bias")
    assert done.returncode == 0, done.stdout
    assert "speckhal[mock:speck2e]::a-tick-adds-the-bias PASSED" in done.stdout
    assert "speckhal conformance: 1 case, 1 on what is declared: 1 passed, 0 refused" in done.stdout


def test_without_files_the_projects_own_tests_are_left_out(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "test_own.py").write_text("def test_own() -> None: pass\n")
    options = (*QUICK, "--speckhal-backend", "mock", "--speckhal-static")
    assert f"{STATIC} passed" in command("pytest", *options).stdout
    assert f"{STATIC + 1} passed" in command("pytest", *options, "test_own.py").stdout
    assert "1 passed" in command("pytest", *QUICK).stdout


def test_items_can_be_chosen_by_name(command: Command) -> None:
    done = command("pytest", *QUICK, "--speckhal-backend", "mock", "-k", "name or every-fact")
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_a_backend_that_does_not_load_is_a_failure(command: Command) -> None:
    done = command("pytest", *QUICK, "--speckhal-backend", "mokc")
    assert done.returncode == 1
    assert "the-backend-loads" in done.stdout
    assert "Did you mean 'mock'?" in done.stdout


def test_a_failure_shows_the_claim_and_the_reason_and_no_traceback(command: Command) -> None:
    done = command("pytest", *QUICK, "--speckhal-backend", "speck2f", "-k", "a-tick-adds-the-bias")
    assert done.returncode == 1
    assert "A tick adds each channel's bias to each of its neurons, exactly." in done.stdout
    assert "'speck2f' could not be opened" in done.stdout
    assert "Traceback" not in done.stdout
    assert "def " not in done.stdout


def test_classes_need_one_fixture(command: Command, tmp_path: Path) -> None:
    (tmp_path / "test_my_chip.py").write_text(OWN_TESTS)
    done = command("pytest", "-v", "test_my_chip.py", "-k", "MyBoards or name or adds-the-bias")
    assert done.returncode == 0, done.stdout
    assert "TestMyBoards::test_conforms[every-fact-has-a-source] PASSED" in done.stdout
    assert "TestMyEmulation::test_conforms[a-tick-adds-the-bias] PASSED" in done.stdout
    assert f"collected {STATIC + len(CASES)} items" in done.stdout


OVERRIDING_TESTS = """
import pytest
from speckhal.conformance import CASES, DeviceConformance, StaticConformance

SOME = [case for case in CASES if case.name == "every-fact-has-a-source"]

class TestMyBoards(StaticConformance):
    @pytest.fixture
    def speckhal_backend(self):
        return "speck2e"

    @pytest.mark.parametrize("case", SOME)
    def test_conforms(self, case, speckhal_backend, speckhal_target):
        super().test_conforms(case, speckhal_backend, speckhal_target)

class TestMyEmulation(DeviceConformance):
    @pytest.fixture
    def speckhal_backend(self):
        return "mock"

    @pytest.mark.parametrize("case", SOME)
    def test_conforms(self, case, speckhal_backend, speckhal_target):
        super().test_conforms(case, speckhal_backend, speckhal_target)
"""


def test_who_overrides_the_test_of_a_class_may_call_it(command: Command, tmp_path: Path) -> None:
    (tmp_path / "test_my_chip.py").write_text(OVERRIDING_TESTS)
    done = command("pytest", *QUICK, "test_my_chip.py")
    assert "2 passed" in done.stdout, done.stdout


LYING_TESTS = """
import pytest
from lies.liars import SilentNoOpLeak
from lies.wrapped import WrappedMock
from speckhal.conformance import DeviceConformance

class TestMyLiar(DeviceConformance):
    @pytest.fixture
    def speckhal_backend(self):
        backend = WrappedMock()
        backend.device = SilentNoOpLeak
        return backend

class TestNobody(DeviceConformance):
    @pytest.fixture
    def speckhal_backend(self):
        return "mokc"
"""


def test_classes_fail_with_the_reason_and_no_traceback(command: Command, tmp_path: Path) -> None:
    (tmp_path / "test_my_liar.py").write_text(LYING_TESTS)
    done = command("pytest", *QUICK, "test_my_liar.py", "-k", "a-tick-adds-the-bias")
    assert done.returncode == 1
    assert "Nothing leaked: 1 ticks of a bias of -13" in done.stdout
    assert "Did you mean 'mock'?" in done.stdout
    assert "2 failed" in done.stdout
    assert "def " not in done.stdout


def test_a_class_without_the_fixture_says_so(command: Command, tmp_path: Path) -> None:
    (tmp_path / "test_my_chip.py").write_text(
        "from speckhal.conformance import StaticConformance\n\n"
        "class TestMyChip(StaticConformance):\n    pass\n"
    )
    done = command("pytest", *QUICK, "test_my_chip.py")
    assert done.returncode == 1
    assert "TestMyChip has no fixture `speckhal_backend`" in done.stdout


def test_loading_the_plugin_imports_nothing_of_the_suite(command: Command, tmp_path: Path) -> None:
    (tmp_path / "test_light.py").write_text(
        "import sys\n\n"
        "def test_light() -> None:\n"
        "    assert 'speckhal.conformance.pytest_plugin' in sys.modules\n"
        "    heavy = {'torch', 'sinabs', 'samna', 'numpy', 'attrs', 'rich'}\n"
        "    assert not heavy & set(sys.modules)\n"
        "    ours = {name for name in sys.modules if name.startswith('speckhal')}\n"
        "    small = {'speckhal.former_paths', 'speckhal.conformance',\n"
        "             'speckhal.conformance.pytest_fixtures'}\n"
        "    assert ours - small == {'speckhal', 'speckhal.conformance.pytest_plugin'}\n"
    )
    arguments = [*QUICK, "test_light.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--speckhal-backend="], "--speckhal-backend: '' selects no backend."),
        (["--speckhal-backend", " "], "--speckhal-backend: ' ' selects no backend."),
        (["--speckhal-backend=mock:"], "--speckhal-backend: 'mock:' selects no backend."),
        (["--speckhal-backend=mock:nope"], "--speckhal-backend: Asked for board 'nope'"),
        (["--speckhal-static"], "--speckhal-static is of no use without --speckhal-backend."),
    ],
)
def test_what_selects_nothing_is_an_error_of_usage(
    options: list[str], said: str, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "test_own.py").write_text("def test_own() -> None: pass\n")
    done = command("pytest", *QUICK, *options)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert said in done.stderr
    assert "passed" not in done.stdout


PLAIN_TESTS = """
import pytest
from speckhal.conformance import DeviceConformance

class TestMyBoard(DeviceConformance):
    @pytest.fixture
    def speckhal_backend(self):
        return "honest"
"""


def test_a_plugin_that_leaves_its_arguments_to_speckhal_passes_by_every_door(
    command: Command, distribution: Callable[[str, str], None], tmp_path: Path
) -> None:
    distribution("honest", "from lies.honest import backend\n")
    (tmp_path / "test_my_board.py").write_text(PLAIN_TESTS)
    refused = sum("refused" in case.name for case in CASES)
    later = sum(Capability.PREVIEW in case.needs for case in CASES)  # which came after 0.1
    for door, passed in (
        (("speckhal", "conformance", "honest"), len(CASES) - later),
        (("pytest", *QUICK, "-k", "refused", "--speckhal-backend", "honest"), refused),
        (("pytest", *QUICK, "-k", "refused", "test_my_board.py"), refused),
    ):
        done = command(*door)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{passed} passed" in done.stdout


VAGUE_TESTS = """
import pytest
from lies.honest import HonestBackend, HonestDevice
from speckhal import NetworkError
from speckhal.conformance import DeviceConformance

class Vague(HonestDevice):
    def deploy(self, *given, **options):
        try:
            return super().deploy(*given, **options)
        except NetworkError as error:
            raise type(error)("It does not fit.", hint="Change the network.") from None

class TestMyChip(DeviceConformance):
    @pytest.fixture
    def speckhal_backend(self):
        backend = HonestBackend()
        backend.open = lambda target=None, options=None: Vague(backend)
        return backend
"""


def test_remarks_are_printed_at_the_end(command: Command, tmp_path: Path) -> None:
    (tmp_path / "test_my_chip.py").write_text(VAGUE_TESTS)
    done = command("pytest", *QUICK, "test_my_chip.py", "-k", "too-many-layers")
    assert done.returncode == 0, done.stdout
    assert (
        "speckhal remark: too-many-layers-are-refused: A network of 5 layers on 4 cores is refused "
        "without naming 5 (the layers) or 4 (the cores): It does not fit. Change the network.\n"
    ) in done.stdout
