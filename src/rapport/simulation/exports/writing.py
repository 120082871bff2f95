"""Writes a history as the files that a brand would have gathered, one folder a system."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rapport.simulation.exports import (
    ads,
    bluesky,
    crm,
    facebook,
    follow_rewards,
    ga4,
    help_desks,
    instagram,
    linkedin,
    listening,
    mastodon,
    meta_comments,
    offline,
    service,
    shopify,
    surveys,
    till,
    trap_files,
    video,
    x,
    x_archive,
)
from rapport.simulation.history import History

Writer = Callable[[History, Path], Path | list[Path]]

WRITERS: tuple[tuple[str, Sequence[Writer]], ...] = (
    ("Google Analytics 4", (ga4.write_events,)),
    ("Shopify", (shopify.write_orders, shopify.write_customers)),
    ("the stores", (till.write_tickets, till.write_card_holders)),
    (
        "Meta",
        (
            facebook.write_posts,
            facebook.write_followers,
            instagram.write_posts,
            instagram.write_download,
            meta_comments.write_comments,
            ads.write_meta,
        ),
    ),
    ("X", (x.write_content, x.write_overview, x_archive.write_archive)),
    (
        "LinkedIn",
        (
            linkedin.write_content,
            linkedin.write_followers,
            linkedin.write_visitors,
            linkedin.write_connections,
        ),
    ),
    ("YouTube", (video.write_youtube,)),
    ("TikTok", (video.write_tiktok,)),
    ("Threads", (video.write_threads,)),
    ("Bluesky", (bluesky.write_answers,)),
    ("Mastodon", (mastodon.write_all,)),
    ("advertising", (ads.write_google, ads.write_microsoft, ads.write_linkedin)),
    (
        "the sellers",
        (crm.write_contacts, crm.write_deals, crm.write_leads, crm.write_opportunities),
    ),
    (
        "the help desks",
        (
            service.write_zendesk,
            help_desks.write_zendesk,
            help_desks.write_chatwoot,
            service.write_csat,
            service.write_calls,
            service.write_conversations,
        ),
    ),
    ("the surveys", (surveys.write_qualtrics, surveys.write_store)),
    ("the listening tools", (listening.write_meltwater, listening.write_brandwatch)),
    (
        "the street",
        (
            offline.write_store_visits,
            offline.write_events,
            offline.write_sales_calls,
            offline.write_heard,
            offline.write_referrals,
            follow_rewards.write_follow_rewards,
            offline.write_press,
            offline.write_plans,
            offline.write_costs,
            offline.write_influencers,
            offline.write_prices,
            offline.write_calendar,
            offline.write_holidays,
        ),
    ),
)


def _silent(_: str) -> None:
    return None


def write(history: History, folder: Path, *, tell: Callable[[str], None] = _silent) -> list[Path]:
    """Write every export of a history and return their paths, the same ones in the same order.

    The same history makes the same bytes. Two systems are written at a time.

    Parameters
    ----------
    history
        What happened.
    folder
        Where the folders of the systems go; made when it is not there.
    tell
        Is called with the name of each system whose files are done.
    """

    def files(system: tuple[str, Sequence[Writer]]) -> list[Path]:
        return [path for writer in system[1] for path in _paths(writer(history, folder))]

    paths: list[Path] = []
    with ThreadPoolExecutor(2) as pool:
        for (name, _), made in zip(WRITERS, pool.map(files, WRITERS), strict=True):
            tell(name)
            paths += made
    return paths


def _paths(made: Path | list[Path]) -> list[Path]:
    return made if isinstance(made, list) else [made]


def write_traps(history: History, folder: Path) -> list[Path]:
    """Write files that a platform does export and that would load and be wrong.

    They belong to no brand's folder of exports: a reader must refuse or mend each of them. The
    names of the files say what is wrong (see `trap_files.TRAPS`).
    """
    return [make(history, folder / name) for name, make in trap_files.TRAPS.items()]
