"""Errors: four kinds, each with its exit code, each ending with what to do next."""

import pickle
import traceback

import pytest

from sigpanel.errors import Fault, InputError, PolicyError, SigpanelError, UsageError

EXIT_CODES = [(UsageError, 2), (InputError, 3), (PolicyError, 4), (Fault, 70)]


@pytest.mark.parametrize(("kind", "exit_code"), EXIT_CODES)
def test_each_kind_has_its_exit_code(kind, exit_code):
    assert kind("some-code", "It is so.", remedy="Do this.").exit_code == exit_code


@pytest.mark.parametrize(("kind", "exit_code"), EXIT_CODES)
def test_the_text_is_the_message_and_then_what_to_do_next(kind, exit_code):
    error = kind("key-missing", "No key file is set.", remedy="Run `sigpanel key new FILE`.")
    assert str(error) == "No key file is set. Run `sigpanel key new FILE`."
    assert error.as_dict() == {
        "code": "key-missing",
        "message": "No key file is set.",
        "remedy": "Run `sigpanel key new FILE`.",
        "exit_code": exit_code,
    }


@pytest.mark.parametrize(("kind", "exit_code"), EXIT_CODES)
def test_a_traceback_ends_with_the_code(kind, exit_code):
    error = kind("key-missing", "No key file is set.", remedy="Make one.")
    for one in (error, pickle.loads(pickle.dumps(error))):  # noqa: S301
        assert traceback.format_exception_only(one)[-1] == "[key-missing]\n"
    assert error.exit_code == exit_code


def test_a_fault_of_ours_says_so_without_being_told():
    assert str(Fault("some-code", "It is so.")) == (
        "It is so. This is a fault of sigpanel, not of your data: please report it, with this message."
    )


@pytest.mark.parametrize("kind", [UsageError, InputError, PolicyError])
def test_no_other_kind_can_be_raised_without_a_remedy(kind):
    with pytest.raises(TypeError, match="remedy"):
        kind("some-code", "It is so.")


@pytest.mark.parametrize("code", ["", "Key", "key_missing", "key-", "-key", "key missing", "1st"])
def test_a_code_that_is_not_kebab_case_is_refused(code):
    with pytest.raises(ValueError, match="kebab-case"):
        InputError(code, "It is so.", remedy="Do this.")


@pytest.mark.parametrize(("message", "remedy"), [("", "Do this."), ("It is so.", " ")])
def test_an_empty_message_or_remedy_is_refused(message, remedy):
    with pytest.raises(ValueError, match="must both say something"):
        InputError("some-code", message, remedy=remedy)


@pytest.mark.parametrize(("kind", "exit_code"), EXIT_CODES)
def test_an_error_comes_back_whole_from_a_worker_process(kind, exit_code):
    back = pickle.loads(pickle.dumps(kind("some-code", "It is so.", remedy="Do this.")))  # noqa: S301
    assert type(back) is kind
    assert back.as_dict() == {
        "code": "some-code",
        "message": "It is so.",
        "remedy": "Do this.",
        "exit_code": exit_code,
    }


def test_all_kinds_are_caught_as_one():
    assert all(issubclass(kind, SigpanelError) for kind, _ in EXIT_CODES)
