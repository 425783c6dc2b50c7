#!/usr/bin/env python3
"""Draws the pictures of the documentation: file.svg, path.svg and hooks.svg.

usage: docs/pictures.py [DIRECTORY]    (without one: the directory of this script)

The numbers in file.svg are those that "hardwire patch --dry-run --deny execve,execveat" prints for tar of Debian 13.
"""
import pathlib
import sys

STYLE = """
text { font: 13px sans-serif; fill: #1f2328 }
.small { font-size: 11px }
.code { font-family: monospace; font-size: 12px }
.title { font-size: 15px; font-weight: bold }
.quiet { fill: #59636e }
.mid { text-anchor: middle }
.end { text-anchor: end }
.line { stroke: #59636e; stroke-width: 1.2; fill: none }
.thin { stroke: #59636e; stroke-width: .7; fill: none; stroke-dasharray: 3 3 }
.arrow { fill: #59636e }
rect { stroke: #59636e; stroke-width: .8 }
.same { fill: #d8dee4 }
.read { fill: #dbe9fb }
.code-box { fill: #d3efdc }
.data { fill: #fdf0cf }
.new { fill: #f9c9b6 }
.gone { fill: none; stroke-dasharray: 3 3 }
.none { fill: none }
.change { fill: #cf222e; stroke: none }
.before { fill: #d8dee4; stroke: none }
.after { fill: #b7e3c3; stroke: none }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .quiet { fill: #9198a1 }
  .line, .thin, rect { stroke: #9198a1 }
  .arrow { fill: #9198a1 }
  .same { fill: #343b44 }
  .read { fill: #1c3a5e }
  .code-box { fill: #1d4a2d }
  .data { fill: #54430f }
  .new { fill: #79371f }
  .change { fill: #ff7b72 }
  .before { fill: #343b44; stroke: none }
  .after { fill: #1f5c35; stroke: none }
  .none, .gone { fill: none }
}
"""


class Picture:
    def __init__(self, name, width, height, title):
        self.name, self.parts = name, [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            f' role="img"><title>{title}</title>', f"<style>{STYLE}</style>"]

    def text(self, x, y, text, style=""):
        text = text.replace("&", "&amp;").replace("<", "&lt;")
        self.parts.append(f'<text x="{x:g}" y="{y:g}" class="{style}">{text}</text>')

    def box(self, x, y, width, height, style, text="", font="mid"):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:g}" width="{width:.1f}" height="{height:g}" class="{style}"/>')
        lines = text.split("\n") if text else []
        for i, line in enumerate(lines):
            self.text(round(x + width / 2, 1), y + height / 2 + 4.5 + 16 * (i - (len(lines) - 1) / 2), line, font)

    def line(self, points, style="line"):
        self.parts.append('<polyline points="%s" class="%s"/>' % (" ".join(f"{x:.1f},{y:g}" for x, y in points), style))

    def arrow(self, points):
        self.line(points)
        (x0, y0), (x, y) = points[-2:]
        length = max(abs(x - x0), abs(y - y0))
        dx, dy = (x - x0) / length, (y - y0) / length
        tip = [(x, y), (x - 8 * dx - 4 * dy, y - 8 * dy + 4 * dx), (x - 8 * dx + 4 * dy, y - 8 * dy - 4 * dx)]
        self.parts.append('<polygon points="%s" class="arrow"/>' % " ".join(f"{a:.1f},{b:.1f}" for a, b in tip))

    def write(self, directory):
        (directory / self.name).write_text("\n".join(self.parts) + "\n</svg>\n", encoding="utf-8")


def file_picture():
    p = Picture("file.svg", 1000, 640, "A file before and after a patch: what stays, what changes, what is added")
    left, width, old, new = 30, 940, 458144, 463592

    def at(offset):
        return left + offset * width / new

    segments = [(0, 0x9260, "read", "headers,\ntables"), (0xa000, 0x5314d, "code-box", "code"),
                (0x54000, 0x69eb0, "read", "constants"), (0x6a710, 0x6f550, "data", ""),
                (0x6f550, old, "same", "")]
    for y, name in ((30, f"Before: tar, {old:,} bytes"), (120, f"After: {new:,} bytes; every byte stays at its offset")):
        p.text(left, y, name, "title")
        for start, end, style, text in segments:
            red = y == 120 and start == 0  # red lines stand there
            p.box(at(start), y + 10, at(end) - at(start), 40, style, "" if red else text, "mid small" if start == 0 else "mid")
    p.text(at(0x6f550) - 2, 25, "data, section headers", "end small quiet")
    p.box(at(0x70000), 130, at(new) - at(0x70000), 40, "new")
    for start, size in ((0x28, 22), (0x40, 784), (0x2a18, 8), (0x6a710, 8)):
        p.box(at(start) - .5, 126, max(2, size * width / new), 48, "change")
    p.text(left, 190, "Red: 810 bytes change in place, in five ranges. The patch record keeps their old values.", "small")

    # the start of the file: the program header table
    p.line([(at(0x40), 174), (at(0x40) - 6, 180), (at(0x40) - 6, 253), (left, 253)], "thin")
    p.text(left, 226, "The program header table at 0x40 keeps its place and its 14 entries", "title")
    before = ["PHDR", "INTERP", "LOAD", "LOAD", "LOAD", "LOAD", None, "DYNAMIC", "NOTE", "NOTE", "NOTE",
              "PROPERTY", "EH_HDR", "STACK", "RELRO"]
    kinds = ["read"] * 3 + ["code-box", "read", "data", None, "data"] + ["read"] * 7
    step = width / 15
    for y, after in ((240, False), (300, True)):
        for i, entry in enumerate(before):
            style, text = kinds[i], entry
            if i == 6:
                if not after:
                    continue
                style, text = "new", "LOAD"
            elif after and i == 9:
                style, text = "gone", ""
            elif after and i == 8:
                style = "new"
            p.box(left + i * step + 1, y, step - 2, 26, style, text, "mid small")
    p.arrow([(left + 8.5 * step, 268), (left + 8.5 * step, 298)])
    p.text(left + 8.5 * step - 6, 287, "longer", "end small")
    p.text(left + 9.5 * step, 287, "repeats PROPERTY: dropped", "small")
    p.text(left + 6.5 * step, 343, "maps the blob", "mid small")
    p.text(left + 8.5 * step, 343, "has our notes too", "mid small")

    # the end of the file
    p.text(left, 384, f"What is added at 0x70000, {new - 0x70000:,} bytes", "title")
    p.line([(at(0x70000), 174), (974, 184), (974, 392), (left, 392), (left, 402)], "thin")
    p.line([(at(new), 174), (982, 184), (982, 396), (at(new), 402)], "thin")
    scale = width / (new - 0x70000)

    def tail(offset):
        return left + (offset - 0x70000) * scale

    parts = [(0x70000, 0x70040, "new", ""), (0x70040, 0x70410, "new", "stub, records,\nfilter"),
             (0x70410, 0x70434, "same", ""), (0x70434, 0x708d4, "new", "policy note, setup note,\npatch record"),
             (0x708d8, 0x709a8, "read", ""), (0x709a8, 0x70ae1, "same", "names"),
             (0x70ae8, new, "same", "section header table,\n32 entries (29 before)")]
    for start, end, style, text in parts:
        p.box(tail(start), 402, tail(end) - tail(start), 46, style, text, "mid small")
    for start, down, text in ((0x70000, 490, "blob header, 64 bytes"), (0x70410, 508, "copy of the build-id note"),
                              (0x708d8, 490, ".debug_frame: call frame information of the stub")):
        x = tail(start) + 5
        p.line([(x, 448), (x, down - 12)], "thin")
        p.text(x, down, text, "small")
    p.line([(tail(0x70000), 520), (tail(0x70000), 528), (tail(0x708d4), 528), (tail(0x708d4), 520)])
    p.text(tail(0x70000) + 2, 545, "one PT_LOAD, read and execute: .text.hardwire, .note.hardwire", "small")
    p.line([(tail(0x708d8), 520), (tail(0x708d8), 528), (tail(new), 528), (tail(new), 520)])
    p.text(tail(0x708d8) + 2, 545, "not loaded", "small")

    p.text(left, 582, "Control flow", "title")
    p.text(left, 604, "before: init array element 0 at 0x6a710 = 0xc600 (the constructor)", "code")
    p.text(left, 624, "after:  init array element 0 at 0x6a710 = 0x71040 (the stub) -> filter installed -> 0xc600", "code")
    return p


def path_picture():
    p = Picture("path.svg", 1000, 345, "From a policy and a program to a patched file, and back")
    y1, y2, high = 40, 150, 50
    boxes = {
        "policy": (20, y1, 120, "read", "policy\nYAML, OCI, ..."), "rules": (170, y1, 90, "same", "Policy"),
        "filter": (290, y1, 110, "same", "Filter\nclassic BPF"), "setup": (430, y1, 110, "same", "SetupProgram\nsystem calls"),
        "blob": (570, y1, 140, "new", "Blob\nstub, records, notes"),
        "program": (20, y2, 120, "read", "program\nELF executable"), "elf": (170, y2, 90, "same", "ElfFile"),
        "plan": (570, y2, 140, "same", "PatchPlan\nedits with reasons"), "image": (740, y2, 100, "same", "new bytes,\nlayout check"),
        "file": (870, y2, 110, "new", "patched file"),
        "verify": (540, 270, 130, "code-box", "verify\nchecks, policy"), "inspect": (690, 270, 130, "code-box", "inspect\nwhat is inside"),
        "restore": (840, 270, 140, "code-box", "restore\nthe original"),
    }
    for x, y, width, style, text in boxes.values():
        p.box(x, y, width, high, style, text)

    def right(one, other, label=""):
        a, b = boxes[one], boxes[other]
        p.arrow([(a[0] + a[2], a[1] + high / 2), (b[0], b[1] + high / 2)])
        p.text((a[0] + a[2] + b[0]) / 2, a[1] + high / 2 - 8, label, "mid small quiet")

    for one, other in (("policy", "rules"), ("rules", "filter"), ("filter", "setup"), ("setup", "blob"),
                       ("program", "elf"), ("elf", "plan"), ("plan", "image"), ("image", "file")):
        right(one, other)
    p.text(415, y2 + 17, "where there is room; which hook", "mid small quiet")
    p.arrow([(640, y1 + high), (640, y2)])
    p.arrow([(925, y2 + high), (925, 270)])
    p.line([(925, 245), (605, 245)])
    p.arrow([(605, 245), (605, 270)])
    p.arrow([(755, 245), (755, 270)])
    for x, name in ((170, "policy"), (290, "seccomp"), (430, "stub"), (570, "stub, elf.note")):
        p.text(x, y1 - 10, name, "small quiet")
    for x, name in ((170, "elf"), (570, "plan"), (740, "image")):
        p.text(x, y2 - 10, name, "small quiet")
    p.text(20, 290, "From the bytes of the patched file alone:", "title")
    p.text(20, 310, "verify proves what the file does, inspect shows it,", "")
    p.text(20, 328, "restore gives back the original, bit for bit.", "")
    p.text(20, 222, "The words above the boxes are packages.", "small quiet")
    return p


def hooks_picture():
    p = Picture("hooks.svg", 1000, 554, "When each hook installs the filter")
    left, step = 110, 125

    def timeline(y, title, stages, rows):
        p.text(20, y, title, "title")
        p.text(20, y + 40, "time")
        p.arrow([(55, y + 36), (left - 6, y + 36)])
        for i, (stage, style) in enumerate(stages):
            p.box(left + i * step, y + 12, step, 48, style, stage, "mid small")
        for i, (hook, start, text) in enumerate(rows):
            top, x = y + 74 + i * 34, left + start * step
            p.text(20, top + 16, hook, "code")
            p.box(left, top, x - left, 24, "before", "no filter" if start > 0.5 else "", "mid small")
            p.box(x, top, left + len(stages) * step - x, 24, "after", text, "mid small")
            p.box(x - 2, top - 3, 4, 30, "change")

    timeline(24, "A dynamic program", [
        ("kernel\nexecve", "same"), ("ld.so\nmaps, relocates", "same"), ("ld.so\nlibraries' constructors", "read"),
        ("_start,\nC library", "code-box"), ("init array\nfirst ... last", "code-box"),
        ("main", "code-box"), ("exit, destructors", "code-box")], [
            ("first", 1.0, "filtered from the first instruction on"),
            ("needed", 2.8, "filtered; the place among the constructors is not promised"),
            ("entry", 3.0, "filtered from e_entry on"),
            ("init", 4.0, "filtered from the first constructor on"),
            ("post-init", 5.0, "filtered: main")])
    timeline(304, "A static program", [
        ("kernel\nexecve", "same"), ("_start", "code-box"), ("C library\nrelocates itself, TLS", "code-box"),
        ("init array\nfirst ... last", "code-box"), ("main", "code-box"), ("exit, destructors", "code-box")], [
            ("entry", 1.0, "filtered from the first instruction on"),
            ("init", 3.0, "filtered from the first constructor on"),
            ("post-init", 4.0, "filtered: main")])
    p.box(20, 500, 4, 24, "change")
    p.text(34, 517, "The stub installs the filter, then goes on to the code that stood there. The filter stays until the process ends,")
    p.text(34, 536, "and every program that it executes inherits it.")
    return p


directory = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
directory = directory if directory.is_dir() else directory.parent
for picture in (file_picture(), path_picture(), hooks_picture()):
    picture.write(directory)
