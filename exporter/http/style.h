#pragma once

#include <string_view>

namespace pgfleet::http {

// Of every page. Colours keep a contrast of 4.5 to 1 and more on their ground, light and dark; what
// a colour says, a word says too. On a narrow screen a row of a table becomes a card.
inline constexpr std::string_view kStyle = R"(
:root {
  color-scheme: light dark;
  --ink: #1b1f24; --soft: #57606a; --paper: #fff; --raised: #f6f8fa; --line: #d0d7de;
  --up: #116329; --notice: #7d4e00; --down: #a40e26; --link: #0550ae;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6edf3; --soft: #9da7b3; --paper: #0d1117; --raised: #161b22; --line: #3d444d;
    --up: #56d364; --notice: #e3b341; --down: #ff7b72; --link: #79c0ff;
  }
}
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 80rem; margin: 1rem auto 3rem; padding: 0 1rem }
a { color: var(--link) }
a:focus-visible, summary:focus-visible, .wide:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; padding-bottom: .6rem; border-bottom: 1px solid var(--line) }
h1 { font-size: 1.6rem; margin: 1rem 0 .5rem }
h2 { font-size: 1.25rem; margin: 1.6rem 0 .4rem }
h3 { font-size: 1.05rem; margin: 1.2rem 0 .3rem }
table { border-collapse: collapse; width: 100%; margin-bottom: 1rem; font-variant-numeric: tabular-nums }
thead th, .whole { white-space: nowrap }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere }
.verdict { font-size: 1.15rem; font-weight: 600; padding: .5rem .8rem; border-left: .4rem solid; background: var(--raised) }
.up { color: var(--up) }
.notice { color: var(--notice); font-weight: 600 }
.down { color: var(--down); font-weight: 600 }
.soft { color: var(--soft) }
.wide { overflow-x: auto }
details { border-bottom: 1px solid var(--line) }
summary { cursor: pointer; padding: .3rem 0 }
svg.bar { width: 8rem; height: .6rem; background: var(--raised) }
svg.bar rect { fill: var(--link) }
svg.map { display: block; font: 13px/1 system-ui, sans-serif }
svg.map text { fill: var(--ink); font-weight: 400 }
svg.map .name { font-weight: 600; fill: var(--link) }
svg.map .soft { fill: var(--soft) }
svg.map rect { fill: var(--raised); stroke: var(--soft); stroke-width: 1.5 }
svg.map .primary rect { stroke: var(--ink); stroke-width: 3 }
svg.map .notice rect { stroke: var(--notice) }
svg.map .down rect { stroke: var(--down) }
svg.map .gone rect { stroke-dasharray: 6 4 }
svg.map .notice .state { fill: var(--notice) }
svg.map .down .state { fill: var(--down) }
svg.map path { fill: none; stroke: var(--soft); stroke-width: 1.5 }
svg.map path.unknown { stroke-dasharray: 2 4 }
svg.map path.broken { stroke: var(--down); stroke-dasharray: 6 4 }
@media (max-width: 46rem) {
  .cards thead { display: none }
  .cards, .cards tbody, .cards tr, .cards td { display: block }
  .cards tr { padding: .5rem 0; border-bottom: 2px solid var(--line) }
  .cards td { border: 0; padding: .1rem 0 }
  .cards .whole { white-space: normal }
  .cards td:empty { display: none }
  .cards td[data-head]::before { content: attr(data-head) ": "; color: var(--soft) }
}
)";

}  // namespace pgfleet::http
