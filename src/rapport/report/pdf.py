"""The letter on paper: the same page as PDF."""

from __future__ import annotations

import logging
import warnings

from rapport.errors import Fault, Problem


def printed(page: str) -> bytes:
    """Return a page of HTML as PDF, by its own style for paper.

    Nothing is fetched, whatever the page asks for.

    Raises
    ------
    Problem
        If the machine lacks Pango, which sets the text.
    """
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            from weasyprint import HTML
            from weasyprint.urls import URLFetcher
        except OSError as error:
            fault = Fault(
                "The library Pango is not there.",
                hint="On Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0; on macOS: brew "
                "install pango. Or print the HTML letter from a browser.",
            )
            raise Problem("The letter was not written as PDF.", [fault]) from error
        nothing = URLFetcher(allowed_protocols=(), allow_redirects=False)
        made: bytes = HTML(string=page, url_fetcher=nothing).write_pdf()
    return made
