import { relocateRefs } from './relocate-refs.js';

describe('A relocated schema', () => {
  it('refers to its own parts from the root of the document that it stands in', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'https://example.com/order',
      $ref: '#/$defs/order',
      properties: { $ref: { type: 'string' }, const: { $ref: '#' } },
      items: [{ $ref: 'https://example.com/other' }],
      anyOf: [{ $ref: '#/$defs/a' }, true],
      const: { $ref: '#/not/a/reference' },
      $defs: { order: { not: { $ref: '#/$defs/a' } }, a: {} },
    };
    expect(relocateRefs(schema, '#/there')).toEqual({
      $ref: '#/there/$defs/order',
      properties: { $ref: { type: 'string' }, const: { $ref: '#/there' } },
      items: [{ $ref: 'https://example.com/other' }],
      anyOf: [{ $ref: '#/there/$defs/a' }, true],
      const: { $ref: '#/not/a/reference' },
      $defs: { order: { not: { $ref: '#/there/$defs/a' } }, a: {} },
    });
  });
});
