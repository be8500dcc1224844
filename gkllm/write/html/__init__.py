"""Report > pages for a browser: one self-contained file each, with one style.

`page` is the frame, `el` makes elements and escapes text on the way; `table`, `status_mark` and
`status_counts` are what several pages show. `docs/view.md` tells how a page is made of them.
"""

from gkllm.write.html.markup import Content, Html, el, escaped, joined
from gkllm.write.html.page import page, scrolling, status_counts, status_mark, table

__all__ = [
    "Content",
    "Html",
    "el",
    "escaped",
    "joined",
    "page",
    "scrolling",
    "status_counts",
    "status_mark",
    "table",
]
