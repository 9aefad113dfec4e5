import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CONFIG_FOLDER } from '../../src/package.js';
import { toVariableName } from '../../src/settings/load-settings.js';
import { readDocument, rowsOf } from './documents.js';

const ROWS = rowsOf(readDocument('docs/configuration.md'));

/** Every key of a settings file that has a value, with its path. */
function leavesOf(tree: object, path: string[] = []): [string[], unknown][] {
  return Object.entries(tree).flatMap(([key, value]: [string, unknown]): [string[], unknown][] => {
    const here = [...path, key];
    const isBranch = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isBranch && Object.keys(value).length > 0 ? leavesOf(value, here) : [[here, value]];
  });
}

const settingsIn = (file: string) => leavesOf(parse(readFileSync(join(CONFIG_FOLDER, file), 'utf8')));

/** A value as the document writes it. */
function shown(value: unknown): string {
  if (value === null) return 'none';
  if (value === '') return 'empty';
  const isList = Array.isArray(value) && value.length > 0;
  const text = isList ? value.join(', ') : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return `\`${text}\``;
}

describe('docs/configuration.md', () => {
  it('names every setting with its variable and its default, and no other', () => {
    const expected = settingsIn('default.yaml').map(([path, value]) => [
      `\`${path.join('.')}\``,
      `\`${toVariableName(path)}\``,
      shown(value),
    ]);
    const told = ROWS.filter(([, variable]) => /^`[A-Z][A-Z_]+`$/.test(variable ?? '')).map((row) =>
      row.slice(0, 3),
    );
    expect(told).toEqual(expected);
  });

  it.each([
    ['development.yaml', 2],
    ['production.yaml', 3],
    ['test.yaml', 4],
  ])('tells what %s sets', (file, column) => {
    for (const [path, value] of settingsIn(file)) {
      const rows = ROWS.filter(([key]) => key === `\`${path.join('.')}\``);
      expect(rows.map((row) => row[column] ?? '')).toContainEqual(expect.stringContaining(shown(value)));
    }
  });
});
