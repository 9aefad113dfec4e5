import { buildSchemaName } from './table-names.js';

describe('a name in the schema', () => {
  it('is made of its parts', () => {
    expect(buildSchemaName('addresses', 'by', 'tenant')).toBe('addresses_by_tenant');
  });

  it('is cut to what MySQL takes, yet unlike any other', () => {
    const [one, other] = ['a', 'b'].map((end) => buildSchemaName('x'.repeat(48), 'y'.repeat(48), end));
    expect(one).toHaveLength(64);
    expect(one).not.toBe(other);
  });
});
