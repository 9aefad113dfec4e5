import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ContentTypeError } from '../content-type-error.js';
import { loadContentTypes } from './load-content-types.js';

const SHIPPED = fileURLToPath(new URL('../../../config/content-types', import.meta.url));

const TAG = {
  kind: 'collectionType',
  collectionName: 'tags',
  info: { singularName: 'tag', pluralName: 'tags', displayName: 'Tag' },
  options: {},
  attributes: { name: { type: 'string' } } as Record<string, unknown>,
};

describe('loading content types', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'posthorn-types-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const load = (files: Record<string, unknown>) => {
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return loadContentTypes(folder);
  };
  const messageOf = (files: Record<string, unknown>): string => {
    try {
      load(files);
    } catch (error) {
      expect(error).toBeInstanceOf(ContentTypeError);
      return (error as Error).message.replaceAll(`${folder}/`, '');
    }
    throw new Error('nothing was refused');
  };

  it('reads the shipped ones with their attributes in order', () => {
    const [address, category] = loadContentTypes(SHIPPED);
    expect(address).toMatchObject({
      uid: 'api::address.address',
      pluralName: 'addresses',
      collectionName: 'addresses',
    });
    expect(address?.attributes.map(({ name }) => name)).toEqual([
      'geolocation',
      'city',
      'postal_code',
      'category',
      'full_name',
      'cover',
      'images',
    ]);
    expect(category?.attributes).toMatchObject([{ name: 'name', type: 'string', required: true }]);
  });

  it('passes over files that are no JSON by name', () => {
    expect(load({ 'tag.json': TAG, 'README.md': '#' })).toHaveLength(1);
  });

  it('takes what Strapi keeps in its files for its own page', () => {
    const attributes = { name: { type: 'string', pluginOptions: {}, configurable: false } };
    expect(load({ 'tag.json': { ...TAG, attributes } })[0]?.attributes).toHaveLength(1);
  });

  it.each<[unknown, string]>([
    ['a word', 'must be an object'],
    [{}, 'has no "type"'],
    [{ type: 'strng' }, 'the type "strng" is unknown; it can be string, text'],
    [{ type: 'toString' }, 'the type "toString" is unknown'],
    [{ type: 'string', required: 'yes' }, '"required" must be true or false'],
    [{ type: 'string', private: 1 }, '"private" must be true or false'],
    [{ type: 'string', regex: 5 }, '"regex" must be a pattern'],
    [{ type: 'string', regex: '(a' }, '"regex" is "(a", which cannot be used'],
    [{ type: 'string', regex: '^(?=a)' }, 'patterns look neither ahead nor behind'],
    [{ type: 'string', regex: '(a)\\1' }, 'nor back at groups'],
    [{ type: 'integer', regex: '^1' }, 'the rule "regex" is none that integer has'],
    [{ type: 'password', default: 'secret' }, 'the rule "default" is none that password has'],
    [{ type: 'richtext', unique: true }, 'the rule "unique" is none that richtext has'],
    [{ type: 'blocks', default: [{ type: 'mystery' }] }, 'field[0].type must be one of'],
    [
      { type: 'time', default: '25:00' },
      'its default does not fit: field must be a time such as 12:30:00.000',
    ],
    [{ type: 'timestamp', default: 'now' }, 'its default does not fit'],
    [{ type: 'biginteger', default: '9223372036854775808' }, 'must be between -9223372036854775808 and'],
    [{ type: 'biginteger', min: 'a' }, '"min" must be a whole number, or text of digits'],
    [{ type: 'biginteger', min: '3', max: 2 }, '"min" is greater than "max"'],
    [{ type: 'float', min: '1' }, '"min" must be a number'],
    [{ type: 'string', min: 1 }, 'the rule "min" is none that string has'],
    [{ type: 'text', unique: true }, 'the rule "unique" is none that text has'],
    [{ type: 'string', minLength: -1 }, '"minLength" must be a whole number of characters'],
    [{ type: 'string', minLength: 300 }, 'use the type text'],
    [{ type: 'customField' }, '"customField" must be the uid of a custom field'],
    [{ type: 'string', minLength: 5, maxLength: 4 }, '"minLength" is greater than "maxLength"'],
    [{ type: 'integer', min: 1.5 }, '"min" must be a whole number'],
    [{ type: 'decimal', max: '9' }, '"max" must be a number'],
    [{ type: 'integer', min: 2, max: 1 }, '"min" is greater than "max"'],
    [{ type: 'integer', default: 'a' }, 'its default does not fit: field must be a `number` type'],
    [{ type: 'integer', max: 3, default: 4 }, 'its default does not fit'],
    [{ type: 'enumeration' }, '"enum" must be a list of texts'],
    [{ type: 'enumeration', enum: [1] }, '"enum" must be a list of texts'],
    [{ type: 'relation', relation: 'toMany' }, '"relation" is "toMany"; it can be oneToOne'],
    [{ type: 'relation', relation: 'manyToOne', target: 'tag' }, '"target" must be the uid'],
    [
      { type: 'relation', relation: 'oneToMany', target: 'api::tag.tag', inversedBy: 'a' },
      'it has "mappedBy" or nothing, not "inversedBy"',
    ],
    [
      { type: 'relation', relation: 'manyToOne', target: 'api::tag.tag', mappedBy: 'a' },
      'it has "inversedBy" or nothing, not "mappedBy"',
    ],
    [
      { type: 'relation', relation: 'manyToMany', target: 'api::tag.tag', inversedBy: 'a', mappedBy: 'b' },
      'has both "inversedBy" and "mappedBy"',
    ],
    [
      { type: 'relation', relation: 'manyToMany', target: 'api::tag.tag', inversedBy: 5 },
      '"inversedBy" must be the name of an attribute of api::tag.tag',
    ],
    [
      { type: 'relation', relation: 'manyToMany', target: 'api::tag.tag', inversedBy: 'tags' },
      '"inversedBy" is "tags", but api::tag.tag has no such relation',
    ],
    [
      { type: 'relation', relation: 'manyToMany', target: 'api::tag.tag', mappedBy: 'field' },
      'has no "inversedBy": "field"',
    ],
    [
      { type: 'relation', relation: 'oneToMany', target: 'api::tag.tag', mappedBy: 'field' },
      'that relation of api::tag.tag is oneToMany; it must be manyToOne',
    ],
    [{ type: 'relation', relation: 'manyToOne' }, '"target" must be the uid'],
    [
      { type: 'relation', relation: 'manyToOne', target: 'api::no.no' },
      'its target "api::no.no" is no content type',
    ],
    [{ type: 'media', multiple: 'yes' }, '"multiple" must be true or false'],
    [{ type: 'media', allowedTypes: ['pictures'] }, '"allowedTypes" must be a list of images, videos'],
    [{ type: 'media', allowedTypes: 'images' }, '"allowedTypes" must be a list of images, videos'],
    [{ type: 'component' }, '"component" must be the uid of a component: shared.seo'],
    [
      { type: 'component', component: 'shared.no' },
      'its component "shared.no" does not exist; the components are none',
    ],
    [{ type: 'component', component: 'shared.no', min: 1 }, '"min" and "max" are for what is repeatable'],
    [
      { type: 'component', component: 'shared.no', repeatable: true, min: 1.5 },
      '"min" must be a whole number of components',
    ],
    [{ type: 'dynamiczone' }, '"components" must be a list of uids of components'],
    [{ type: 'dynamiczone', components: [] }, '"components" must be a list of uids of components'],
    [{ type: 'dynamiczone', components: ['shared.no'], min: 3, max: 2 }, '"min" is greater than "max"'],
    [{ type: 'dynamiczone', components: ['shared.no'] }, 'its component "shared.no" does not exist'],
  ])('names file and attribute of %j', (attribute, problem) => {
    const message = messageOf({ 'tag.json': { ...TAG, attributes: { field: attribute } } });
    expect(message).toContain(`tag.json, attribute "field": `);
    expect(message).toContain(problem);
    expect(message).not.toContain('\n');
  });

  it.each([
    'id',
    'created_at',
    'tenant',
    'Updated_At',
    'publishedAt',
    'documentId',
    'locale',
    '1st',
    'a-b',
    '__proto__x',
    '',
  ])('refuses an attribute called "%s"', (name) => {
    const attributes = { [name]: { type: 'string' } };
    expect(messageOf({ 'tag.json': { ...TAG, attributes } })).toContain(`attribute "${name}": its name`);
  });

  it.each([
    { Name: { type: 'string' }, name: { type: 'string' } },
    { a_id: { type: 'string' }, a: { type: 'relation', relation: 'manyToOne', target: 'api::tag.tag' } },
  ])('refuses two attributes of one column', (attributes) => {
    expect(messageOf({ 'tag.json': { ...TAG, attributes } })).toContain('its name is taken already');
  });

  it.each<[string, unknown, string]>([
    ['no JSON', '{', 'cannot be read as JSON'],
    ['no object', [], 'must hold a JSON object'],
    ['another kind', { ...TAG, kind: 'component' }, '"kind" is "component"; it can be "collectionType"'],
    ['no table', { ...TAG, collectionName: undefined }, '"collectionName" must be a table name'],
    [
      'a table that breaks out',
      { ...TAG, collectionName: 'a`; --' },
      '"collectionName" must be a table name',
    ],
    [
      'a table of ours',
      { ...TAG, collectionName: 'webhook_events' },
      'the table "webhook_events" is this server\'s own',
    ],
    [
      'private names that are no list',
      { ...TAG, options: { privateAttributes: 'a' } },
      'must be a list of names',
    ],
    ['a private id', { ...TAG, options: { privateAttributes: ['id'] } }, 'cannot name "id"'],
    ['a private name of nothing', { ...TAG, options: { privateAttributes: ['nmae'] } }, 'names "nmae"'],
    ['no word on drafts', { ...TAG, options: { draftAndPublish: 'yes' } }, 'must be true or false'],
    ['no info', { ...TAG, info: 1 }, '"info" must be an object'],
    ['a bad name', { ...TAG, info: { ...TAG.info, pluralName: 'A b' } }, '"info.pluralName" must be a name'],
    ['the media route', { ...TAG, info: { ...TAG.info, pluralName: 'upload' } }, 'is a route of this server'],
    ['one name for both', { ...TAG, info: { ...TAG.info, pluralName: 'tag' } }, 'must differ'],
    ['no attributes', { ...TAG, attributes: [] }, '"attributes" must be an object'],
  ])('names the file of one with %s', (_what, content, problem) => {
    expect(messageOf({ 'tag.json': content })).toMatch(/^tag\.json: /);
    expect(messageOf({ 'tag.json': content })).toContain(problem);
  });

  it('names every key without an effect once, and how often it is there', () => {
    const attributes = { a: { type: 'string', column: {}, hint: 'x' }, b: { type: 'text', column: {} } };
    const sentences: string[] = [];
    writeFileSync(join(folder, 'tag.json'), JSON.stringify({ ...TAG, attributes }));
    expect(loadContentTypes(folder, (sentence) => sentences.push(sentence))[0]?.attributes).toHaveLength(2);
    expect(sentences).toEqual([
      'Keys of attributes that have no effect here: "column" (2 times), "hint". posthorn check-schemas lists them by file.',
    ]);
  });

  it('tells all faults in one error', () => {
    const attributes = { a: { type: 'strng' }, b: { type: 'string', min: 1 } };
    expect(messageOf({ 'tag.json': { ...TAG, attributes }, 'z.json': '{' })).toMatch(
      /: 3 faults\. Correct them, .* \(1\) tag\.json, attribute "a": .* \(2\) tag\.json, attribute "b": .* \(3\) z\.json: cannot be read as JSON/,
    );
  });

  it('refuses two of one name', () => {
    expect(messageOf({ 'a.json': TAG, 'b.json': TAG })).toBe("b.json: the route tags is a.json's already.");
  });

  it('refuses a table that is another type’s own for what is published', () => {
    const drafted = { ...TAG, options: { draftAndPublish: true } };
    const other = {
      ...TAG,
      collectionName: 'tags_published',
      info: { singularName: 'other', pluralName: 'others' },
    };
    expect(messageOf({ 'a.json': drafted, 'b.json': other })).toBe(
      "b.json: the table tags_published is a.json's already.",
    );
  });

  it('refuses a folder that is not there', () => {
    expect(() => loadContentTypes(join(folder, 'missing'))).toThrow(
      /missing: the folder of content types cannot be read/,
    );
  });
});
