"""True reports in every text layout, damaged, and the extractor measured against the truth.

`truth` invents what an agency had to report, `prose` says it in sentences, `render` sets it in
a text layout, `mangle` damages the text, `soak` measures. Nothing here looks at how the
extractor works, and everything follows from a seed.
"""
