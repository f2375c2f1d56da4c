"""The command line answers at once, and importing the package costs nothing: measured in processes of their own."""

import resource
import subprocess
import sys

import pytest


def cpu(*arguments: str) -> float:
    """Seconds of processor time that a fresh Python takes for this; the best of three, since others may be at work."""

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return min(once() for _ in range(3))


@pytest.mark.slow
def test_help_takes_less_than_four_tenths_of_a_second():
    assert cpu("-m", "sigpanel", "--help") < 0.4


@pytest.mark.slow
def test_importing_the_package_takes_at_most_half_as_much_again_as_importing_polars():
    assert cpu("-c", "import sigpanel") < 1.5 * cpu("-c", "import polars")


@pytest.mark.slow
def test_opening_a_panel_takes_at_most_half_as_much_again_as_importing_polars(built):
    assert cpu("-c", f"import sigpanel; sigpanel.open_panel({str(built.panel)!r})") < 1.5 * cpu("-c", "import polars")


def test_a_command_imports_neither_great_expectations_nor_pandas(python, built):
    code = (
        "import sys; sys.argv = ['sigpanel', 'doctor', '--study', sys.argv[1]]\n"
        "from sigpanel.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(*({'great_expectations', 'pandas', 'pyarrow'} & set(sys.modules)))"
    )
    ran = python("-c", code, built.root)
    assert (ran.stderr, ran.stdout.splitlines()[-1]) == ("", "")
