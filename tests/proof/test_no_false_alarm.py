"""What is sound is not called a leak, of deliveries as offices send them: else nobody would believe the next alarm."""

import shutil

import pytest

from sigpanel.pipeline.build import build
from sigpanel.pipeline.verify_release import verify_release
from sigpanel.synth import generate
from tests.cli.running import run
from tests.support.study import make_study


@pytest.mark.slow
def test_messy_deliveries_with_their_feedback_give_a_clean_release(tmp_path):
    study = make_study(tmp_path / "study", books=(), cohort=None)
    made = generate(tmp_path / "made", seed=5, first_year=2022, last_year=2023, persons=150)
    for path in [*made.workbooks, made.cohort]:
        to = study.owner / ("cohort" if path == made.cohort else f"submissions/{path.parent.name}") / path.name
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
    build(study)
    # Feedback lies in the owner's room, and what stands there is looked for as well.
    assert run("check", study.submissions).code == 1
    verified = verify_release(study.research, study, possible=lambda: ["AP0615"])
    assert verified.proof.found == ()
    assert verified.proof.is_clean
    counted = {one.kind: one.looked_for for one in verified.proof.counted}
    assert min(counted[kind] for kind in ("uno_codes", "cell_texts", "notes", "words", "file_names", "study_ids")) > 0
