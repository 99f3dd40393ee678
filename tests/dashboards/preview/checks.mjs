/** What must be so of every drawn dashboard; each check yields what is not. */
const overlap = (a, b) =>
  a.x < b.x + b.width - 1 && b.x < a.x + a.width - 1 && a.y < b.y + b.height - 1 && b.y < a.y + a.height - 1;

/** Grafana's red in its two themes, or by its name. */
const REDS = ['red', '#e02f44', '#f2495c'];
const isRed = ({ colours }) => colours.some((colour) => REDS.includes(colour.toLowerCase()));

const MOST_BYTES = 300_000;

const CHECKS = [
  function* browser({ consoleErrors }) {
    for (const line of consoleErrors) yield `the browser says: ${line}`;
  },
  function* failed({ panels }) {
    for (const panel of panels) if (panel.error) yield `${panel.title}: ${panel.error}`;
  },
  function* component({ panels }) {
    for (const panel of panels) if (!panel.by) yield `${panel.title}: no component draws this type of panel`;
  },
  function* configuration({ panels }) {
    for (const panel of panels) if (panel.unknown) yield `${panel.title}: nothing here obeys ${panel.unknown}`;
  },
  function* empty({ panels, mayBeEmpty = [] }) {
    for (const panel of panels) if (!panel.values && !mayBeEmpty.includes(panel.title)) yield `${panel.title}: no data`;
  },
  function* drawn({ panels }) {
    for (const panel of panels) if (!panel.drawn) yield `${panel.title}: nothing was drawn`;
  },
  function* cut({ panels }) {
    for (const panel of panels) for (const text of panel.cut) yield `${panel.title}: cut: ${text}`;
  },
  function* overlapping({ panels }) {
    for (const [i, a] of panels.entries()) {
      for (const b of panels.slice(i + 1)) if (overlap(a.box, b.box)) yield `${a.title} and ${b.title} overlap`;
    }
  },
  function* outside({ panels, width }) {
    for (const { title, box } of panels) if (box.x < 0 || box.x + box.width > width) yield `${title}: beyond the page`;
  },
  function* red({ panels, mayBeRed = false }) {
    for (const panel of panels) if (!mayBeRed && isRed(panel)) yield `${panel.title}: red`;
  },
  function* notRed({ panels, mustBeRed = [] }) {
    const red = panels.filter(isRed).map(({ title }) => title);
    for (const title of mustBeRed) if (!red.includes(title)) yield `${title}: not red`;
  },
  function* size({ bytes }) {
    if (bytes > MOST_BYTES) yield `the picture has ${bytes} bytes`;
  },
];

export function complaints(page) {
  return CHECKS.flatMap((check) => [...check(page)]);
}
