"""A draft as a Word document (.docx), in the ways in which programs and people write them."""

from __future__ import annotations

import io
import zipfile
from random import Random
from xml.sax.saxutils import escape

from evals.draft import Draft, Heading, Para, Table, plain

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_MC = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)


def docx(draft: Draft, rng: Random) -> bytes:
    """A .docx of one writer's habits, drawn by chance."""
    return packed(_Writer(rng).document(draft))


def docx_for_office(draft: Draft, rng: Random) -> bytes:
    """A .docx for LibreOffice to convert.

    It says the text of content controls twice, and drops text boxes without a shape.
    """
    writer = _Writer(rng)
    writer.controls = writer.boxed = False
    return packed(writer.document(draft))


def packed(document: str) -> bytes:
    """The parts of a .docx around its main one."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", _TYPES)
        made.writestr("_rels/.rels", _RELATIONS)
        made.writestr("word/document.xml", document)
    return stream.getvalue()


class _Writer:
    """Habits: texts cut into runs, tracked changes, content controls, a title in a text box."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.cut = rng.choice((0, 0, 1, 3))
        self.tracked = rng.random() < 0.3
        self.controls = rng.random() < 0.2
        self.boxed = rng.random() < 0.2
        self.framed = rng.random() < 0.15  # the whole report in one cell of a table

    def document(self, draft: Draft) -> str:
        body = []
        for block in draft.blocks:
            if isinstance(block, Table):
                body.append(self.table(block))
            elif isinstance(block, Para) and block.role == "title" and self.boxed:
                body.append(self.box(plain(block.text)))
            else:
                assert isinstance(block, (Para, Heading))
                body.append(self.paragraph(plain(block.text)))
        inner = "".join(body)
        if self.framed:
            inner = f"<w:tbl><w:tr><w:tc><w:tcPr/>{inner}<w:p/></w:tc></w:tr></w:tbl>"
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><w:document {_W} {_MC}><w:body>{inner}'
            '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr></w:body></w:document>'
        )

    def runs(self, text: str) -> str:
        pieces = []
        while text:
            size = self.rng.randint(1, self.cut) if self.cut else len(text)
            pieces.append(text[:size])
            text = text[size:]
        runs = [f'<w:r><w:t xml:space="preserve">{escape(piece)}</w:t></w:r>' for piece in pieces]
        if self.tracked and runs and self.rng.random() < 0.2:
            at = self.rng.randrange(len(runs))
            old = "<w:r><w:delText>9</w:delText></w:r>"
            runs[at] = (
                f'<w:del w:id="1" w:author="a">{old}</w:del>'
                f'<w:ins w:id="2" w:author="a">{runs[at]}</w:ins>'
            )
        return "".join(runs)

    def paragraph(self, text: str) -> str:
        made = f'<w:p><w:pPr><w:jc w:val="both"/></w:pPr>{self.runs(text)}</w:p>'
        if self.controls and self.rng.random() < 0.2:
            return f"<w:sdt><w:sdtPr/><w:sdtContent>{made}</w:sdtContent></w:sdt>"
        return made

    def box(self, text: str) -> str:
        """A text box, which is stored twice: for new programs and for old ones."""
        inner = f"<w:txbxContent><w:p>{self.runs(text)}</w:p></w:txbxContent>"
        return (
            '<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>'
            f"{inner}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{inner}"
            "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        )

    def table(self, table: Table) -> str:
        wide = sum(cell.wide for cell in table.rows[0])
        grid = "".join(f'<w:gridCol w:w="{9000 // wide}"/>' for _ in range(wide))
        rows = []
        for number, row in enumerate(table.rows):
            below = table.rows[number + 1] if number + 1 < len(table.rows) else ()
            going_on = _merged_at(below)
            cells, column = [], 0
            for cell in row:
                width = f'<w:tcW w:w="{9000 * cell.wide // wide}" w:type="dxa"/>'
                span = f'<w:gridSpan w:val="{cell.wide}"/>' if cell.wide > 1 else ""
                merge = ""
                if cell.merged:
                    merge = "<w:vMerge/>"
                elif column in going_on:
                    merge = '<w:vMerge w:val="restart"/>'
                inner = "".join(
                    f"<w:p>{self.runs(line)}</w:p>" for line in plain(cell.text).split("\n")
                )
                cells.append(f"<w:tc><w:tcPr>{width}{span}{merge}</w:tcPr>{inner}</w:tc>")
                column += cell.wide
            head = "<w:trPr><w:tblHeader/></w:trPr>" if number < table.head else ""
            rows.append(f"<w:tr>{head}{''.join(cells)}</w:tr>")
        borders = '<w:tblPr><w:tblW w:w="9000" w:type="dxa"/></w:tblPr>'
        return f"<w:tbl>{borders}<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"


def _merged_at(row: tuple[object, ...]) -> set[int]:
    found, column = set(), 0
    for cell in row:
        if getattr(cell, "merged", False):
            found.add(column)
        column += getattr(cell, "wide", 1)
    return found
