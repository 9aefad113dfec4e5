import 'reflect-metadata';
import { DEFAULT_EXTRAS } from '../../src/app/embedded/webhooks-module-options.js';
import { readDocument, rowsOf } from './documents.js';

describe('The documents', () => {
  it('name every option of the embedded module, and its default', () => {
    const told = rowsOf(readDocument('docs/embedding.md')).map(([name, value]) => [name, value]);
    const { dataSource: _, ...defaults } = DEFAULT_EXTRAS;
    expect(told).toEqual(expect.arrayContaining([['`dataSource`', expect.any(String)]]));
    for (const [name, value] of Object.entries(defaults)) {
      const written = value === '' ? 'none' : `\`${Array.isArray(value) ? '[]' : String(value)}\``;
      expect(told).toContainEqual([`\`${name}\``, written]);
    }
  });
});
