"""Mentions as Meltwater and Brandwatch export them."""

from __future__ import annotations

from pathlib import Path

from tests.sources.helpers import SETTINGS, gather, written

from rapport.sources.registry import recognise

MELTWATER = (
    "Date\tHeadline\tURL\tOpening Text\tHit Sentence\tSource\tInfluencer\tCountry\tSubregion\t"
    "Language\tReach\tDesktop Reach\tMobile Reach\tTwitter Social Echo\tFacebook Social Echo\t"
    "Reddit Social Echo\tNational Viewership\tEngagement\tAVE\tSentiment\tKey Phrases\tInput Name\t"
    "Keywords\tTwitter Authority\tTweet Id\tTwitter Id\tTwitter Client\tTwitter Screen Name\t"
    "User Profile Url\tTwitter Bio\tTwitter Followers\tTwitter Following\tAlternate Date Format\t"
    "Time\tState\tCity\tDocument Tags\n"
    "05-Jan-2026 03:30PM\tA house of tea\thttps://q.example/1\tIt opened in Lyon.\t"
    "It opened in Lyon.\tLe Quotidien\tJane Roe\tFrance\t\tFrench\t120000\t50000\t70000\t3\t4\t0\t"
    "\t\t1110.00\tPositive\t\tMaison\ttea\t\t\t\t\t\t\t\t\t\t05-Jan-26\t03:30 PM\t\t\t\n"
    "06-Jan-2026 12:05AM\t\thttps://x.example/s/99\t\t<b>never again</b>\tX\t\tUnited Kingdom\t\t"
    "English\t40\t\t\t\t\t\t\t\t\tNegative\t\tMaison\ttea\t3\t99\t4711\tweb\tleaf_lover\t\t\t321\t"
    "12\t06-Jan-26\t12:05 AM\t\t\t\n"
)
BRANDWATCH = """\
Report:,Maison mentions
Brand:,Maison
From:,Thu Jan 01 00:00:00 UTC 2026
To:,Sat Jan 31 23:59:59 UTC 2026
Label:,Mentions

Query Id,Query Name,Date,Title,Snippet,Full Text,Url,Domain,Sentiment,Page Type,Language,\
Country Code,Author,Likes,X Author ID,X Followers,Bluesky Author Id
20,Maison,2026-01-05 14:30:00.0,T,short,"the whole, text",https://f.example/t/1,f.example,\
negative,forum,en,GB,anon7,0,,,
20,Maison,2026-01-06 00:05:00.0,,,salut,https://x.example/s/99,x.example,neutral,twitter,fr,FR,leaf_lover,2,4711,321,
20,Maison,2026-01-06 00:06:00.0,,,bonsoir,at://did:plc:abc/1,bsky.app,neutral,bluesky,fr,FR,ana.bsky.example,2,,,did:plc:abc
"""


def test_meltwater_is_read_from_utf_16_and_its_opinions_are_left(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xff\xfe" + MELTWATER.encode("utf-16-le"), "export.csv")
    assert recognise(path, SETTINGS).source == "meltwater"
    told = gather(path, SETTINGS)
    press, post = told.tables["activity"]
    assert press["occurred_on"].isoformat() == "2026-01-05T14:30:00+00:00"
    assert (press["channel"], press["account_id"]) == ("press", "Jane Roe")
    assert press["text"] == "A house of tea\nIt opened in Lyon."
    assert (post["channel"], post["account_id"], post["text"]) == (
        "x",
        "4711",
        "<b>never again</b>",
    )
    assert post["occurred_on"].isoformat() == "2026-01-05T23:05:00+00:00"
    assert told.tables["account"][1]["followers"] == 321
    assert any("advertising value" in note for note in told.facts.notes)


def test_the_lines_above_brandwatchs_header_are_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, BRANDWATCH, "mentions.csv")
    assert recognise(path, SETTINGS).source == "brandwatch"
    told = gather(path, SETTINGS)
    forum, x, bluesky = told.tables["activity"]
    assert forum["text"] == "the whole, text"
    assert [each["channel"] for each in (forum, x, bluesky)] == ["forum", "x", "bluesky"]
    assert [each["account_id"] for each in (x, bluesky)] == ["4711", "did:plc:abc"]
    assert forum["occurred_on"].isoformat() == "2026-01-05T14:30:00+00:00"
    assert forum["source_row"] == 8


def test_the_same_mention_has_one_name_in_every_export(tmp_path: Path) -> None:
    first = gather(written(tmp_path, BRANDWATCH, "a.csv"), SETTINGS)
    fewer = "\n".join(line for line in BRANDWATCH.split("\n") if "anon7" not in line)
    second = gather(written(tmp_path, fewer, "b.csv"), SETTINGS)
    assert second.column("activity_id", "activity") == first.column("activity_id", "activity")[1:]
