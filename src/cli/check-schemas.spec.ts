import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError } from './command.js';
import { runCommand } from './run-command.js';

const LAUNCH_SITE = fileURLToPath(new URL('../../test/fixtures/launch-site', import.meta.url));
const FOOD_GUIDE = fileURLToPath(new URL('../../test/fixtures/food-guide', import.meta.url));

const schemaOf = (name: string) => `src/api/${name}/content-types/${name}/schema.json`;

async function check(...args: string[]): Promise<string[]> {
  const lines: string[] = [];
  await runCommand(['check-schemas', ...args], {
    print: (line) => lines.push(line),
    withApplication: () => Promise.reject(new Error('no application is needed')),
  });
  return lines;
}

describe('posthorn check-schemas', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'posthorn-check-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, content: unknown) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), JSON.stringify(content));
  };
  const type = (name: string, attributes: unknown, over: object = {}) =>
    write(schemaOf(name), {
      kind: 'collectionType',
      collectionName: `${name}s`,
      info: { singularName: name, pluralName: `${name}s` },
      attributes,
      ...over,
    });
  /** What was printed, although the command failed, and its reason. */
  const failing = async (...args: string[]): Promise<[string[], string]> => {
    const lines: string[] = [];
    const failure: unknown = await runCommand(['check-schemas', ...args], {
      print: (line) => lines.push(line),
      withApplication: () => Promise.reject(new Error('no application is needed')),
    }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandError);
    return [lines, (failure as CommandError).message];
  };

  it('tells what of a marketing site is left out, different or ignored, and refuses nothing', async () => {
    const localized =
      'is localized in Strapi; here an entry has one version, in the locale of content.locale';
    expect(await check(LAUNCH_SITE)).toEqual([
      `left out   src/components/dynamic-zone/form.json, attribute "owner": its target admin::user is Strapi's own or a plugin's, which does not exist here`,
      `left out   ${schemaOf('product')}, attribute "attached": a relation to several content types (morphToMany) is not supported`,
      `different  ${schemaOf('global')}: ${localized}`,
      `different  ${schemaOf('page')}: ${localized}`,
      `different  ${schemaOf('plan')}: ${localized}`,
      `different  ${schemaOf('product')}, attribute "accent": is the custom field plugin::color-picker.color: served as string, without the plugin's own checks`,
      `different  ${schemaOf('product')}, attribute "map": is the custom field plugin::map-field.area, which is unknown here: any JSON value is accepted`,
      `different  ${schemaOf('product')}, attribute "map": its rule "regex" is not checked`,
      `different  ${schemaOf('product')}: ${localized}`,
      `different  ${schemaOf('testimonial')}, attribute "text": is required also where its "conditions" hide it`,
      `different  ${schemaOf('testimonial')}: ${localized}`,
      `ignored    src/components/global/navbar.json, attribute "left_navbar_items": "displayName"`,
      `ignored    src/components/shared/perks.json, attribute "additional": "displayName"`,
      `ignored    ${schemaOf('plan')}, attribute "sub_text": "conditions"`,
      `ignored    ${schemaOf('product')}, attribute "price": "column"`,
      `ignored    ${schemaOf('product')}, attribute "perks": "displayName"`,
      `ignored    ${schemaOf('testimonial')}, attribute "text": "conditions"`,
      '5 content types and 9 components: 0 refused, 2 left out, 9 different, 6 ignored.',
    ]);
  });

  it('tells the same of a restaurant guide', async () => {
    const lines = await check(FOOD_GUIDE);
    expect(lines).toEqual(
      expect.arrayContaining([
        `left out   ${schemaOf('review')}, attribute "about": a relation to several content types (morphToOne) is not supported`,
        `different  ${schemaOf('review')}, attribute "content": is stored as text, because its "maxLength" is 3000`,
        `different  ${schemaOf('review')}, attribute "contact": holds at most 255 characters, although its "maxLength" is 320`,
        `different  ${schemaOf('review')}: has creators in Strapi ("populateCreatorFields"); here createdBy and updatedBy are null in strapi-v5 bodies`,
        `ignored    src/components/shared/social-networks.json, attribute "url": "description"`,
      ]),
    );
    expect(lines.at(-1)).toBe(
      '4 content types and 8 components: 0 refused, 2 left out, 7 different, 4 ignored.',
    );
  });

  it('tells every fault of a project, and none twice because of another', async () => {
    type('author', {
      name: { type: 'strng' },
      code: { type: 'string', regex: '^(?=a)' },
      articles: {
        type: 'relation',
        relation: 'oneToMany',
        target: 'api::article.article',
        mappedBy: 'author',
      },
    });
    type(
      'article',
      { author: { type: 'relation', relation: 'manyToOne', target: 'api::author.author' } },
      { kind: 'page', collectionName: 'A b' },
    );
    type('tag', {
      articles: {
        type: 'relation',
        relation: 'manyToMany',
        target: 'api::article.article',
        inversedBy: 'tags',
      },
      author: { type: 'relation', relation: 'oneToOne', target: 'api::author.author', inversedBy: 'name' },
      part: { type: 'component', component: 'shared.part' },
      other: { type: 'component', component: 'shared.none' },
    });
    write('src/components/shared/part.json', { attributes: [] });
    const [lines, reason] = await failing(folder);
    const places = lines.filter((line) => line.startsWith('refused')).map((line) => line.split(': ')[0]);
    expect(places).toEqual([
      'refused    src/components/shared/part.json',
      `refused    ${schemaOf('article')}`,
      `refused    ${schemaOf('article')}`,
      `refused    ${schemaOf('author')}, attribute "name"`,
      `refused    ${schemaOf('author')}, attribute "code"`,
      `refused    ${schemaOf('tag')}, attribute "other"`,
    ]);
    expect(reason).toBe(
      '6 faults stop the start. Correct them, or name what is not to be served in content.leaveOut.',
    );
  });

  it('leaves out what is named, and what cannot be without it', async () => {
    type('author', {
      name: { type: 'strng' },
      articles: {
        type: 'relation',
        relation: 'oneToMany',
        target: 'api::article.article',
        mappedBy: 'author',
      },
    });
    type('article', {
      author: {
        type: 'relation',
        relation: 'manyToOne',
        target: 'api::author.author',
        inversedBy: 'articles',
      },
      editor: { type: 'relation', relation: 'manyToOne', target: 'api::author.author' },
      tags: { type: 'relation', relation: 'manyToMany', target: 'api::tag.tag', inversedBy: 'articles' },
      zone: { type: 'dynamiczone', components: ['shared.part', 'shared.other'] },
      part: { type: 'component', component: 'shared.part' },
    });
    type('tag', {
      articles: {
        type: 'relation',
        relation: 'manyToMany',
        target: 'api::article.article',
        mappedBy: 'tags',
      },
    });
    write('src/components/shared/part.json', { attributes: { bad: { type: 'strng' } } });
    write('src/components/shared/other.json', {
      attributes: {
        bad: { type: 'strng' },
        author: { type: 'relation', relation: 'oneToOne', target: 'api::author.author' },
      },
    });
    const names = 'api::author.author,shared.part,shared.other.bad,api::article.article.tags';
    expect(await check(folder, '--leave-out', names)).toEqual([
      'left out   src/components/shared/other.json, attribute "bad": content.leaveOut names it',
      'left out   src/components/shared/part.json: content.leaveOut names it',
      `left out   ${schemaOf('article')}, attribute "tags": content.leaveOut names it`,
      `left out   ${schemaOf('author')}: content.leaveOut names it`,
      'left out   src/components/shared/other.json, attribute "author": its target api::author.author is left out',
      `left out   ${schemaOf('article')}, attribute "author": its target api::author.author is left out`,
      `left out   ${schemaOf('article')}, attribute "editor": its target api::author.author is left out`,
      `left out   ${schemaOf('article')}, attribute "part": its component shared.part is left out`,
      `left out   ${schemaOf('tag')}, attribute "articles": it is stored by "tags" of api::article.article, which is left out`,
      `different  ${schemaOf('article')}, attribute "zone": its components shared.part are left out`,
      '2 content types and 1 components: 0 refused, 9 left out, 1 different, 0 ignored.',
    ]);
  });

  it('refuses a name of nothing', async () => {
    type('tag', { name: { type: 'string' } });
    const [lines] = await failing(folder, '--leave-out', 'api::tag.tag.nmae');
    expect(lines[0]).toContain('content.leaveOut names "api::tag.tag.nmae", and there is no content type');
  });

  it('asks for one folder that can be read', async () => {
    expect((await failing())[1]).toMatch(/^Say one folder\. posthorn check-schemas --help/);
    expect((await failing(join(folder, 'none')))[1]).toContain('the folder of content types cannot be read');
    expect((await failing(folder, '--leave'))[1]).toContain("Unknown option '--leave'");
  });
});
