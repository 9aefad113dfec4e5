import fc from 'fast-check';
import { ContentTypeError } from '../content-type-error.js';
import { parseContentType } from './parse-content-type.js';

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
const ALONE = { api: null, components: new Map(), leaveOut: () => undefined };

describe('a content type’s schema', () => {
  it('is read', () => {
    expect(parseContentType(SOUND, 'a.json', ALONE)).toMatchObject({
      uid: 'api::address.address',
      pluralName: 'addresses',
    });
  });

  it('is a type whose names can stand in SQL and in a path, or a fault that names its file, whatever it is', () => {
    fc.assert(
      fc.property(schema, (source) => {
        try {
          const type = parseContentType(source, 'a.json', ALONE);
          expect(type.collectionName).toMatch(/^[a-z][a-z0-9_]*$/);
          expect(type.pluralName).toMatch(/^[a-z][a-z0-9-]*$/);
          for (const { name } of type.attributes) expect(name).toMatch(/^[A-Za-z][A-Za-z0-9_]*$/);
        } catch (error) {
          if (!(error instanceof ContentTypeError)) throw error;
          expect(error.message).toContain('a.json');
        }
      }),
      { numRuns: 500 },
    );
  });
});
