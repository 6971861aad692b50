// Fails on words that nothing shows. That no language lacks one is checked by the compiler (src/i18n/id.ts).
import { globSync, readFileSync } from 'node:fs';
import { en } from '../src/i18n/en.ts';

type Tree = { [key: string]: string | Tree };

function keysOf(tree: Tree, path = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [`${path}${key}`] : keysOf(value, `${path}${key}.`),
  );
}

const program = globSync('src/**/*.{ts,tsx}', { exclude: ['src/i18n/**', 'src/api/generated/**'] })
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

// A key is shown by its whole name, or by a template that ends with the name of the last level: `failure.${code}`.
const isShown = (key: string) => {
  const parent = key.slice(0, key.lastIndexOf('.'));
  // `names` is shown group by group.
  if (program.includes(`useNames('${parent.replace('names.', '')}')`)) return true;
  return program.includes(`'${key}'`) || program.includes(`\`${parent}.\${`);
};

const unused = keysOf(en).filter((key) => !isShown(key));
for (const key of unused) console.error(`src/i18n: nothing shows ${key}; remove it`);
process.exitCode = unused.length > 0 ? 1 : 0;
