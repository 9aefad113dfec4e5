import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadContentTypes } from './load-content-types.js';
import { findSchemaLayout } from './schema-layout.js';

const PROJECT = fileURLToPath(new URL('../../../test/fixtures/strapi-project', import.meta.url));

describe('where content types are read from', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'posthorn-layout-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (files: Record<string, unknown>) => {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), JSON.stringify(content));
    }
  };

  it.each(['.', 'src/api'])('can be a Strapi project: its %s', (inside) => {
    const types = loadContentTypes(join(PROJECT, inside));
    expect(types.map(({ uid }) => uid)).toEqual([
      'api::article.article',
      'api::author.author',
      'api::global.global',
      'api::tag.tag',
      'api::team.member',
      'api::team.team',
    ]);
    expect([...(types[0]?.components.keys() ?? [])]).toEqual([
      'blog.teaser',
      'shared.link',
      'shared.media',
      'shared.quote',
      'shared.seo',
    ]);
  });

  it('says in one sentence each what of it is left out and what is different', () => {
    const sentences: string[] = [];
    const types = loadContentTypes(PROJECT, (sentence) => sentences.push(sentence));
    expect(sentences).toHaveLength(2);
    expect(sentences[0]).toMatch(
      /^Content that is not served: "reviewer" of .*article\/schema\.json \(its target plugin::.*\)\.$/,
    );
    expect(sentences[1]).toMatch(
      /^Content that is not served as by Strapi: .*article\/schema\.json is localized/,
    );
    expect(types[0]?.attributes.map(({ name }) => name)).not.toContain('reviewer');
  });

  it('can be a folder of plain files, its components in it', () => {
    write({ 'types/a.json': {}, 'types/components/x/one.json': {}, 'components/x/other.json': {} });
    expect(findSchemaLayout(join(folder, 'types'))).toEqual({
      types: [{ file: join(folder, 'types/a.json'), api: null }],
      components: [{ file: join(folder, 'types/components/x/one.json'), uid: 'x.one' }],
    });
  });

  it('can be a folder called content-types, with components beside it', () => {
    write({ 'content-types/a.json': {}, 'components/x/one.json': {} });
    expect(findSchemaLayout(join(folder, 'content-types')).components).toEqual([
      { file: join(folder, 'components/x/one.json'), uid: 'x.one' },
    ]);
  });

  it('can be an empty folder', () => {
    expect(findSchemaLayout(folder)).toEqual({ types: [], components: [] });
  });

  it.each([
    ['components/one.json', {}, 'its uid would be "one"'],
    ['components/x/y/one.json', {}, 'its uid would be "x.y.one"'],
    ['components/x/one.json', [], 'must hold a JSON object'],
    ['components/x/one.json', { attributes: [] }, '"attributes" must be an object'],
    [
      'components/x/one.json',
      { attributes: { a: { type: 'no' } } },
      'attribute "a": the type "no" is unknown',
    ],
    [
      'components/x/one.json',
      { attributes: { a: { type: 'string', unique: true } } },
      'attribute "a": an attribute of a component cannot be unique',
    ],
    [
      'components/x/one.json',
      { attributes: { a: { type: 'relation', relation: 'manyToOne', target: 'api::no.no' } } },
      'attribute "a": its target "api::no.no" is no content type',
    ],
    [
      'components/x/one.json',
      { attributes: { a: { type: 'relation', relation: 'manyToMany', target: 'api::a.a', mappedBy: 'b' } } },
      'attribute "a": a relation of a component has no other side',
    ],
    [
      'components/x/one.json',
      { attributes: { a: { type: 'dynamiczone', components: ['x.one'] } } },
      'attribute "a": a component can have no dynamic zone',
    ],
    [
      'components/x/one.json',
      { attributes: { a: { type: 'component', component: 'x.one' } } },
      'attribute "a": the components nest in a cycle: x.one, x.one',
    ],
  ])('names the file of a component that cannot be taken: %s %j', (name, content, problem) => {
    write({ [name]: content });
    expect(() => loadContentTypes(folder)).toThrow(`${join(folder, name)}`);
    expect(() => loadContentTypes(folder)).toThrow(problem);
  });

  it('names the file of a Strapi project and the attribute that cannot be taken', () => {
    cpSync(PROJECT, folder, { recursive: true });
    const file = join(folder, 'src/api/tag/content-types/tag/schema.json');
    write({
      'src/api/tag/content-types/tag/schema.json': {
        kind: 'collectionType',
        collectionName: 'tags',
        info: { singularName: 'tag', pluralName: 'tags' },
        attributes: { colour: { type: 'colour' } },
      },
    });
    expect(() => loadContentTypes(folder)).toThrow(
      `${file}, attribute "colour": the type "colour" is unknown`,
    );
  });
});
