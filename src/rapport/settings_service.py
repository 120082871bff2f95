"""What may stand under `[service]`: when the brand answers, and what a contact costs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Hours = Annotated[float, Field(gt=0, le=24 * 366)]
Days = Annotated[int, Field(ge=1, le=366)]


class Service(BaseModel):
    """What is needed to say whether people are answered."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    hours: str | None = Field(
        default=None,
        description="opening hours, such as 'mon-fri 09:00-18:00'; all time when not given",
    )
    holidays: list[dt.date] = Field(default=[], description="days without anybody there")
    bots: list[str] = Field(default=[], description="accounts of the brand that are machines")
    fast_hours: Hours = Field(default=24.0, description="an answer within so long is fast")
    same_request_hours: Hours = Field(
        default=24.0, description="one person on two channels within so long asks once"
    )
    recontact_days: Days = Field(
        default=7, description="who asks again within so long was not helped"
    )
    avoidance_days: Days = Field(default=14, description="in which a contact may be avoided")
    help_pages: list[str] = Field(
        default=["/faq", "/help", "/aide", "/support", "/assistance", "/questions"],
        description="what is in the address of pages that answer questions",
    )
    cost_per_contact: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="in the brand's currency; what answering one request costs"
    )
