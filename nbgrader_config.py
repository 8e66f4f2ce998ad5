"""nbgrader's settings for this course: where each step lives, and how a release is made.

    nbgrader generate_assignment 02-tokenization      solutions/ -> labs/
    nbgrader autograde 02-tokenization                grading/submitted/ -> grading/autograded/
    nbgrader generate_feedback 02-tokenization        grading/autograded/ -> grading/feedback/

Everything about students lies under grading/, which git ignores.
"""

import os
import secrets
from pathlib import Path

c = get_config()  # noqa: F821  (nbgrader provides it)

root = Path(__file__).resolve().parent
grading = root / "grading"
grading.mkdir(exist_ok=True)

c.CourseDirectory.root = str(root)
c.CourseDirectory.course_id = "llmlab"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "labs"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.solution_directory = "grading/solution"
c.CourseDirectory.db_url = f"sqlite:///{grading / 'gradebook.db'}"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "*.py", "*.md"]

# Where an instructor's release and a student's fetch meet. On a shared machine, name a folder that
# everybody can write to; alone, it only has to exist.
exchange = Path(os.environ.get("LLMLAB_EXCHANGE") or grading / "exchange")
if not exchange.exists():
    exchange.mkdir(parents=True, exist_ok=True)  # two commands may begin at once
    exchange.chmod(0o777)
c.Exchange.root = str(exchange)
c.Exchange.assignment_dir = str(root / "work")

c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
c.ClearSolutions.text_stub = "*Write your answer here.*"
# A deleted check is put back, so that deleting it never hides a failure.
c.OverwriteCells.add_missing_cells = True
c.Execute.timeout = 120  # seconds for one cell
c.Execute.kernel_name = "python3"
# A cell with this tag is not run, and nbgrader gives full points to a check that did not run. So it
# is a tag that nobody can know; by default it is "skip-execution".
c.Execute.skip_cells_with_tag = secrets.token_hex(16)
