/** One dashboard, drawn as Grafana lays it out. The address says which, of what time, in which theme. */
import {
  DataFrame, ThemeContext, TimeRange, applyFieldOverrides, cacheFieldDisplayNames, createTheme, dateTime,
  transformDataFrame,
} from '@grafana/data';
import { ErrorBoundary, GlobalStyles, Icon, PanelChrome } from '@grafana/ui';
import { createRoot } from 'react-dom/client';
import { lastValueFrom } from 'rxjs';
import { register, unknownProperties } from './fields';
import { boxOf, layOut, MARGIN, WIDTH } from './layout';
import { Drawn, KINDS, Kind, TIME_ZONE } from './panels';
import { query } from './prometheus';
import { chosen, fill, Values } from './variables';

const asked = JSON.parse(new URLSearchParams(location.search).get('asked')!);
const theme = createTheme({ colors: { mode: asked.theme } });
const range: TimeRange = {
  from: dateTime(asked.from), to: dateTime(asked.to), raw: { from: dateTime(asked.from), to: dateTime(asked.to) },
};

type Loaded = { panel: any; frames: DataFrame[]; error?: string };

async function load(panel: any, values: Values): Promise<Loaded> {
  try {
    const raw = await query(panel, values, range, boxOf(panel).width, asked.scrape);
    const shaped = await lastValueFrom(transformDataFrame(panel.transformations ?? [], raw));
    const frames = applyFieldOverrides({
      data: shaped, fieldConfig: panel.fieldConfig, theme, timeZone: TIME_ZONE,
      replaceVariables: (text: string) => fill(text, values),
    });
    cacheFieldDisplayNames(frames);
    return { panel, frames };
  } catch (error) {
    return { panel, frames: [], error: String(error) };
  }
}

/** What the checks ask of a panel stands in its attributes. */
function facts({ panel, frames, error }: Loaded, colours: string[]) {
  return {
    'data-panel': panel.title,
    'data-by': KINDS[panel.type]?.by ?? '',
    'data-values': frames.reduce((sum, frame) => sum + frame.length, 0),
    'data-colours': [...new Set(colours)].join(' '),
    'data-unknown': unknownProperties(panel).join(' '),
    'data-error': error ?? '',
  };
}

/** A component that throws is named; without this it would take the whole page along. */
function Content({ kind, ...drawn }: Drawn & { kind: Kind }) {
  return (
    <ErrorBoundary>
      {({ error }) => error ? <div>{String(error)}</div> : <kind.Draw {...drawn} />}
    </ErrorBoundary>
  );
}

function Panel(loaded: Loaded) {
  const { panel, frames } = loaded;
  const { x, y, width, height } = boxOf(panel);
  const kind = KINDS[panel.type];
  const drawn = { panel, frames, range, theme, width, height };
  const empty = frames.every((frame) => frame.length === 0);
  const colours = kind && !empty ? kind.colours(drawn) : [];
  const links = (panel.links ?? []).length > 0 && (
    <PanelChrome.TitleItem title={panel.links[0].title}>
      <Icon name="external-link-alt" size="md" />
    </PanelChrome.TitleItem>
  );
  return (
    <div style={{ position: 'absolute', left: x, top: y, width, height }} {...facts(loaded, colours)}>
      <PanelChrome title={panel.title} description={panel.description} width={width} height={height} titleItems={links}>
        {(innerWidth, innerHeight) => (
          <div data-content style={{ width: innerWidth, height: innerHeight }}>
            {!kind || (empty && panel.type !== 'stat')
              ? <div style={{ display: 'grid', placeItems: 'center', height: innerHeight }}>
                {panel.fieldConfig.defaults.noValue ?? 'No data'}</div>
              : <Content kind={kind} {...drawn} width={innerWidth} height={innerHeight} />}
          </div>
        )}
      </PanelChrome>
    </div>
  );
}

function Row({ panel }: { panel: any }) {
  const { x, y, width, height } = boxOf(panel);
  return (
    <div data-row={panel.title} data-closed={panel.collapsed} style={{ position: 'absolute', left: x, top: y, width,
      height, display: 'flex', gap: 8, alignItems: 'center', ...theme.typography.h5 }}>
      <Icon name="angle-down" /> {panel.title}
    </div>
  );
}

function Dashboard({ board, loaded, height }: { board: any; loaded: Loaded[]; height: number }) {
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={{ background: theme.colors.background.canvas, padding: MARGIN, width: WIDTH + 2 * MARGIN }}>
        <div style={{ ...theme.typography.h4, height: 34 }}>{board.title}</div>
        <div style={{ position: 'relative', height }}>
          {loaded.map((one) => one.panel.type === 'row'
            ? <Row key={one.panel.id} panel={one.panel} /> : <Panel key={one.panel.id} {...one} />)}
        </div>
      </div>
    </ThemeContext.Provider>
  );
}

async function main() {
  register();
  const board = await (await fetch(`/dashboards/${asked.dashboard}`)).json();
  const { panels, height } = layOut(board.panels);
  const values = chosen(board, asked.variables);
  const loaded = await Promise.all(panels.map((panel) =>
    panel.type === 'row' ? { panel, frames: [] } : load(panel, values)));
  await document.fonts.ready;
  createRoot(document.getElementById('root')!).render(<Dashboard board={board} loaded={loaded} height={height} />);
}

main().catch((error) => console.error(error));
