import fc from 'fast-check';
import { ContentTypeError } from '../content-type-error.js';
import type { Component } from '../content-type.js';
import { RULES, IGNORED_RULES } from './attribute-rules.js';
import { checkComponents } from './check-components.js';
import { checkRelations } from './check-relations.js';
import { parseComponent } from './parse-component.js';
import { parseContentType } from './parse-content-type.js';

const RUNS = { numRuns: 2_000 };

/** Values that rules have, and values that none has. */
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('api::a.a', 'plugin::x.y', 'x.one', 'x.two', 'oneToOne', 'oneToMany', 'manyToOne'),
  fc.constantFrom('manyToMany', 'images', '^a+$', '(a', '12:30', '2020-01-01', '1', 'b', 'c', true, false),
  fc.array(fc.constantFrom('images', 'files', 'x.one', 'x.two', 'a', 'b')),
  fc.integer({ min: -5, max: 300 }),
);

const rule = fc.constantFrom(...new Set([...Object.values(RULES).flat(), ...IGNORED_RULES, 'foo']));

const attribute = fc.oneof(
  { weight: 1, arbitrary: fc.jsonValue() },
  {
    weight: 9,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...Object.keys(RULES), 'customField'),
        fc.dictionary(rule, value, { maxKeys: 5 }),
        fc.dictionary(fc.constantFrom('required', 'private'), fc.oneof(fc.boolean(), value), { maxKeys: 2 }),
      )
      .map(([type, rules, flags]) => ({ type, ...rules, ...flags })),
  },
);

const attributes = fc.dictionary(
  fc.oneof(fc.constantFrom('a', 'b', 'c', 'd_id', 'd'), fc.string()),
  attribute,
  {
    maxKeys: 4,
  },
);

const schema = fc
  .tuple(attributes, fc.dictionary(fc.constantFrom('kind', 'collectionName', 'info', 'options'), value))
  .map(([attributes, over]) => ({
    kind: 'collectionType',
    collectionName: 'as',
    info: { singularName: 'a', pluralName: 'as' },
    attributes,
    ...over,
  }));

/** Runs it, and lets no error but the one pass by. */
function onlyRefusing(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ContentTypeError)) throw error;
    expect(error.message).not.toContain('\n');
  }
}

describe('whatever a schema file holds', () => {
  const leaveOut = () => undefined;

  it('it is read, or refused with a sentence', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), schema),
        fc.oneof(fc.constant('x.one'), fc.string()),
        (source, uid) => {
          onlyRefusing(() => {
            parseContentType(source, 'a.json', { api: null, components: new Map(), leaveOut });
          });
          onlyRefusing(() => {
            parseComponent(source, 'c.json', uid, leaveOut);
          });
        },
      ),
      RUNS,
    );
  });

  it('so are several that name each other', () => {
    fc.assert(
      fc.property(schema, attributes, attributes, (source, one, two) => {
        onlyRefusing(() => {
          const components = new Map<string, Component>();
          for (const [uid, inside] of [['x.one', one] as const, ['x.two', two] as const]) {
            components.set(uid, parseComponent({ attributes: inside }, 'c.json', uid, leaveOut));
          }
          const type = parseContentType(source, 'a.json', { api: null, components, leaveOut });
          checkComponents([type], components);
          checkRelations([type], [...components.values()]);
        });
      }),
      RUNS,
    );
  });
});
