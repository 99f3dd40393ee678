/** Asks Prometheus as Grafana's data source does, and makes data frames of the answers. */
import { DataFrame, FieldType, Labels, TimeRange, rangeUtil, toDataFrame } from '@grafana/data';
import { Values, fill } from './variables';

type Series = { metric: Labels; values: Array<[number, string]> };

/** Grafana never asks for more than this many points, however wide the panel. */
const MOST_POINTS = 11000;

/** The step of a query, and the variables that follow from it. */
export function stepOf(range: TimeRange, width: number, scrapeSeconds: number) {
  const lowest = `${scrapeSeconds}s`;
  const milliseconds = rangeUtil.calculateInterval(range, Math.min(width, MOST_POINTS), lowest).intervalMs;
  const step = Math.max(Math.round(milliseconds / 1000), scrapeSeconds);
  const length = Math.round((range.to.valueOf() - range.from.valueOf()) / 1000);
  const values: Values = {
    __interval: `${step}s`,
    __rate_interval: `${Math.max(step + scrapeSeconds, 4 * scrapeSeconds)}s`,
    __range: `${length}s`,
  };
  return { step, values };
}

async function ask(path: string, parameters: Record<string, string>): Promise<Series[]> {
  const response = await fetch(`/prometheus/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const answer = await response.json();
  if (answer.status !== 'success') {
    throw new Error(`${answer.error}: ${parameters.query}`);
  }
  return answer.data.result.map((one: any) => ({ metric: one.metric, values: one.values ?? [one.value] }));
}

function evaluate(target: any, query: string, range: TimeRange, step: number): Promise<Series[]> {
  const seconds = (time: { valueOf(): number }) => String(Math.floor(time.valueOf() / 1000));
  if (target.instant) {
    return ask('query', { query, time: seconds(range.to) });
  }
  return ask('query_range', { query, start: seconds(range.from), end: seconds(range.to), step: String(step) });
}

function legend(format: string, labels: Labels): string {
  if (format) {
    return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => labels[name] ?? '');
  }
  const { __name__: name = '', ...others } = labels;
  const pairs = Object.entries(others).map(([key, value]) => `${key}="${value}"`);
  return pairs.length ? `${name}{${pairs.join(', ')}}` : name || 'Value';
}

/** A frame per series; a step without a sample is a null, so that a gap is a gap. */
function asLines(target: any, found: Series[], range: TimeRange, step: number): DataFrame[] {
  return found.map(({ metric, values }) => {
    const times = target.instant ? values.map(([time]) => time) : steps(range, step);
    const at = new Map(values);
    return toDataFrame({
      refId: target.refId,
      fields: [
        { name: 'Time', type: FieldType.time, values: times.map((time) => 1000 * time) },
        { name: 'Value', type: FieldType.number, labels: metric, values: times.map((time) => number(at.get(time))),
          config: { displayNameFromDS: legend(target.legendFormat, metric) } },
      ],
    });
  });
}

function steps(range: TimeRange, step: number): number[] {
  const first = Math.floor(range.from.valueOf() / 1000);
  const last = Math.floor(range.to.valueOf() / 1000);
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step);
}

/** Prometheus writes numbers as text, among them NaN and +Inf. */
function number(text?: string): number | null {
  return text === undefined ? null : Number(text.replace('Inf', 'Infinity'));
}

/** One frame with a column per label. The column of the values bears the query's letter if there are several. */
function asTable(target: any, found: Series[], several: boolean): DataFrame {
  const names = [...new Set(found.flatMap(({ metric }) => Object.keys(metric).sort()))];
  return toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: found.map(({ values }) => 1000 * values[0][0]) },
      ...names.map((name) => ({
        name, type: FieldType.string, config: { filterable: true },
        values: found.map(({ metric }) => metric[name] ?? ''),
      })),
      { name: several ? `Value #${target.refId}` : 'Value', type: FieldType.number,
        values: found.map(({ values }) => number(values[0][1])) },
    ],
  });
}

/** The frames of all targets of a panel. What found nothing makes no frame. */
export async function query(panel: any, values: Values, range: TimeRange, width: number, scrapeSeconds: number) {
  const { step, values: stepValues } = stepOf(range, width, scrapeSeconds);
  const targets: any[] = panel.targets ?? [];
  const answers = await Promise.all(targets.map(async (target) => ({
    target, found: await evaluate(target, fill(target.expr, { ...values, ...stepValues }), range, step),
  })));
  const some = answers.filter(({ found }) => found.length > 0);
  return some.flatMap(({ target, found }) =>
    target.format === 'table' ? [asTable(target, found, some.length > 1)] : asLines(target, found, range, step));
}
