"""docs/runbook.md, section by section."""

import re
from dataclasses import dataclass
from textwrap import dedent

from tests.cloudformation import ROOT

PARTS = ("What customers notice", "What to look at", "What to do", "How to see that it is over")
"""What the section of an alarm tells, each after its title in bold."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section: of an alarm, or of a job."""

    title: str
    text: str

    @property
    def anchor(self) -> str:
        """As links name it."""
        return re.sub(r"[^\w -]", "", self.title).lower().replace(" ", "-")

    @property
    def alarms(self) -> list[str]:
        """The alarms that the section is of."""
        return re.findall(r"^Alarm: `(\w+)`", self.text, re.MULTILINE)

    @property
    def commands(self) -> list[str]:
        """Each block of commands that works on any stack, in its order. Blocks marked `sh` are for AWS alone."""
        blocks = re.findall(r"^ *```bash\n(.*?)^ *```$", self.text, re.MULTILINE | re.DOTALL)
        return [dedent(block) for block in blocks]

    def part(self, title: str) -> str:
        """The text after a title in bold, "" if there is none."""
        found = re.search(rf"\*\*{re.escape(title)}\.\*\*(.*?)(?=^\*\*|\Z)", self.text, re.MULTILINE | re.DOTALL)
        return found.group(1).strip() if found else ""


def sections() -> list[Section]:
    """All sections in their order."""
    _, *parts = re.split(r"^## ", (ROOT / "docs/runbook.md").read_text(), flags=re.MULTILINE)
    return [Section(*part.split("\n", 1)) for part in parts]
