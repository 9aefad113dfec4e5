import fc from 'fast-check';
import { parseContentType } from './parse-content-type.js';
import { createSchemaContext } from './schema-context.js';

const SOUND = {
  kind: 'collectionType',
  collectionName: 'addresses',
  info: { singularName: 'address', pluralName: 'addresses', displayName: 'Address' },
  options: { draftAndPublish: false },
  attributes: { city: { type: 'string', required: true } },
};

const anything = fc.jsonValue({ maxDepth: 3 });
const name = fc.oneof(
  fc.string(),
  fc.constantFrom('__proto__', 'constructor', 'id', 'a; DROP TABLE a', 'İ', 'a`b'),
);

/** Something like a schema: sound parts and anything, mixed. */
const schema = fc.oneof(
  anything,
  fc.record(
    {
      kind: fc.oneof(fc.constant('collectionType'), anything),
      collectionName: fc.oneof(fc.constant('addresses'), name, anything),
      info: fc.oneof(fc.constant(SOUND.info), fc.record({ singularName: name, pluralName: name }), anything),
      options: anything,
      attributes: fc.oneof(
        fc.dictionary(
          fc.oneof(name, fc.constant('city')),
          fc.oneof(
            fc.constant({ type: 'string' }),
            anything,
            fc.record(
              {
                type: fc.constantFrom('string', 'integer', 'enumeration', 'uid', 'json'),
                default: anything,
                enum: anything,
                min: anything,
                maxLength: anything,
              },
              { requiredKeys: ['type'] },
            ),
          ),
        ),
        anything,
      ),
    },
    { requiredKeys: [] },
  ),
);

/** No folder of its own, no components. */
const alone = () => ({ api: null, components: new Map(), ...createSchemaContext() });

describe('a content type’s schema', () => {
  it('is read', () => {
    expect(parseContentType(SOUND, 'a.json', alone())).toMatchObject({
      uid: 'api::address.address',
      pluralName: 'addresses',
    });
  });

  it('is a type whose names can stand in SQL and in a path, or a fault that names its file, whatever it is', () => {
    fc.assert(
      fc.property(schema, (source) => {
        const context = alone();
        const type = parseContentType(source, 'a.json', context);
        const { faults } = context.report;
        if (!type) expect(faults.length).toBeGreaterThan(0);
        else {
          expect(type.collectionName).toMatch(/^[a-z][a-z0-9_]*$/);
          expect(type.pluralName).toMatch(/^[a-z][a-z0-9-]*$/);
          for (const { name } of type.attributes) expect(name).toMatch(/^[A-Za-z][A-Za-z0-9_]*$/);
        }
        for (const fault of faults) expect(fault.message).toContain('a.json');
      }),
      { numRuns: 500 },
    );
  });
});
