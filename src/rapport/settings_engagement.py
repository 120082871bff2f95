"""What may stand under `[engagement]`: how often people who speak for the brand are asked."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Engagement(BaseModel):
    """How the people that a brand courts are spared."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    most_asks_a_year: Annotated[int, Field(ge=1, le=52)] = Field(
        default=4, description="how often one advocate or influencer may be asked for something"
    )
