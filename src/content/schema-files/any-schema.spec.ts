import fc from 'fast-check';
import type { Component } from '../content-type.js';
import { RULES, IGNORED_RULES } from './attribute-rules.js';
import { checkComponents } from './check-components.js';
import { checkRelations } from './check-relations.js';
import { parseComponent } from './parse-component.js';
import { parseContentType } from './parse-content-type.js';
import { createSchemaContext, type SchemaContext } from './schema-context.js';

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

/** Runs it; every fault is a sentence, and there is no error of another kind. */
function onlyRefusing(work: (context: SchemaContext) => void): void {
  const context = createSchemaContext();
  context.report.attempt(() => {
    work(context);
  });
  for (const fault of context.report.faults) expect(fault.message).not.toContain('\n');
}

describe('whatever a schema file holds', () => {
  it('it is read, or refused with a sentence', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), schema),
        fc.oneof(fc.constant('x.one'), fc.string()),
        (source, uid) => {
          onlyRefusing((context) => {
            parseContentType(source, 'a.json', { api: null, components: new Map(), ...context });
          });
          onlyRefusing((context) => {
            parseComponent(source, 'c.json', uid, context);
          });
        },
      ),
      RUNS,
    );
  });

  it('so are several that name each other', () => {
    fc.assert(
      fc.property(schema, attributes, attributes, (source, one, two) => {
        onlyRefusing((context) => {
          const components = new Map<string, Component>();
          for (const [uid, inside] of [['x.one', one] as const, ['x.two', two] as const]) {
            components.set(uid, parseComponent({ attributes: inside }, 'c.json', uid, context));
          }
          const type = parseContentType(source, 'a.json', { api: null, components, ...context });
          const types = type ? [type] : [];
          checkComponents(types, components, context.report);
          checkRelations(types, [...components.values()], context.report);
        });
      }),
      RUNS,
    );
  });
});
