/** Stands in for Grafana's state timeline, whose plugin is not published: a bar per series, a piece per state. */
import { DataFrame, Field, FieldType, dateTimeFormat, getFieldDisplayName } from '@grafana/data';
import { measureText, useTheme2 } from '@grafana/ui';
import { Drawn, TIME_ZONE } from './panels';

const AXIS = 22;
const FONT = 12;
const TICKS = 4;

type Piece = { from: number; to: number; text: string; color: string };

/** Neighbours with the same text become one piece, as `mergeValues` asks. */
function pieces(field: Field, times: number[], end: number): Piece[] {
  const found: Piece[] = [];
  field.values.forEach((value, i) => {
    const to = times[i + 1] ?? end;
    const last = found.at(-1);
    if (value === null) {
      return;
    }
    const { text, color = '' } = field.display!(value);
    if (last && last.text === text && last.to === times[i]) {
      last.to = to;
    } else {
      found.push({ from: times[i], to, text, color });
    }
  });
  return found;
}

function bars(frames: DataFrame[], end: number) {
  return frames.flatMap((frame) => {
    const times = frame.fields.find((field) => field.type === FieldType.time)!.values;
    return frame.fields.filter((field) => field.type === FieldType.number).map((field) => ({
      name: getFieldDisplayName(field, frame, frames), pieces: pieces(field, times, end),
    }));
  });
}

export function StateTimelineStandIn({ panel, frames, range, width, height }: Drawn) {
  const theme = useTheme2();
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  const found = bars(frames, to);
  const side = Math.min(Math.max(...found.map(({ name }) => measureText(name, FONT).width)) + 12, width / 2);
  const rowHeight = (height - AXIS) / found.length;
  const thickness = Math.min(rowHeight * panel.options.rowHeight, 40);
  const at = (time: number) => ((time - from) / (to - from)) * (width - side);
  const ticks = Array.from({ length: TICKS }, (_, i) => from + ((to - from) * (i + 0.5)) / TICKS);
  return (
    <div style={{ position: 'relative', width, height, fontSize: FONT }}>
      {found.map((bar, row) => (
        <div key={bar.name} style={{ position: 'absolute', top: row * rowHeight, height: rowHeight, width }}>
          <div style={{ ...CUT, position: 'absolute', width: side - 8, top: (rowHeight - 18) / 2 }}>{bar.name}</div>
          {bar.pieces.map((piece) => (
            <div key={piece.from} title={piece.text} style={{
              ...CUT, position: 'absolute', left: side + at(piece.from), width: at(piece.to) - at(piece.from),
              height: thickness, lineHeight: `${thickness}px`, top: (rowHeight - thickness) / 2,
              background: piece.color, color: theme.colors.getContrastText(piece.color), paddingLeft: 4,
            }}>
              {measureText(piece.text, FONT).width + 8 < at(piece.to) - at(piece.from) && piece.text}
            </div>
          ))}
        </div>
      ))}
      {ticks.map((time) => (
        <div key={time} style={{ position: 'absolute', bottom: 0, left: side + at(time) - 30, width: 60,
          textAlign: 'center', color: theme.colors.text.secondary }}>
          {dateTimeFormat(time, { timeZone: TIME_ZONE, format: 'HH:mm:ss' })}
        </div>
      ))}
    </div>
  );
}

const CUT = { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } as const;
