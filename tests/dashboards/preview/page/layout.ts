/** Grafana's grid: 24 columns, rows of 30 pixels, 8 between all. */
export const MARGIN = 16;
export const WIDTH = 1280 - 2 * MARGIN;
const COLUMNS = 24;
const ROW = 30;
const GAP = 8;

export function boxOf({ gridPos }: any) {
  const column = (WIDTH - (COLUMNS - 1) * GAP) / COLUMNS;
  return {
    x: gridPos.x * (column + GAP),
    y: gridPos.y * (ROW + GAP),
    width: gridPos.w * (column + GAP) - GAP,
    height: gridPos.h * (ROW + GAP) - GAP,
  };
}

/** All panels in one list. A collapsed row is opened, and what stands below moves down. */
export function layOut(panels: any[]): { panels: any[]; height: number } {
  let moved = 0;
  const all = panels.flatMap((panel) => {
    const inside = panel.collapsed ? panel.panels : [];
    const placed = [panel, ...inside].map((one: any) =>
      ({ ...one, gridPos: { ...one.gridPos, y: one.gridPos.y + moved } }));
    const end = Math.max(0, ...inside.map((one: any) => one.gridPos.y + one.gridPos.h));
    moved += inside.length ? end - panel.gridPos.y - panel.gridPos.h : 0;
    return placed;
  });
  const height = Math.max(...all.map((panel) => { const box = boxOf(panel); return box.y + box.height; }));
  return { panels: all, height };
}
