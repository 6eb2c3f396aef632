"""What a run of a data set comes to."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from pytest_llmock.ledger import Spent
from pytest_llmock.llm import Usage


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set that was written to `path`.

    `resumed` of its `batches` were made by earlier runs, in whose place this one went on; `seconds` and
    `rate` are of this run, `usage`, `cost` (US dollars) and `spent` of all.
    """

    path: Path
    records: int
    batches: int
    resumed: int
    seconds: float
    rate: float
    usage: Usage = field(default_factory=Usage)
    spent: Spent = field(default_factory=Spent)

    @property
    def cost(self) -> Decimal:
        """What the live calls cost in US dollars, as far as prices are known."""
        return self.spent.cost

    @property
    def line(self) -> str:
        """`10,000 records in users.jsonl, 3.1 s, 3,225/s, 40 of 100 batches from before`."""
        noun = "record" if self.records == 1 else "records"
        parts = [f"{self.records:,} {noun} in {self.path}", f"{self.seconds:.1f} s", f"{self.rate:,.0f}/s"]
        if self.resumed:
            parts.append(f"{self.resumed:,} of {self.batches:,} batches from before")
        if self.spent.line:
            parts.append(self.spent.line)
        return ", ".join(parts)
