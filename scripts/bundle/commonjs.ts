import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';

/**
 * `await import('yaml')` of a CommonJS package gives its names in Node and in tests, but with split chunks esbuild gives
 * `default` alone. Each such import gets a module between that spells the names out, as Node sees them.
 */
export const commonJsNames: Plugin = {
  name: 'commonjs-names',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^[^.#/]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || path.startsWith('node:') || pluginData === 'spelt-out') {
        return undefined;
      }
      const found = await resolve(path, { kind, resolveDir, pluginData: 'spelt-out' });
      return found.errors.length === 0 && isCommonJs(found.path)
        ? { path: found.path, namespace: 'commonjs-names' }
        : undefined;
    });
    onLoad({ filter: /.*/, namespace: 'commonjs-names' }, async ({ path }) => {
      const names = Object.keys(await import(pathToFileURL(path).href)).filter(isIdentifier);
      const lines = names.map((name) => `export const ${name} = all.${name};`);
      const source = JSON.stringify(path);
      return {
        contents: [`import all from ${source};`, 'export default all;', ...lines].join('\n'),
        resolveDir: dirname(path),
      };
    });
  },
};

function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default';
}

function isCommonJs(file: string): boolean {
  if (file.endsWith('.cjs')) {
    return true;
  }
  return file.endsWith('.js') && packageOf(dirname(file))['type'] !== 'module';
}

function packageOf(folder: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch {
    return dirname(folder) === folder ? {} : packageOf(dirname(folder));
  }
}
