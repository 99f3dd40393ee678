/** How each type of panel is drawn: by Grafana's own component, or by a stand-in that says so. */
import { DataFrame, FieldType, GrafanaTheme2, TimeRange, getFieldDisplayValues, reduceField } from '@grafana/data';
import {
  BigValue, BigValueColorMode, BigValueGraphMode, BigValueJustifyMode, BigValueTextMode, TimeSeries, VizRepeater,
} from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { VizOrientation } from '@grafana/schema';
import { NodeGraphStandIn } from './node_graph';
import { StateTimelineStandIn } from './state_timeline';

export type Drawn = {
  panel: any;
  frames: DataFrame[];
  range: TimeRange;
  theme: GrafanaTheme2;
  width: number;
  height: number;
};

export type Kind = {
  /** Whose code draws it; a stand-in names what it stands in for. */
  by: string;
  Draw: (drawn: Drawn) => JSX.Element;
  /** Every colour that means a state here, so that red can be looked for. */
  colours: (drawn: Drawn) => string[];
};

export const TIME_ZONE = 'utc';

function statValues({ panel, frames, theme }: Drawn) {
  return getFieldDisplayValues({
    data: frames, fieldConfig: panel.fieldConfig, reduceOptions: panel.options.reduceOptions, theme,
    timeZone: TIME_ZONE, replaceVariables: (text) => text,
  });
}

function Stat(drawn: Drawn) {
  const { colorMode, graphMode, justifyMode, textMode, orientation } = drawn.panel.options;
  return (
    <VizRepeater
      source={drawn.frames} getValues={() => statValues(drawn)} width={drawn.width} height={drawn.height}
      itemSpacing={3} autoGrid renderCounter={1} orientation={orientation as VizOrientation}
      renderValue={({ value, width, height, count, alignmentFactors }: any) => (
        <BigValue
          value={value.display} sparkline={value.sparkline} width={width} height={height} count={count}
          alignmentFactors={alignmentFactors} theme={drawn.theme} colorMode={colorMode as BigValueColorMode}
          graphMode={graphMode as BigValueGraphMode} justifyMode={justifyMode as BigValueJustifyMode}
          textMode={textMode as BigValueTextMode}
        />
      )}
    />
  );
}

function Lines({ panel, frames, range, width, height }: Drawn) {
  return <TimeSeries frames={frames} timeRange={range} timeZone={TIME_ZONE} width={width} height={height}
    legend={panel.options.legend} structureRev={1} />;
}

function Cells({ panel, frames, range, width, height }: Drawn) {
  return <TableNG data={frames[0]} width={width} height={height} timeRange={range} cellHeight={panel.options.cellHeight}
    noHeader={!panel.options.showHeader} fieldConfig={panel.fieldConfig} structureRev={1}
    enableVirtualization={false} />;
}

/** Of every value of the fields that show their colour. */
function coloursOf(fields: DataFrame['fields']): string[] {
  return fields.flatMap((field) => field.values.map((value) => field.display!(value).color ?? ''));
}

function showsItsColour(field: DataFrame['fields'][0]): boolean {
  return field.config.custom?.cellOptions?.type?.startsWith('color') && !field.config.custom?.hideFrom?.viz;
}

function numbers(frames: DataFrame[]): DataFrame['fields'] {
  return frames.flatMap((frame) => frame.fields.filter((field) => field.type === FieldType.number));
}

/** A line is red where it is drawn beyond a threshold that is. */
function lastColours({ frames }: Drawn): string[] {
  return numbers(frames).filter((field) => field.config.custom?.thresholdsStyle?.mode !== 'off').map((field) => {
    const last = reduceField({ field, reducers: ['lastNotNull'] }).lastNotNull;
    const reached = field.config.thresholds?.steps.filter((step) => last !== null && last >= (step.value ?? -Infinity));
    return reached?.at(-1)?.color ?? '';
  });
}

export const KINDS: Record<string, Kind> = {
  stat: { by: '@grafana/ui BigValue', Draw: Stat,
    colours: (drawn) => statValues(drawn).map(({ display }) => display.color ?? '') },
  timeseries: { by: '@grafana/ui TimeSeries', Draw: Lines, colours: lastColours },
  table: { by: '@grafana/ui TableNG', Draw: Cells,
    colours: ({ frames }) => coloursOf(frames.flatMap((frame) => frame.fields.filter(showsItsColour))) },
  'state-timeline': { by: 'stand-in for the state timeline', Draw: StateTimelineStandIn,
    colours: ({ frames }) => coloursOf(numbers(frames)) },
  nodeGraph: { by: 'stand-in for the node graph', Draw: NodeGraphStandIn, colours: () => [] },
};
