"""How the HTML file looks: light colours, one column, pages of A4 when it is printed."""

STYLE = """
* { box-sizing: border-box; }
body { margin: 0; background: #f4f6f8; color: #17212b;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
main, header, footer { max-width: 1000px; margin: 0 auto; padding: 0 28px; }
header { padding-top: 32px; }
h1 { font-size: 27px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; }
h2 { font-size: 21px; line-height: 1.25; margin: 0 0 10px; padding-bottom: 8px; border-bottom: 1px solid #e2e7ec; }
h3 { font-size: 16px; line-height: 1.3; margin: 30px 0 2px; }
p { margin: 6px 0; max-width: 80ch; }
a { color: #1f5fa6; }
nav ol { list-style: none; display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 14px 0 0; padding: 0; }
section { background: #fff; border: 1px solid #e2e7ec; border-radius: 10px; padding: 24px 28px 28px; margin: 22px 0; }
.lead { font-size: 18px; line-height: 1.45; }
.quiet { color: #5a6875; font-size: 13.5px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(112px, 1fr)); gap: 10px; margin: 16px 0 6px; }
.tile { border: 1px solid #e2e7ec; border-radius: 8px; padding: 9px 10px; background: #f8fafb; }
.tile b { display: block; font-size: 19px; line-height: 1.3; font-weight: 650; }
.tile span { display: block; color: #5a6875; font-size: 12.5px; line-height: 1.35; }
.main b { color: #1f5fa6; } .good b { color: #14734a; } .warn b { color: #8a5a00; } .bad b { color: #b3361f; }
figure { margin: 12px 0; }
figure svg { width: 100%; height: auto; display: block; overflow: visible; }
.frame { overflow-x: auto; margin: 12px 0; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; line-height: 1.4; overflow-wrap: normal; }
caption { text-align: left; color: #5a6875; font-size: 13px; padding: 0 0 4px; }
th, td { padding: 5px 9px 5px 0; text-align: left; vertical-align: top; border-bottom: 1px solid #edf0f3; font-weight: 400; }
thead th { color: #5a6875; font-size: 12.5px; vertical-align: bottom; border-bottom: 1px solid #c9d2da; }
tfoot th, tfoot td, .strong th, .strong td { font-weight: 650; }
tfoot th, tfoot td { border-top: 1px solid #c9d2da; border-bottom: 0; }
.n { text-align: right; } td.n { white-space: nowrap; }
th.n, td.n { padding-left: 8px; }
.wide { min-width: 15em; overflow-wrap: anywhere; }
.whole { white-space: nowrap; }
.id { overflow-wrap: anywhere; min-width: 5.4em; }
.bar { display: inline-block; width: 40px; height: 7px; margin-left: 7px; border-radius: 4px; background: #e2e7ec;
  vertical-align: middle; overflow: hidden; }
.bar i { display: block; height: 7px; background: #1f5fa6; }
footer { color: #5a6875; font-size: 13px; padding-bottom: 36px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; }
dd { margin: 0; }
@media (max-width: 640px) {
  main, header, footer { padding-left: 12px; padding-right: 12px; }
  section { padding: 16px 14px; border-radius: 8px; }
  figure { overflow-x: auto; } figure svg { min-width: 560px; }
  .lead { font-size: 16.5px; } .tiles { grid-template-columns: repeat(2, 1fr); }
}
@page { size: A4; margin: 14mm 12mm; }
@media print {
  body { background: #fff; font-size: 10.5pt; }
  main, header, footer { max-width: none; padding: 0; }
  nav { display: none; }
  section { border: 0; padding: 0; margin: 0 0 8mm; break-before: page; }
  section:first-of-type { break-before: auto; margin-top: 6mm; }
  h2, h3 { break-after: avoid; }
  figure, .tile, tr { break-inside: avoid; }
  .frame { overflow: visible; }
  table, thead th, caption { font-size: 8pt; } th, td { padding: 3px 5px 3px 0; } th.n, td.n { padding-left: 2px; }
  .bar { width: 20px; margin-left: 4px; } .wide { min-width: 10em; }
  td.whole { white-space: normal; } thead { display: table-header-group; } tfoot { display: table-row-group; }
  .tile, .bar, .bar i { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .tiles { grid-template-columns: repeat(4, 1fr); }
}
"""
