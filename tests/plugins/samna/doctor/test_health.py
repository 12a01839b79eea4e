"""What the doctor says of samna, of USB, of udev and of boards, on computers made up for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from python_process import run_python
from speckhal.contract.clock import VirtualClock
from speckhal.contract.facts import Fact
from speckhal.contract.health import Severity
from speckhal.discovery.selection import parse_selection
from speckhal_mock import samna
from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.kits import KITS, EmulatedKit
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.faults import Call, Fault, OpensNothing, Raises, Unplugs
from speckhal_mock.testing.faults import firmware_too_old
from speckhal_samna.board.find import find_board, listed
from speckhal_samna.doctor import host as facts
from speckhal_samna.doctor.health import health_checks
from speckhal_samna.doctor.host import Host, host_findings
from speckhal_samna.doctor.plugged_in import board_findings, with_chip
from speckhal_samna.doctor.usb import UsbView, port_findings, rule_findings
from speckhal_samna.target import choose_boards
from speckhal_speck2e.chip import CHIP as SPECK2E
from speckhal_speck2f.chip import CHIP as SPECK2F

if TYPE_CHECKING:
    from pathlib import Path

    from speckhal.contract.health import Finding
    from speckhal_samna.chip import SamnaChip

Plug = Callable[..., EmulatedBoard]
MakeUsb = Callable[..., UsbView]

LINUX = Host("Linux", "6.1.0-amd64", "x86_64", "3.11.7", libc=("glibc", "2.36"))
MAC = Host("Darwin", "23.1.0", "arm64", "3.12.1", macos="14.1")
WSL = attrs.evolve(LINUX, release="5.15.90.1-microsoft-standard-WSL2")

RULES = "".join(
    f'SUBSYSTEM=="usb", ATTRS{{idVendor}}=="{vendor}", MODE="0666"\n'
    for vendor in ("04b4", "152A", "337d")
)

BOOTSTRAP = """
PYPI_SAMNA = True
from pathlib import Path
Path(__file__).with_name("IMPORTED").touch()
raise RuntimeError("the bootstrap was imported")
"""

REAL = """
from pathlib import Path
from types import SimpleNamespace
Path(__file__).with_name("IMPORTED").touch()
device = SimpleNamespace(
    get_all_devices=lambda: [], get_unopened_devices=lambda: [], get_opened_devices=lambda: []
)
"""

HIDE = """
import importlib.util as util
find = util.find_spec
util.find_spec = lambda name, *rest: None if name == "samna" else find(name, *rest)
"""

# folders count only where there is no package of the name on the whole path
ONLY_THE_FIRST = """
import importlib.machinery
class Finder(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return super().find_spec(name, sys.path[:1] if name == "samna" else path, target)
sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = Finder
"""

EMULATION_AS_REAL = """
import attrs
from speckhal.contract.clock import VirtualClock
from speckhal_mock.boards.targets import choose_target
from speckhal_mock.boards.plug_in import make_board
from speckhal_mock.samna_install.install import replace_samna
from speckhal_mock.sdk.bus import current_bus
replace_samna()
sys.modules["samna"]._speckhal_emulated = False
for address in (3, 1):
    target = attrs.evolve(choose_target("speck2fdevkit"), index=address)
    current_bus().plug(make_board(target, clock=VirtualClock()))
"""

EXAMINE = """
import speckhal_samna.doctor.health
speckhal_samna.doctor.health.this_usb = lambda: None
from speckhal.cli import main
main(["doctor", {backend!r}, "--json"])
"""


def the_only(findings: Iterator[Finding]) -> Finding:
    (finding,) = findings
    return finding


def examine(
    path: Path, code: str = "", backend: str = "speck2f"
) -> dict[str, list[dict[str, str]]]:
    """Findings by check of a doctor in a process of its own, with `path` searched first."""
    code = f"import sys; sys.path.insert(0, {str(path)!r})\n{code}\n" + EXAMINE.format(
        backend=backend
    )
    done = run_python("-c", code)
    assert done.stdout, done.stderr
    found: dict[str, list[dict[str, str]]] = {}
    for item in json.loads(done.stdout):
        found.setdefault(item["check"], []).append(item)
    wrong = any(item["severity"] == "problem" for items in found.values() for item in items)
    assert done.returncode == (1 if wrong else 0)
    return found


@pytest.fixture
def planted(tmp_path: Path) -> Callable[..., Path]:
    """Put a samna on a path, with metadata of that version unless it is None."""

    def plant(source: str, version: str | None = "0.48.6") -> Path:
        package = tmp_path / "site" / "samna"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(source)
        if version is not None:
            info = tmp_path / "site" / f"samna-{version}.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(
                f"Metadata-Version: 2.1\nName: samna\nVersion: {version}\n"
            )
        return tmp_path / "site"

    return plant


@pytest.fixture
def usb(tmp_path: Path) -> MakeUsb:
    """Make a view of a USB with devices as "vendor:product@speed" and files of rules."""

    def make(*devices: str, rules: str | None = None, is_root: bool = False) -> UsbView:
        tree = tmp_path / "sys"
        for folder in (tree, tree / "usb1", tree / "1-0:1.0"):
            folder.mkdir()
        for number, device in enumerate(devices):
            folder = tree / f"2-{number + 1}"
            folder.mkdir()
            ids, _, speed = device.partition("@")
            vendor, _, product = ids.partition(":")
            (folder / "idVendor").write_text(f"{vendor}\n")
            if product:
                (folder / "idProduct").write_text(f"{product}\n")
            if speed:
                (folder / "speed").write_text(f"{speed}\n")
        places = (tmp_path / "etc", tmp_path / "lib", tmp_path / "nowhere")
        for place in places[:2]:
            place.mkdir()
        (places[1] / "README").write_text(RULES)
        if rules is not None:
            (places[1] / "60-synsense.rules").write_text(rules)
        return UsbView(tree, places, is_root=is_root)

    return make


@pytest.fixture
def plug() -> Iterator[Plug]:
    """Plug in emulated boards by the vendor's name and USB bus and address."""

    def plug_in(
        kit: str | EmulatedKit, address: int = 1, *, bus: int = 1, serial: str = ""
    ) -> EmulatedBoard:
        board = EmulatedBoard(
            KITS[kit] if isinstance(kit, str) else kit,
            SPECK2F.facts.core_memories.value,
            clock=VirtualClock(),
            serial_number=serial,
            usb_bus_number=bus,
            usb_device_address=address,
        )
        current_bus().plug(board)
        return board

    assert current_bus().boards == ()
    yield plug_in
    current_bus().clear()


# the platform


@pytest.mark.parametrize("good", [LINUX, MAC, attrs.evolve(LINUX, machine="aarch64")])
def test_where_samna_runs_all_is_well(good: Host) -> None:
    finding = the_only(host_findings(good))
    assert finding.severity is Severity.OK
    assert finding.is_ == str(good)


@pytest.mark.parametrize(
    ("host", "words"),
    [
        (attrs.evolve(LINUX, libc=("glibc", "2.27")), "glibc 2.27"),
        (attrs.evolve(LINUX, libc=("", "")), "A C library other than glibc"),
        (attrs.evolve(LINUX, libc=("musl", "2.99")), "musl 2.99"),
        (attrs.evolve(LINUX, machine="armv7l"), "type armv7l"),
        (attrs.evolve(LINUX, python="3.14.0"), "Python 3.14.0"),
        (attrs.evolve(LINUX, python="3.8.20"), "Python 3.8.20"),
        (attrs.evolve(MAC, macos="13.2"), "macOS 13.2"),
        (attrs.evolve(LINUX, system="Windows", release="10"), "Windows"),
    ],
)
def test_where_samna_does_not_run_is_lacking_it(host: Host, words: str) -> None:
    finding = the_only(host_findings(host))
    assert (finding.severity, finding.problem_if_asked) == (Severity.WARNING, True)
    assert words in finding.is_
    assert "no samna" in finding.is_


def test_every_misfit_is_told_and_not_only_the_first() -> None:
    worst = attrs.evolve(LINUX, libc=("glibc", "2.17"), machine="i686", python="3.14.0")
    assert len([*host_findings(worst)]) == 3


def test_wsl_is_a_warning_even_for_those_who_ask() -> None:
    finding = the_only(host_findings(WSL))
    assert (finding.severity, finding.problem_if_asked) == (Severity.WARNING, False)
    assert "WSL" in finding.is_


def test_what_samna_needs_is_known_from_somewhere() -> None:
    known = [value for value in vars(facts).values() if isinstance(value, Fact)]
    assert len(known) >= 6
    assert all(fact.source for fact in known)


# USB


def test_boards_on_usb_are_named_with_ids_and_port(usb: MakeUsb) -> None:
    view = usb("1d6b:0003@5000", "337d:5bca@5000", "04b4:5bc7")
    first, second = port_findings(view)
    assert first.severity is second.severity is Severity.OK
    assert first.is_ == "Speck2fDevKit (337d:5bca) on USB port 2-2"
    assert second.is_ == "Speck2eTestBoard or Speck2etTestBoard (04b4:5bc7) on USB port 2-3"


@pytest.mark.parametrize("device", ["04b4:00f1@480", "04b4:00f1@5000", "337d:5bc9@480"])
def test_a_board_on_a_usb_2_port_is_a_problem(usb: MakeUsb, device: str) -> None:
    finding = the_only(port_findings(usb(device)))
    assert finding.severity is Severity.PROBLEM
    assert "2-1" in finding.is_
    assert "USB 3 port" in finding.do


def test_no_board_on_usb_is_lacking_one(usb: MakeUsb) -> None:
    finding = the_only(port_findings(usb("1d6b:0003@5000", "04b4:1234@480")))
    assert finding.problem_if_asked
    assert finding.is_ == "No board is on USB."


def test_a_system_that_shows_no_usb_is_told_apart_from_one_without_boards(tmp_path: Path) -> None:
    finding = the_only(port_findings(UsbView(tmp_path / "absent", ())))
    assert finding.problem_if_asked
    assert "USB cannot be seen" in finding.is_


@pytest.mark.parametrize("half_gone", ["337d", "nonsense:5bca", "337d:5bca@unknown"])
def test_a_device_that_is_being_unplugged_breaks_nothing(usb: MakeUsb, half_gone: str) -> None:
    view = usb(half_gone, "337d:5bc9@5000")
    assert "Speck2fModuleDevKit (337d:5bc9) on USB port 2-2" in [
        finding.is_ for finding in port_findings(view)
    ]


# udev rules


def test_rules_for_all_vendors_are_ok(usb: MakeUsb) -> None:
    assert the_only(rule_findings(usb(rules=RULES))).severity is Severity.OK


@pytest.mark.parametrize(
    ("rules", "missing"),
    [
        (None, "ids 04b4, 152a, 337d"),
        ("".join(f"# {line}\n" for line in RULES.splitlines()), "ids 04b4, 152a, 337d"),
        (RULES.replace("337d", "337def"), "id 337d"),
        (RULES.replace("04b4", "04b5"), "id 04b4"),
    ],
)
def test_vendors_without_a_rule_are_named(usb: MakeUsb, rules: str | None, missing: str) -> None:
    finding = the_only(rule_findings(usb(rules=rules)))
    assert (finding.severity, finding.problem_if_asked) == (Severity.WARNING, True)
    assert f"the USB vendor {missing}." in finding.is_
    assert finding.do.startswith("install-synsense-rules")


def test_missing_rules_are_a_problem_once_a_board_that_needs_them_is_there(usb: MakeUsb) -> None:
    finding = the_only(rule_findings(usb("337d:5bca@5000", rules=RULES.replace("337d", "0000"))))
    assert finding.severity is Severity.PROBLEM
    assert "Speck2fDevKit (337d:5bca) on USB port 2-1 cannot be opened" in finding.is_


def test_a_board_whose_vendor_has_a_rule_needs_no_other_vendors(usb: MakeUsb) -> None:
    finding = the_only(rule_findings(usb("337d:5bca@5000", rules=RULES.replace("152A", "0000"))))
    assert finding.severity is Severity.WARNING


def test_root_needs_no_rules_and_others_still_do(usb: MakeUsb) -> None:
    finding = the_only(rule_findings(usb("337d:5bca@5000", is_root=True)))
    assert (finding.severity, finding.problem_if_asked) == (Severity.WARNING, False)


# samna


def test_the_bootstrap_is_lacking_samna_and_is_not_imported(planted: Callable[..., Path]) -> None:
    site = planted(BOOTSTRAP)
    found = examine(site)
    (finding,) = found["samna"]
    assert finding["severity"] == "problem"
    assert "only the bootstrap" in finding["is"]
    assert finding["do"].startswith('python -c "import samna"')
    assert "boards" not in found
    assert not (site / "samna" / "IMPORTED").exists()


def test_no_samna_is_told_with_how_to_install_it(tmp_path: Path) -> None:
    (finding,) = examine(tmp_path, HIDE)["samna"]
    assert finding["severity"] == "problem"
    assert "not installed" in finding["is"]
    assert finding["do"].startswith("pip install samna")


def test_the_emulated_samna_is_not_taken_for_the_vendors(tmp_path: Path) -> None:
    code = "from speckhal_mock.samna_install.install import replace_samna; replace_samna()"
    (finding,) = examine(tmp_path, code)["samna"]
    assert finding["severity"] == "problem"
    assert "emulated samna" in finding["is"]


@pytest.mark.parametrize("version", ["0.46.0", "0.46.1", "0.47.2", "0.48.6"])
def test_a_version_that_the_driver_knows_is_ok(planted: Callable[..., Path], version: str) -> None:
    (finding,) = examine(planted(REAL, version))["samna"]
    assert finding["severity"] == "ok"
    assert version in finding["is"]


def test_an_older_version_is_a_problem_and_is_not_imported_to_find_out(
    planted: Callable[..., Path],
) -> None:
    site = planted(REAL, "0.45.5")
    found = examine(site)
    (finding,) = found["samna"]
    assert finding["severity"] == "problem"
    assert finding["is"] == "samna 0.45.5 is installed."
    assert ">=0.46" in finding["should"]
    assert "boards" not in found
    assert not (site / "samna" / "IMPORTED").exists()


@pytest.mark.parametrize("version", ["0.49.0", "1.0", "unheard-of"])
def test_a_version_that_nobody_knows_is_a_warning(
    planted: Callable[..., Path], version: str
) -> None:
    (finding,) = examine(planted(REAL, version))["samna"]
    assert finding["severity"] == "warning"


def test_a_samna_that_fails_to_import_is_told_once_with_its_cause(
    planted: Callable[..., Path],
) -> None:
    found = examine(planted("raise OSError('libusb is missing')"))
    (finding,) = found["samna"]
    assert finding["severity"] == "problem"
    assert "OSError: libusb is missing" in finding["is"]
    assert "boards" not in found


def test_a_folder_of_the_name_is_in_the_way_of_samna(tmp_path: Path) -> None:
    (tmp_path / "samna").mkdir()
    found = examine(tmp_path, ONLY_THE_FIRST)
    (finding,) = found["samna"]
    assert finding["severity"] == "problem"
    assert "not installed" in finding["is"]
    assert f"in the way: {tmp_path / 'samna'}." in finding["is"]
    assert finding["do"].startswith("Rename that folder")
    assert "boards" not in found


def test_a_samna_that_failed_to_import_is_told_of_where_the_emulation_stands_in(
    planted: Callable[..., Path],
) -> None:
    mock = "from speckhal_mock.samna_install.install import provide_samna; provide_samna()"
    (finding,) = examine(planted("raise OSError('libusb is missing')"), mock)["samna"]
    assert finding["severity"] == "problem"
    assert "OSError: libusb is missing; this process uses speckhal's emulated" in finding["is"]


def test_a_samna_that_lacks_what_lists_boards_is_a_problem(planted: Callable[..., Path]) -> None:
    (finding,) = examine(planted(""))["boards"]
    assert finding["severity"] == "problem"
    assert "failed to be listed: AttributeError" in finding["is"]


def test_a_real_samna_without_boards_lacks_one(planted: Callable[..., Path]) -> None:
    (finding,) = examine(planted(REAL))["boards"]
    assert finding["severity"] == "problem"
    assert "no board with a speck2f" in finding["is"]


def test_boards_are_found_through_the_command_when_the_emulation_passes_for_real(
    tmp_path: Path,
) -> None:
    boards = examine(tmp_path, EMULATION_AS_REAL)["boards"]
    assert [board["severity"] for board in boards] == ["ok", "ok"]
    for index, board in enumerate(boards):
        assert f"speck2f:{index} or speck2f:speck2fdevkit:{index} or " in board["is"]
        assert "firmware: fxtree emulated, unifirm emulated" in board["is"]
    (none,) = examine(tmp_path, EMULATION_AS_REAL, "speck2e")["boards"]
    assert none["severity"] == "problem"
    assert "it finds Speck2fDevKit, Speck2fDevKit." in none["is"]


# boards


@given(
    places=st.lists(
        st.tuples(
            st.sampled_from(sorted(KITS)),
            st.integers(1, 3),
            st.integers(1, 9),
            st.sampled_from(["", "A", "B", "C"]),
        ),
        unique_by=lambda place: place[1:3],
        max_size=8,
    )
)
@pytest.mark.parametrize("chip", [SPECK2F, SPECK2E], ids=["speck2f", "speck2e"])
def test_every_selection_opens_the_board_that_it_is_printed_for(
    chip: SamnaChip, places: list[tuple[str, int, int, str]]
) -> None:
    for kit, bus, address, serial in places:
        current_bus().plug(
            EmulatedBoard(
                KITS[kit],
                chip.facts.core_memories.value,
                clock=VirtualClock(),
                serial_number=serial,
                usb_bus_number=bus,
                usb_device_address=address,
            )
        )
    try:
        boards = with_chip(listed(samna), chip)
        assert len(boards) == sum(KITS[kit].chip == chip.facts.name for kit, *_ in places)
        numbers = [board.info.serial_number for board in boards]
        for board in boards:
            number = board.info.serial_number
            assert len(board.selections) == (3 if number and numbers.count(number) == 1 else 2)
            for selection in board.selections:
                target = parse_selection(selection).target
                choice = choose_boards(target, chip.kits)
                info, _ = find_board(samna, choice.kits, choice.index, choice.serial_number)
                assert info == board.info
    finally:
        current_bus().clear()


def test_a_serial_number_that_cannot_be_typed_is_not_offered(plug: Plug) -> None:
    plug("Speck2fDevKit", serial="two words")
    (board,) = with_chip(listed(samna), SPECK2F)
    assert board.selections == ("speck2f:0", "speck2f:speck2fdevkit:0")


def test_a_serial_number_of_two_boards_is_offered_for_neither(plug: Plug) -> None:
    for address, serial in ((1, "X"), (2, "X"), (3, "Y")):
        plug("Speck2fModuleDevKit", address, serial=serial)
    plug("Speck2eDevKit", 4, serial="Y")  # which speck2f:serial=Y cannot mean
    first, second, third = board_findings(samna, SPECK2F, None)
    assert "serial=" not in first.is_ + second.is_
    assert "speck2f:1 or" in second.is_
    assert "speck2f:serial=Y" in third.is_


def test_a_board_of_another_chip_that_looks_like_one_is_refused_with_the_reason(
    plug: Plug,
) -> None:
    for chip in (SPECK2E, SPECK2F):
        current_bus().clear()
        plug(EmulatedKit("Speck2etTestBoard", "speck2et"))
        finding = the_only(board_findings(samna, chip, None))
        assert (finding.severity, finding.problem_if_asked) == (Severity.WARNING, True)
        assert "it finds Speck2etTestBoard." in finding.is_
        assert ("carries a Speck2e-t" in finding.is_) == (chip is SPECK2E)
    plug("Speck2eDevKit", 2)
    assert the_only(board_findings(samna, SPECK2E, None)).severity is Severity.OK


@pytest.mark.parametrize("call", ["get_all_devices", "get_unopened_devices", "get_opened_devices"])
def test_a_samna_that_cannot_list_boards_is_told_of_with_what_it_says(
    plug: Plug, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail() -> None:
        raise OSError("LIBUSB_ERROR_IO")

    board = plug("Speck2fDevKit")
    monkeypatch.setattr(samna.device, call, fail)
    with current_bus().held_elsewhere(board):
        finding = the_only(board_findings(samna, SPECK2F, None))
    assert finding.severity is Severity.PROBLEM
    assert "The board failed to be listed: OSError: LIBUSB_ERROR_IO" in finding.is_
    assert "reset button" in finding.do


def test_a_free_board_is_opened_for_its_firmware_and_closed_again(plug: Plug) -> None:
    board = plug("Speck2eDevKit", serial="S7")
    finding = the_only(board_findings(samna, SPECK2E, None))
    assert finding.severity is Severity.OK
    assert finding.is_ == (
        "Speck2eDevKit (speck2e:0 or speck2e:speck2edevkit:0 or speck2e:serial=S7), "
        "firmware: fxtree emulated, unifirm emulated"
    )
    assert not current_bus().is_open(board)


def test_a_board_in_use_is_not_disturbed(plug: Plug) -> None:
    used, free = plug("Speck2fDevKit", 1), plug("Speck2fDevKit", 2)
    handle = samna.device.open_device("Speck2fDevKit:0")
    handle.get_io_module().set_slow_clk(True)
    mine, other = board_findings(samna, SPECK2F, None)
    assert mine.severity is other.severity is Severity.OK
    assert "is open in this process" in mine.is_
    assert "firmware" in other.is_
    assert used.slow_clock_running
    assert current_bus().is_open(used)
    assert not current_bus().is_open(free)


def test_a_board_of_another_process_is_left_alone_and_told_of(plug: Plug, usb: MakeUsb) -> None:
    board = plug("Speck2fModuleDevKit", 9, bus=2)
    to_open = Raises(Call.OPEN_DEVICE, AssertionError("a board in use was opened"))
    current_bus().faults.arm(to_open)
    with current_bus().held_elsewhere(board):
        finding = the_only(board_findings(samna, SPECK2F, usb(rules=RULES)))
    assert current_bus().faults.armed == (to_open,)
    assert (finding.severity, finding.problem_if_asked) == (Severity.WARNING, True)
    assert "Speck2fModuleDevKit (speck2f:0 or" in finding.is_
    assert "in use by another process" in finding.is_
    assert finding.do.startswith("fuser -v /dev/bus/usb/002/009")


@pytest.mark.parametrize(
    ("fault", "words", "should", "do"),
    [
        (firmware_too_old(), "1.4.0 or newer is required", "minor version", "firmware"),
        (Raises(Call.OPEN_DEVICE, OSError("LIBUSB")), "LIBUSB", "opens and closes", "reset button"),
        (OpensNothing(), "gave no board back", "opens and closes", "reset button"),
        (Unplugs(Call.GET_FIRMWARE_VERSIONS), "was unplugged", "opens and closes", "plug it in"),
        (Raises(Call.GET_BOARD_SERIAL_NUMBER, OSError("?!")), "?!", "opens and closes", "reset"),
        (Raises(Call.CLOSE_DEVICE, OSError("?!"), done=True), "?!", "opens and closes", "reset"),
    ],
)
def test_a_board_that_fails_is_told_of_with_what_samna_says_and_costs_no_other(
    plug: Plug, fault: Fault, words: str, should: str, do: str
) -> None:
    sick, healthy = plug("Speck2fDevKit", 1), plug("Speck2fDevKit", 2)
    current_bus().faults.arm(fault, board=sick)
    bad, good = board_findings(samna, SPECK2F, None)
    assert current_bus().faults.armed == ()
    assert bad.severity is Severity.PROBLEM
    assert bad.is_.startswith("Speck2fDevKit (speck2f:0 or")
    assert words in bad.is_
    assert should in bad.should
    assert do in bad.do
    assert good.severity is Severity.OK
    assert not any(map(current_bus().is_open, (sick, healthy)))


def test_no_board_is_opened_that_samna_would_crash_on(plug: Plug, usb: MakeUsb) -> None:
    plug("Speck2fDevKit")
    view = usb("337d:5bca@5000")
    assert list(board_findings(samna, SPECK2F, view)) == []
    assert len(list(board_findings(samna, SPECK2F, attrs.evolve(view, is_root=True)))) == 1


def test_no_board_is_told_once_by_usb_where_that_can_see(usb: MakeUsb) -> None:
    assert list(board_findings(samna, SPECK2F, usb(rules=RULES))) == []


def test_the_chips_share_all_checks_but_that_of_their_boards() -> None:
    ours, theirs = health_checks(SPECK2F), health_checks(SPECK2E)
    assert ours[:-1] == theirs[:-1]
    assert ours[-1] != theirs[-1]
    assert ours[-1].name == "boards"
