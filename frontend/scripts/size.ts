// Fails when what a page loads (scripts, styles, and the page itself) is larger than its budget.
import { existsSync, readFileSync, statSync } from 'node:fs';

type Chunk = { file: string; imports?: string[]; css?: string[] };

const manifest: Record<string, Chunk> = JSON.parse(
  readFileSync('dist/.vite/manifest.json', 'utf8'),
);

/** The files of a part of the program, with all that it imports. */
function filesOf(source: string, found = new Set<string>()): Set<string> {
  const chunk = manifest[source];
  if (!chunk) throw new Error(`dist/.vite/manifest.json does not know ${source}`);
  if (found.has(chunk.file)) return found;

  for (const file of [chunk.file, ...(chunk.css ?? [])]) found.add(file);
  for (const imported of chunk.imports ?? []) filesOf(imported, found);
  return found;
}

// Small files have no compressed form.
const sent = (file: string) => statSync(existsSync(`${file}.br`) ? `${file}.br` : file).size;
const sizeOf = (files: Iterable<string>) =>
  [...files].reduce((sum, file) => sum + sent(`dist/${file}`), 0);

const firstLoad = filesOf('index.html');
const statistics = filesOf('src/features/sync-status/SyncStatusScreen.tsx');
const charts = [...filesOf('src/features/sync-status/DaysChart.tsx')];
const isThere = (file: string) => firstLoad.has(file) || statistics.has(file);

// The words of one language are loaded as well; the longer ones count.
const words = Math.max(
  ...['en', 'id'].map((language) =>
    sizeOf([...filesOf(`src/i18n/${language}.ts`)].filter((file) => !firstLoad.has(file))),
  ),
);

/** Bytes, compressed with brotli: the first load takes about three seconds on a slow mobile connection. */
const loads = [
  {
    name: 'first load',
    bytes: sizeOf(firstLoad) + words + sent('dist/index.html'),
    budget: 300_000,
  },
  {
    name: 'charts, later',
    bytes: sizeOf(charts.filter((file) => !isThere(file))),
    budget: 110_000,
  },
];

for (const { name, bytes, budget } of loads) {
  console.log(`${name}: ${bytes} bytes of ${budget}`);
  if (bytes <= budget) continue;
  console.error(`dist: ${name}: larger than its budget; load what is not needed at once later`);
  process.exitCode = 1;
}
