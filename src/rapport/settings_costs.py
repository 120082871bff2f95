"""What may stand under `[costs]`: what the brand pays for its relationships."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Worker(BaseModel):
    """Somebody, or a team, part of whose time goes into relationships."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    who: Annotated[str, Field(min_length=1, max_length=200)]
    per_month: Amount = Field(description="what they cost a month, charges included")
    share: Annotated[float, Field(ge=0.0, le=1.0)] = Field(
        default=1.0, description="the part of their time that goes into relationships"
    )
    function: Literal["brand", "marketing", "sales", "service"] = "marketing"


class Costs(BaseModel):
    """What is needed to say what a return was paid with; amounts are a month's."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    people: list[Worker] | None = Field(
        default=None, description="who works on it; an empty list says: nobody"
    )
    tools: Amount | None = Field(default=None, description="software and services, a month")
    content: Amount | None = Field(
        default=None, description="making of content, a month, beside what posts say they cost"
    )
    relationship_channels: list[str] = Field(
        default=[
            "email", "newsletter", "sms", "whatsapp", "community", "events", "event", "press",
            "instagram", "facebook", "x", "twitter", "linkedin", "youtube", "tiktok", "threads",
            "mastodon", "bluesky", "pinterest", "social",
        ],
        description="channels of spend that are media of relationships; ads are not, unless named",
    )  # fmt: skip
    incentive_channels: list[str] = Field(
        default=[
            "influencer", "influencers", "referral", "referrals", "parrainage", "rewards",
            "loyalty", "gifts",
        ],
        description="channels of spend that are fees and rewards",
    )  # fmt: skip
