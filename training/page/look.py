"""How the page looks: a calm column, wide tables scroll, light and dark follow the reader's own setting."""

STYLE = """
:root { color-scheme: light dark; --ink: #1f2933; --muted: #66727f; --accent: #2563a8; --pale: #d6e4f2; --warm: #b34e16;
  --grid: #eceff2; --paper: #ffffff; --card: #f6f8fa;
  --font: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e8ee; --muted: #9aa7b4; --accent: #6ea8e8; --pale: #2b4560;
  --warm: #ef9256; --grid: #2a323b; --paper: #14191f; --card: #1c232b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 var(--font); overflow-wrap: anywhere; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; text-wrap: balance; }
h2 { font-size: 1.15rem; margin: 2.6rem 0 .6rem; padding-bottom: .3rem; border-bottom: 1px solid var(--grid); }
p { margin: .6rem 0; max-width: 44rem; }
ul { margin: .4rem 0; padding-left: 1.3rem; max-width: 44rem; }
.quiet, figcaption, caption { color: var(--muted); font-size: .875rem; }
.summary { background: var(--card); border-radius: .6rem; padding: .9rem 1.2rem; margin: 1.2rem 0; }
.verdict { font-weight: 650; font-size: 1.08rem; border-left: .3rem solid var(--accent); padding-left: .7rem; }
.verdict.care { border-color: #d9a21b; } .verdict.no { border-color: var(--warm); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1.4rem 1.6rem;
  align-items: start; }
figure { margin: 0; max-width: 40rem; } figure svg { width: 100%; height: auto; display: block; }
.wide { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; min-width: 26rem; }
caption { text-align: left; padding-bottom: .35rem; }
th, td { padding: .28rem .7rem .28rem 0; text-align: right; border-bottom: 1px solid var(--grid); white-space: nowrap; }
th[scope=row], th:first-child { text-align: left; font-weight: 500; white-space: normal; min-width: 8rem; }
thead th { color: var(--muted); font-weight: 500; vertical-align: bottom; }
tr.strong th, tr.strong td { font-weight: 650; }
details { margin: .8rem 0; } summary { cursor: pointer; color: var(--accent); }
@media print { details { display: block; } }
"""
