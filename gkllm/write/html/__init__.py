"""Report > pages for a browser: one self-contained file each, with one style.

`page` is the frame, `el` makes elements and escapes text on the way; `table`, `status_mark` and
`status_counts` are what several pages show. `docs/view.md` tells how a page is made of them.
"""

from gkllm.write.html.markup import Content, Html, el, escaped, joined
from gkllm.write.html.page import page, scrolling, status_counts, status_mark, table
from gkllm.write.html.report import SUFFIX, index_page, refusal_page, report_page
from gkllm.write.html.text import misquoted

__all__ = [
    "SUFFIX",
    "Content",
    "Html",
    "el",
    "escaped",
    "index_page",
    "joined",
    "misquoted",
    "page",
    "refusal_page",
    "report_page",
    "scrolling",
    "status_counts",
    "status_mark",
    "table",
]
