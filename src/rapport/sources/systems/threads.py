"""Posts of a Threads account, as exports of its statistics list them.

Threads names no post: the code in its address does. Replies are `comments` and reposts `shares`, as
on other networks; quotes keep their own name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault
from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.derived import derived
from rapport.sources.fields import Field, Kind, fields_in
from rapport.sources.loading import Recipe, facts_of
from rapport.sources.metrics import counted_on
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System
from rapport.sources.systems.posts import PostFile

SOURCE = "threads"
VERSION = 1
_COLUMNS: dict[str, Aliases] = {
    "published_on": ("Published", "Publish time", "Date"),
    "text": ("Post text", "Caption", "Text"),
    "link": ("Post URL", "Permalink", "Post Link"),
    "views": "Views",
    "likes": "Likes",
    "comments": "Replies",
    "shares": "Reposts",
    "quotes": "Quotes",
}
_COUNTS = ("views", "likes", "comments", "shares", "quotes")
_CODE = r"threads\.(?:net|com)/(?:@(?P<handle>[\w.]+)/)?(?:post|t)/(?P<code>[\w-]+)"
_POST = "code of the post"


def _facts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of a file of posts; raises Problem as `loading.facts_of` does."""
    posts = PostFile(SOURCE, counted_on(file, now), {name: name for name in _COUNTS})
    kinds: dict[str, Kind] = {"published_on": "time", "text": "text", "link": "text"}
    kinds |= dict.fromkeys(_COUNTS, "integer")
    fields = fields_in(header, kinds, required=["published_on"])

    def code(rows: pa.Table) -> pa.ChunkedArray:
        found = pc.extract_regex(rows.column(header["link"]), _CODE)
        return pc.fill_null(pc.struct_field(found, "code"), "")

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        handle = pc.struct_field(pc.extract_regex(typed.column("link"), _CODE), "handle")
        handle = pc.if_else(pc.equal(handle, ""), pa.scalar(None, pa.string()), handle)
        return posts.tables(
            typed.append_column("account_id", handle).append_column("handle", handle)
        )

    recipe = Recipe(
        SOURCE,
        VERSION,
        (Field("post_id", "text", (_POST,), required=True), *fields),
        (_POST,),
        finish,
        by_line=False,
        time_zone="America/Los_Angeles",
        usual_dates="month-first",
        notes=("Times that name no zone are Pacific time, as Meta reports them.",),
    )
    return facts_of(derived(file, {_POST: code}), recipe, settings, now)


_ELSEWHERE = Refusal(
    "Its links do not lead to Threads, though its columns are those of a list of its posts.",
    "Add the export of the network that they lead to.",
)


def _examine(file: TableFile, header: Header, settings: Settings) -> Sequence[Fault]:
    """Refuse another network's list of posts, whose columns could be the same."""
    links = file.sample().column(header["link"])
    if pc.any(pc.match_substring_regex(links, r"threads\.(net|com)/")).as_py():
        return []
    return [Fault(_ELSEWHERE.what, file.name, _ELSEWHERE.hint)]


SYSTEM = System(
    SOURCE,
    "Threads",
    "social",
    (
        Shape(
            name="posts",
            title="Posts of a Threads account",
            grain="one post",
            tables=("post", "post_metric", "account", "identifier"),
            columns=_COLUMNS,
            needs=("published_on", "text", "link", "views", "likes", "comments"),
            where="Threads › Insights › Export, or a tool that lists its posts",
            since="2025",
            checked="described columns only: no real file was seen",
            facts=_facts,
            examine=_examine,
        ),
    ),
)
