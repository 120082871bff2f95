"""What a comparison found, and what may be said of it."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from rapport.estimate import EDGE, Estimate
from rapport.impact.comparing.balance import ALIKE
from rapport.impact.comparing.unseen import Unseen
from rapport.impact.comparing.verdict import CANNOT_TELL, Verdict, sentence, verdict
from rapport.words import Words


@dataclass(frozen=True, slots=True)
class Known:
    """The bias that an unseen cause as strong as a covariate could still make."""

    covariate: str
    bias: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Naive and adjusted gap, and what speaks for and against the adjusted one.

    Parameters
    ----------
    naive, adjusted
        The two gaps.
    among
        Whose effect it is: "connected" (ATT) or "everybody" (ATE).
    compared, left_out
        Connected people who were compared, and those who had nobody like them.
    covariates
        Name, standardised difference before and after weighting.
    unseen
        What a cause that nobody recorded could do.
    benchmarks
        The same for a cause as strong as each covariate, strongest first.
    placebo
        The adjusted gap of an outcome that connection cannot move.
    """

    naive: Estimate
    adjusted: Estimate
    among: str
    compared: int
    left_out: int
    covariates: tuple[tuple[str, float, float], ...]
    unseen: Unseen
    benchmarks: tuple[Known, ...] = ()
    placebo: Estimate | None = None

    @property
    def balance(self) -> pa.Table:
        """Each covariate's standardised difference before and after, largest first."""
        rows = sorted(self.covariates, key=lambda row: -abs(row[1]))
        return pa.table(
            {
                "covariate": pa.array([row[0] for row in rows], pa.string()),
                "before": pa.array([row[1] for row in rows], pa.float64()),
                "after": pa.array([row[2] for row in rows], pa.float64()),
                "alike": pa.array([abs(row[2]) <= ALIKE for row in rows], pa.bool_()),
            }
        )

    @property
    def sensitivity(self) -> dict[str, float | str]:
        """How strong an unseen cause must be: `robustness` and that of the range's nearer end.

        Shares of what is left of both the outcome and the connection that it must explain for the
        effect, or the nearer end of its range, to vanish. `strongest` is the known covariate that
        matters most, `times` how many times as strong as it the unseen cause must be.
        """
        told: dict[str, float | str] = {
            "robustness": self.unseen.robustness,
            "robustness_of_range": self.unseen.robustness_of_range(EDGE),
        }
        if self.benchmarks:
            worst = self.benchmarks[0]
            told["strongest"] = worst.covariate
            told["times"] = abs(self.adjusted.value) / worst.bias if worst.bias else float("inf")
        return told

    @property
    def verdict(self) -> str:
        """One of "caused", "partly", "cannot tell", "no", "less" (`verdict.verdict` says how)."""
        return self._judged.said

    @property
    def _judged(self) -> Verdict:
        worst = self.benchmarks[0].bias if self.benchmarks else 0.0
        found = verdict(self.naive, self.adjusted, bias=worst)
        off = max((abs(row[2]) for row in self.covariates), default=0.0)
        if self.placebo is not None and not self.placebo.low <= 0 <= self.placebo.high:
            return Verdict(CANNOT_TELL, "placebo")
        if off > 2.5 * ALIKE or self.left_out > self.compared:
            return Verdict(CANNOT_TELL, "overlap")
        return found

    def sentence(self, language: str = "en") -> str:
        """Return the verdict as one sentence."""
        return sentence(self._judged, self.naive, self.adjusted, language)

    def text(self, language: str = "en") -> str:
        """Return the comparison as a short page."""
        words = Words.of(language)
        lines = [self.sentence(language), ""]
        shown = [(words("naive"), self.naive), (words("adjusted"), self.adjusted)]
        if self.placebo is not None:
            shown.append((words("placebo"), self.placebo))
        lines += [f"{name:<12}{number.text(language)}" for name, number in shown]
        off = sum(not alike for alike in self.balance.column("alike").to_pylist())
        lines += [
            "",
            words(
                "{compared} connected people compared, {left_out} without anybody like them; "
                "{off} of {all} covariates out of balance.",
                compared=self.compared, left_out=self.left_out,
                off=off, all=len(self.covariates),
            ),
            words(
                "An unseen cause that explains {share} of what is left of outcome and connection "
                "would make the effect vanish.",
                share=words.percent(self.unseen.robustness, 1),
            ),
        ]  # fmt: skip
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()
