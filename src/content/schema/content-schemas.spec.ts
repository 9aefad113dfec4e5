import type { JsonObject } from '../../events/json.js';
import { compileSchema } from '../../events/schemas/compile-schema.js';
import type { DescribedAttribute } from './attribute-schema.js';
import {
  buildContentSchemas,
  type DescribedMember,
  type DescribedType,
  type EntryForm,
} from './content-schemas.js';

const AT = '2020-01-10T08:47:36.264Z';

const member = (init: Partial<DescribedMember> & Pick<DescribedAttribute, 'type'>): DescribedMember => ({
  name: 'it',
  required: false,
  private: false,
  ...init,
});

const contentType = (init: Partial<DescribedType>): DescribedType => ({
  uid: 'api::thing.thing',
  singularName: 'thing',
  displayName: 'Thing',
  attributes: [],
  ...init,
});

/** Validates an entry against the schema of the first content type. */
function problems(types: DescribedType[], entry: JsonObject, form: EntryForm = 'v3'): string[] {
  const { definitions, entries } = buildContentSchemas(types, form);
  const file = { type: 'object', required: ['url'] };
  const check = compileSchema({ ...entries[0]?.schema, $defs: { ...definitions, file } });
  return check(entry).map(({ path, message }) => `${path.join('.')} ${message}`);
}

const printed = (values: JsonObject): JsonObject => ({ id: 1, ...values, created_at: AT, updated_at: AT });

describe('The schema of a content type', () => {
  it.each<[Partial<DescribedMember> & Pick<DescribedAttribute, 'type'>, unknown[], unknown[]]>([
    [{ type: 'string' }, ['', 'a', null], [1]],
    [{ type: 'string', required: true }, ['a'], [null]],
    [{ type: 'string', minLength: 2, maxLength: 3 }, ['ab', null], ['a', 'abcd']],
    [{ type: 'text', regex: '^[a-z]+$' }, ['abc', '', null], ['1']],
    [{ type: 'text', regex: '(?P<name>a)\\C' }, ['whatever is no pattern of ECMA-262'], [1]],
    [{ type: 'richtext' }, ['# A'], [1]],
    [{ type: 'blocks' }, [[{ type: 'paragraph', children: [] }], [], null], ['a', [1], [{}]]],
    [{ type: 'enumeration', values: ['a', 'b'] }, ['a', null], ['c']],
    [{ type: 'enumeration', values: ['a', 'b'], required: true }, ['a'], [null]],
    [{ type: 'email' }, ['a@example.com'], ['a']],
    [{ type: 'uid' }, ['a-b_c.d~1', ''], ['a b']],
    [{ type: 'date' }, ['2020-01-31'], ['2020-02-31', AT]],
    [{ type: 'time' }, ['12:00:00.000'], ['12:00']],
    [{ type: 'datetime' }, [AT], ['2020-01-31']],
    [{ type: 'timestamp' }, ['1580472000000'], [1580472000000]],
    [{ type: 'integer', min: 1, max: 3 }, [1, 3, null], [0, 4, 1.5]],
    [{ type: 'biginteger', min: 1n }, ['9007199254740993', null], [1, '1.5']],
    [{ type: 'float' }, [1.5], ['1.5']],
    [{ type: 'decimal', max: 2 }, [1.5], [2.5]],
    [{ type: 'boolean' }, [true, null], ['true']],
    [{ type: 'json' }, [{}, [], 'a', 1, null, { created_at: 1 }], []],
    [{ type: 'media' }, [null, { url: '/a' }], [[], {}]],
    [{ type: 'media', multiple: true }, [[], [{ url: '/a' }]], [null, {}]],
  ])('%j takes what is printed and nothing else', (attribute, good, bad) => {
    const types = [contentType({ attributes: [member(attribute)] })];
    for (const it of good) expect(problems(types, printed({ it } as JsonObject))).toEqual([]);
    for (const it of bad) expect(problems(types, printed({ it } as JsonObject))).not.toEqual([]);
  });

  it('has no private attribute, and no other that the content type has not', () => {
    const types = [contentType({ attributes: [member({ type: 'string', private: true })] })];
    expect(problems(types, printed({}))).toEqual([]);
    expect(problems(types, printed({ it: 'a' }))).toEqual(['it is not known to the schema']);
  });

  it.each([
    ['oneToOne', false],
    ['manyToOne', false],
    ['oneToMany', true],
    ['manyToMany', true],
  ])('has what it points to by %s without what that points to', (relation, isMany) => {
    const target = contentType({
      uid: 'api::town.town',
      singularName: 'town',
      attributes: [member({ name: 'name', type: 'string' }), member({ type: 'media' })],
    });
    const attributes = [member({ type: 'relation', relation, target: target.uid })];
    const types = [contentType({ attributes }), target];
    const town = printed({ name: 'Paris' });
    const wrap = (one: JsonObject) => (isMany ? [one] : one);
    expect(problems(types, printed({ it: wrap(town) }))).toEqual([]);
    expect(problems(types, printed({ it: isMany ? [] : null }))).toEqual([]);
    expect(problems(types, printed({ it: wrap({ ...town, it: null }) }))).not.toEqual([]);
  });

  it('has components, in dynamic zones with their kind', () => {
    const component = (uid: string, attributes: DescribedMember[]) =>
      [uid, { uid, displayName: uid, attributes }] as const;
    const components = new Map([
      component('a.part', [member({ name: 'title', type: 'string', required: true })]),
      component('a.whole', [
        member({ name: 'parts', type: 'component', component: 'a.part', repeatable: true }),
      ]),
    ]);
    const types = [
      contentType({
        components,
        attributes: [
          member({ name: 'one', type: 'component', component: 'a.whole' }),
          member({ name: 'zone', type: 'dynamiczone', components: ['a.part', 'a.whole'] }),
        ],
      }),
    ];
    const one = { id: 1, parts: [{ id: 1, title: 'a' }] };
    const zone: JsonObject[] = [
      { __component: 'a.part', id: 2, title: 'b' },
      { __component: 'a.whole', id: 3, parts: [] },
    ];
    expect(problems(types, printed({ one, zone }))).toEqual([]);
    expect(problems(types, printed({ one: null, zone: [] }))).toEqual([]);
    expect(problems(types, printed({ one, zone: [{ id: 2, title: 'b' }] }))).not.toEqual([]);
    expect(
      problems(types, printed({ one, zone: [{ __component: 'a.whole', id: 2, title: 'b' }] })),
    ).not.toEqual([]);
    expect(problems(types, printed({ one: { id: 1, parts: [{ id: 1, title: null }] }, zone }))).not.toEqual(
      [],
    );
  });

  it('asks nothing of drafts, and has the time of their publication', () => {
    const attributes = [member({ type: 'string', required: true })];
    const types = [contentType({ draftAndPublish: true, attributes })];
    expect(problems(types, printed({ it: null, published_at: null }))).toEqual([]);
    expect(problems(types, printed({ it: 'a', published_at: AT }))).toEqual([]);
    expect(problems(types, printed({ it: 'a' }))).toEqual(['published_at is a required field']);
    const rules = member({ type: 'string', minLength: 3, maxLength: 5, regex: '^[a-z]+$' });
    const bound = [contentType({ draftAndPublish: true, attributes: [rules] })];
    expect(problems(bound, printed({ it: 'A', published_at: null }))).toEqual([]);
    expect(problems(bound, printed({ it: 'abcdef', published_at: null }))).not.toEqual([]);
  });

  it('tells an entry as Strapi 5 does too', () => {
    const types = [contentType({ attributes: [member({ type: 'string' })] })];
    const entry = {
      id: 1,
      documentId: 'd',
      it: 'a',
      createdAt: AT,
      updatedAt: AT,
      publishedAt: null,
    };
    expect(problems(types, entry, 'v5')).toEqual([]);
    expect(problems(types, printed({ it: 'a' }), 'v5')).not.toEqual([]);
    const localized = [{ ...contentType({ ...types[0], locale: 'en', creatorKeys: ['createdBy'] }) }];
    expect(problems(localized, entry, 'v5')).not.toEqual([]);
    expect(problems(localized, { ...entry, locale: 'en', createdBy: null }, 'v5')).toEqual([]);
  });
});
