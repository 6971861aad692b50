// Fails when the first load of the dashboard (page, scripts, styles) is larger than its budget.
import { existsSync, readFileSync, statSync } from 'node:fs';

/** Bytes, compressed with brotli: about three seconds on a slow mobile connection. */
const BUDGET = 300_000;

const page = readFileSync('dist/index.html', 'utf8');
const files = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path]) => path);
// Small files have no compressed form.
const sent = (path: string) => statSync(existsSync(`${path}.br`) ? `${path}.br` : path).size;
const bytes = files.reduce((sum, path) => sum + sent(`dist/${path}`), page.length);

console.log(`first load: ${bytes} bytes of ${BUDGET}`);
if (bytes > BUDGET) {
  console.error(
    'dist: the first load is larger than its budget; load what is not needed at once later',
  );
  process.exitCode = 1;
}
