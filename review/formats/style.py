"""The looks of the page: colours with enough contrast by day and by night, and a layout that a phone can show."""

from __future__ import annotations

from review.model import Risk

LIGHT = {
    "page": "#f4f5f7",
    "card": "#ffffff",
    "text": "#16191d",
    "muted": "#4d5661",
    "line": "#c9ced6",
    "gone": "#9c1c14",
    "come": "#17613a",
    "r0": "#b3261e",
    "r1": "#8b1fa8",
    "r2": "#855400",
    "r3": "#00609a",
    "r4": "#5a4a9c",
    "r5": "#41566b",
    "r6": "#17693a",
    "r7": "#5b6470",
}
DARK = {
    "page": "#121519",
    "card": "#1c2027",
    "text": "#e8eaed",
    "muted": "#aab2bc",
    "line": "#3a414b",
    "gone": "#ff9a91",
    "come": "#83d9a5",
    "r0": "#ff8a80",
    "r1": "#e39bf3",
    "r2": "#f0b94d",
    "r3": "#7cc4ff",
    "r4": "#bcb0f5",
    "r5": "#a9bdd3",
    "r6": "#7fd6a0",
    "r7": "#a5adb8",
}
"""Colours by their use; `r0` to `r7` are the classes of risk."""


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


_LAYOUT = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:64rem;margin:0 auto;padding:1rem}
h1{font-size:1.35rem;line-height:1.25;margin:0 0 .75rem}
h2{font-size:1.15rem;margin:1.75rem 0 .75rem;color:var(--c,var(--text))}
h3{font-size:1rem;line-height:1.35;margin:0 0 .5rem}
p{margin:.5rem 0}
a{color:inherit}
:focus-visible{outline:3px solid var(--r3);outline-offset:2px}
:target{outline:3px solid var(--r3);outline-offset:2px}
code,del,ins,pre{font:.875em/1.45 ui-monospace,"DejaVu Sans Mono",monospace;white-space:pre-wrap}
pre{margin:.5rem 0;max-height:30rem;overflow-y:auto}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem}
.muted{color:var(--muted);font-size:.875rem}
.verdict{font-weight:600;border-left:.4rem solid var(--c);background:var(--card);padding:.75rem 1rem;margin:0}
.counts,.plain,.legend{list-style:none;margin:.75rem 0 0;padding:0}
.legend{margin-bottom:.75rem}
.counts,.legend{display:flex;flex-wrap:wrap;gap:.5rem}
.counts a,.counts span{display:block;border:1px solid var(--c);border-radius:1rem;padding:.25rem .75rem;color:var(--c);
background:var(--card);text-decoration:none;font-size:.9rem}
.counts a:hover{text-decoration:underline}
article,.note,figure,.fold{background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.9rem 1rem;
margin:0 0 .75rem}
article,.note{border-left:.4rem solid var(--c)}
article{content-visibility:auto;contain-intrinsic-size:auto 9rem}
.badge{display:inline-block;border:1px solid var(--c);color:var(--c);border-radius:.25rem;padding:0 .4rem;
font-size:.8rem;font-weight:600}
dl{margin:.75rem 0}
dt{font-weight:600;font-size:.875rem}
dd{margin:0 0 .6rem}
.change dt{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-weight:400}
del,ins{display:block;text-decoration:none;padding:.1rem .5rem;border-left:3px solid}
del{color:var(--gone)}
ins{color:var(--come)}
del::before{content:"\\2212\\a0"}
ins::before{content:"+\\a0"}
summary h2{display:inline;margin:0}
summary{cursor:pointer;font-weight:600;padding:.25rem 0}
.fold>summary,figure summary{font-size:1rem}
.plain li{padding:.15rem 0}
.legend li{display:flex;align-items:center;gap:.4rem;font-size:.875rem;margin-right:.5rem}
.legend i{display:inline-block;width:1.5rem;height:1rem;border:2px solid var(--c);border-left-width:7px;
border-radius:.2rem}
.legend i.near{border-width:1px;background:color-mix(in srgb,var(--c) 12%,transparent)}
.drawing{overflow-x:auto;margin-top:.5rem}
svg{display:block}
svg text{font-family:system-ui,sans-serif;fill:var(--text)}
svg .kind{font-size:11px;fill:var(--muted)}
svg .risk{font-size:11px;font-weight:600;fill:var(--c)}
svg .name{font-size:13px}
svg rect{fill:var(--card);stroke:var(--c);stroke-width:1}
svg .changed rect{stroke-width:2}
svg .bar{fill:var(--c);stroke:none}
svg .near .face{fill:var(--c);fill-opacity:.12}
svg path{fill:none;stroke:var(--muted);stroke-width:1.3}
svg path.loose{stroke-dasharray:4 3}
svg marker path{fill:var(--muted);stroke:none}
svg a:hover .name{text-decoration:underline}
svg a:focus-visible{outline:none}
svg a:focus-visible .face{stroke-width:4}
@media (max-width:30rem){header,main,footer{padding:.75rem}article,.note,figure,.fold{padding:.7rem .6rem}}
@media print{article{content-visibility:visible}.drawing{overflow:visible}}
"""

CSS = (
    f":root{{color-scheme:light dark;{_variables(LIGHT)}}}"
    f"@media (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}"
    + "".join(f".r{risk.value}{{--c:var(--r{risk.value})}}" for risk in Risk)
    + _LAYOUT.replace("\n", "")
)
"""The whole style sheet; the page's policy names its hash."""
