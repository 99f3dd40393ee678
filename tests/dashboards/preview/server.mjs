/** Serves the page, what Grafana's components ask for, the dashboards, and Prometheus behind the same address. */
import { createReadStream } from 'node:fs';
import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const HERE = path.dirname(fileURLToPath(import.meta.url));
export const ROOT = path.resolve(HERE, '../../..');
const MODULES = path.join(ROOT, '.deps/preview/node_modules');
export const installed = createRequire(path.join(MODULES, 'x.js'));

const HTML = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
  + '<link rel="stylesheet" href="/page.css">'
  + '<style>body { margin: 0 }</style>'
  + '<script>window.__grafana_public_path__ = "/public/"</script><div id="root"></div><script src="/page.js"></script>';

// The fonts that Grafana names, which its packages leave out.
const FONTS = {
  'Inter-Regular': 'inter/files/inter-latin-400-normal', 'Inter-Medium': 'inter/files/inter-latin-500-normal',
  'Inter-Italic': 'inter/files/inter-latin-400-italic', 'Inter-MediumItalic': 'inter/files/inter-latin-500-italic',
};
const ROBOTO_MONO = 'roboto-mono/files/roboto-mono-latin-400-normal';

// [path, where its file lies]
const FILES = [
  [/^\/public\/build\/img\/(icons\/[\w/-]+\.svg)$/, ([, name]) => `${MODULES}/@grafana/ui/dist/public/img/${name}`],
  [/^\/public\/fonts\/inter\/([\w-]+)\.woff2$/, ([, name]) => `${MODULES}/@fontsource/${FONTS[name]}.woff2`],
  [/^\/public\/fonts\/roboto\//, () => `${MODULES}/@fontsource/${ROBOTO_MONO}.woff2`],
  [/^\/dashboards\/([\w-]+\.json)$/, ([, name], folder) => path.join(folder, name)],
];
const TYPES = { '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.json': 'application/json' };

async function bundle() {
  const { outputFiles } = await installed('esbuild').build({
    entryPoints: [path.join(HERE, 'page/main.tsx')], bundle: true, write: false, outfile: 'page.js', jsx: 'automatic',
    nodePaths: [MODULES], define: { 'process.env.NODE_ENV': '"production"', global: 'window' }, logLevel: 'error',
    minify: true, loader: { '.svg': 'dataurl', '.woff2': 'dataurl', '.ttf': 'dataurl' },
  });
  return Object.fromEntries(outputFiles.map((file) => [`/${path.basename(file.path)}`, file.contents]));
}

function forward(from, to, prometheus) {
  const url = new URL(from.url.replace(/^\/prometheus/, ''), prometheus);
  const sent = request(url, (answer) => {
    to.writeHead(answer.statusCode, { 'content-type': answer.headers['content-type'] ?? 'text/plain' });
    answer.pipe(to);
  });
  sent.on('error', (error) => to.writeHead(502).end(String(error)));
  sent.end();
}

function sendFile(file, to) {
  const stream = createReadStream(file);
  stream.on('error', () => to.writeHead(404).end());
  stream.on('open', () => to.writeHead(200, { 'content-type': TYPES[path.extname(file)] }));
  stream.pipe(to);
}

/** On a free port of the loopback interface; gives the address and a function that ends it. */
export async function serve(prometheus, folder) {
  const made = { '/': HTML, ...await bundle() };
  const types = { '/': 'text/html', '/page.js': 'text/javascript', '/page.css': 'text/css' };
  const server = createServer((from, to) => {
    const { pathname } = new URL(from.url, 'http://localhost');
    const [pattern, place] = FILES.find(([one]) => one.test(pathname)) ?? [];
    if (pathname.startsWith('/prometheus/')) {
      forward(from, to, prometheus);
    } else if (made[pathname]) {
      to.writeHead(200, { 'content-type': types[pathname] }).end(made[pathname]);
    } else if (pattern) {
      sendFile(place(pattern.exec(pathname), folder), to);
    } else {
      to.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
