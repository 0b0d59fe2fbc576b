/**
 * How `<baton-handoff>` looks, as text for a constructed style sheet: that needs no exception in a content policy. Colours
 * follow the page's `color-scheme`; a host's custom properties come before ours. `--baton-qr-size` is the side of the white box;
 * the code and its margin of four modules are drawn in it as large as they can be with a whole number of pixels a module.
 */
export default `
:host {
  --ink: var(--baton-ink, light-dark(#16202c, #eaeff6));
  --soft: var(--baton-ink-soft, light-dark(#4b5968, #a8b4c2));
  --surface: var(--baton-surface, light-dark(#fff, #171e28));
  --sunken: var(--baton-sunken, light-dark(#eef1f5, #212a36));
  --line: var(--baton-line, light-dark(#dde3ea, #2b3644));
  --strong: var(--baton-line-strong, light-dark(#7c8998, #7b8a9c));
  --accent: var(--baton-accent, light-dark(#2148b8, #9cb6ff));
  --on-accent: var(--baton-on-accent, light-dark(#fff, #0d1730));
  --accent-soft: var(--baton-accent-soft, light-dark(#e9eefb, #1d2946));
  --done: var(--baton-done, light-dark(#14663a, #79d6a2));
  --done-soft: var(--baton-done-soft, light-dark(#e5f4eb, #14291e));
  --attention: var(--baton-attention, light-dark(#7f4d00, #f2c277));
  --attention-soft: var(--baton-attention-soft, light-dark(#fdf2df, #2d2412));
  --wrong: var(--baton-wrong, light-dark(#a82119, #ffa198));
  --wrong-soft: var(--baton-wrong-soft, light-dark(#fcebe9, #351c1b));
  --radius: var(--baton-radius, 12px);
  display: block;
  max-inline-size: 640px;
}
:host([hidden]), [hidden] { display: none !important; }
*, ::before { box-sizing: border-box; }
.root {
  padding: var(--baton-padding, min(24px, 4vw));
  border: 1px solid var(--line);
  border-radius: var(--radius);
  background: var(--surface);
  color: var(--ink);
  font: var(--baton-font, 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, sans-serif);
  overflow-wrap: break-word;
  text-align: start;
}
h2, p, ol { margin: 0; padding: 0; }
ol { list-style: none; }
h2 { font-size: 1.2em; font-weight: 650; line-height: 1.3; text-wrap: balance; }
h2:focus { outline: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.stack { display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; }
.code { display: flex; flex-wrap: wrap; gap: 24px; }
#second:empty { display: none; }
.card { display: grid; grid-template-columns: minmax(0, auto); margin-inline: auto; justify-items: center; gap: 12px; min-inline-size: 0; }
.box {
  display: grid;
  place-items: center;
  inline-size: 100%;
  aspect-ratio: 1;
  border-radius: min(8px, var(--radius)); /* within the white margin of the code */
  background: #fff;
  overflow: hidden;
  direction: ltr;
  forced-color-adjust: none;
}
.box.empty { background: var(--sunken); }
.frame { display: grid; grid-template-columns: minmax(0, 1fr); place-items: center; inline-size: var(--baton-qr-size, 288px); max-inline-size: 100%; text-align: center; }
.frame > * { grid-area: 1 / 1; }
.code:has(#box[hidden]) { flex-direction: column; gap: 8px; }
.code:has(#box[hidden]) .beside { flex: none; gap: 8px; }
.code:has(#box[hidden]) .card { order: 1; justify-items: start; margin-inline: 0; }
.code:has(#box[hidden]) .frame { inline-size: auto; }
.frame:not(:has(> :not([hidden]))) { display: none; }
.box svg { display: block; }
.opened .box svg { opacity: 0.15; }
.over {
  position: relative;
  max-inline-size: 88%;
  padding: 12px 16px;
  border-radius: var(--radius);
  background: var(--accent-soft);
  color: var(--accent);
  font-weight: 600;
  text-align: center;
}
.beside { display: grid; grid-template-columns: minmax(0, 1fr); flex: 1 1 208px; gap: 16px; align-content: start; }
.how { display: grid; gap: 16px; }
.how li { display: grid; grid-template-columns: 32px 1fr; gap: 12px; align-items: center; }
.how span:first-child, .dot {
  display: grid;
  place-items: center;
  inline-size: 32px;
  block-size: 32px;
  border-radius: 50%;
}
.how span:first-child { background: var(--accent-soft); color: var(--accent); font-weight: 600; }
button, a, input {
  min-block-size: 48px;
  border: 1px solid var(--strong);
  border-radius: var(--radius);
  background: none;
  color: var(--ink);
  font: inherit;
}
button, a {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  padding: 8px 20px;
  font-weight: 600;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
button:hover, a:hover { background: var(--sunken); }
.primary { border-color: transparent; background: var(--accent); color: var(--on-accent); }
.primary:hover { background: color-mix(in srgb, var(--accent), #000 15%); }
.primary[aria-disabled="true"] { opacity: 0.6; }
.quiet { min-inline-size: 48px; padding-inline: 0; border: 0; color: var(--accent); font-weight: inherit; text-decoration: underline 1px; text-underline-offset: 0.2em; }
.quiet:hover { background: none; text-decoration-thickness: 2px; }
input { inline-size: 100%; padding: 8px 14px; font-size: 0.8333em; }
.row { display: flex; flex-wrap: wrap; gap: 0 24px; align-items: center; }
.soft { color: var(--soft); }
.countdown { display: inline-flex; align-items: center; gap: 8px; min-block-size: 24px; color: var(--soft); }
.countdown[data-unknown] { visibility: hidden; }
.countdown bdi { display: inline-block; color: var(--ink); font-variant-numeric: tabular-nums; font-weight: 600; }
circle { fill: none; stroke: var(--line); stroke-width: 4; }
.left { stroke: var(--accent); transition: stroke-dashoffset 200ms linear; }
.number { display: inline-block; padding: 12px 32px; border-radius: var(--radius); background: var(--sunken); font-size: 4.3em; font-variant-numeric: tabular-nums; font-weight: 700; line-height: 1.2; letter-spacing: 0.12em; text-indent: 0.12em; }
.message { display: grid; grid-template-columns: minmax(0, 1fr); justify-items: center; gap: 12px; padding-block: 16px; text-align: center; text-wrap: pretty; }
.message .note { text-align: start; }
.note { padding: 12px 16px; border-radius: var(--radius); background: var(--attention-soft); color: var(--attention); }
.banner { display: flex; flex-wrap: wrap; align-items: center; gap: 0 12px; margin-block-end: 16px; }
.banner button { margin-inline-start: auto; margin-block: -8px; color: inherit; }
summary { display: flex; align-items: center; min-block-size: 48px; text-decoration: underline; cursor: pointer; }
.medal { display: grid; place-items: center; inline-size: 56px; block-size: 56px; border-radius: 50%; background: var(--accent-soft); color: var(--accent); }
.medal.done { background: var(--done-soft); color: var(--done); }
.medal.wrong { background: var(--wrong-soft); color: var(--wrong); }
.medal.attention { background: var(--attention-soft); color: var(--attention); }
.medal svg, .dot svg { fill: none; stroke: currentcolor; stroke-width: 2.5; stroke-linecap: round; stroke-linejoin: round; }
.spinner { flex: none; inline-size: 16px; block-size: 16px; border: 2px solid; border-block-start-color: transparent; border-radius: 50%; animation: turn 1s linear infinite; }
.spinner.large { inline-size: 48px; block-size: 48px; border-width: 4px; color: var(--accent); }
@keyframes turn { to { transform: rotate(1turn); } }
.steps li { display: grid; grid-template-columns: 32px 1fr auto; gap: 12px; align-items: center; min-block-size: 52px; }
.dot { border: 2px solid var(--line); color: var(--soft); }
.steps span:last-child { color: var(--soft); font-size: 0.8333em; text-align: end; }
.todo { color: var(--soft); }
.current { font-weight: 650; }
.current .dot::before { content: ""; grid-area: 1 / 1; inline-size: 12px; block-size: 12px; border-radius: 50%; background: var(--accent); }
.dot svg { grid-area: 1 / 1; }
.current .dot { border-color: var(--accent); color: var(--accent); }
.steps .current span:last-child { color: var(--accent); }
.done .dot { border-color: var(--done); background: var(--done-soft); color: var(--done); }
.heard { position: absolute; inline-size: 1px; block-size: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
@media (forced-colors: active) {
  .root, .dot, .note, .medal, .number, .over { border: 1px solid; }
  .primary { border-color: ButtonBorder; }
  .left { stroke: Highlight; }
}
`;
