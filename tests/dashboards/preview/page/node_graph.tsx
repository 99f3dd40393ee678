/** Stands in for Grafana's node graph, whose plugin is not published: senders left, those they feed right of them. */
import { DataFrame, formattedValueToString, getFieldDisplayName, getValueFormat } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import { Drawn } from './panels';

type Row = Record<string, any>;

function rows(unit: string, frame?: DataFrame): Row[] {
  const shown = (value: any) => typeof value === 'number' ? formattedValueToString(getValueFormat(unit)(value)) : value;
  return Array.from({ length: frame?.length ?? 0 }, (_, i) => Object.fromEntries(frame!.fields.map((field) =>
    [getFieldDisplayName(field, frame), { value: field.values[i], text: shown(field.values[i]) }])));
}

/** How many senders stand before a node. A ring ends at the node it came from. */
function depth(id: string, edges: Row[], seen: string[] = []): number {
  const above = edges.filter((edge) => edge.target.value === id && !seen.includes(edge.source.value));
  return Math.max(0, ...above.map((edge) => 1 + depth(edge.source.value, edges, [...seen, id])));
}

/** The place of each node: a column per depth, the nodes of a column one below the other. */
function places(nodes: Row[], edges: Row[], width: number, height: number) {
  const columns = new Map<number, string[]>();
  for (const { id } of nodes) {
    const column = depth(id.value, edges);
    columns.set(column, [...(columns.get(column) ?? []), id.value]);
  }
  const found = new Map<string, { x: number; y: number }>();
  for (const [column, ids] of columns) {
    ids.forEach((id, i) => found.set(id, {
      x: ((column + 0.5) * width) / columns.size, y: ((i + 0.5) * height) / ids.length,
    }));
  }
  return found;
}

export function NodeGraphStandIn({ panel, frames, width, height }: Drawn) {
  const theme = useTheme2();
  const nodes = rows(panel.options.nodes.mainStatUnit, frames.find((frame) => frame.refId === 'nodes'));
  const edges = rows(panel.options.edges.mainStatUnit, frames.find((frame) => frame.refId === 'edges'));
  const at = places(nodes, edges, width, height);
  const radius = Math.min(28, height / (2.6 * Math.max(1, nodes.length)) + 12);
  const { primary, secondary } = theme.colors.text;
  return (
    <svg width={width} height={height} fontSize={12} textAnchor="middle" aria-label={panel.title}>
      <marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">
        <path d="M0 0L10 5L0 10z" fill={secondary} />
      </marker>
      {edges.filter((edge) => at.has(edge.source.value) && at.has(edge.target.value)).map((edge) => {
        const [from, to] = [at.get(edge.source.value)!, at.get(edge.target.value)!];
        return (
          <g key={edge.id.value}>
            <line x1={from.x + radius} y1={from.y} x2={to.x - radius} y2={to.y} stroke={secondary}
              markerEnd="url(#arrow)" />
            <text x={(from.x + to.x) / 2} y={(from.y + to.y) / 2 - 6} fill={primary}>{edge.mainstat?.text}</text>
          </g>
        );
      })}
      {nodes.map((node) => {
        const { x, y } = at.get(node.id.value)!;
        return (
          <g key={node.id.value}>
            <circle cx={x} cy={y} r={radius} fill="none" stroke={secondary} strokeWidth={2} />
            <text x={x} y={y + 4} fill={primary}>{node.mainstat?.text}</text>
            <text x={x} y={y + radius + 16} fill={primary}>{node.title.text}</text>
          </g>
        );
      })}
    </svg>
  );
}
