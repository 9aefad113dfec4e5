import { recorded } from '../../../test/support/recorded-event.js';
import type { DocumentNode } from '../../events/document-node.js';
import type { JsonObject } from '../../events/json.js';
import type { RecordedEvent } from './recorded-event.js';
import { renderBody } from './render-body.js';
import type { Rendering } from './rendering.js';

const AT = '2020-01-10T08:47:36.649Z';
const V5: Rendering = { format: 'strapi-v5', include: [], cloudEventsSource: '/posthorn' };

const entry = {
  id: 1,
  city: 'Paris',
  seen: { created_at: 'a user’s own' },
  category: { id: 2, name: 'Towns', created_at: AT, updated_at: AT },
  created_at: AT,
  updated_at: AT,
  cover: file(3),
  images: [file(4), file(5)],
};
const document: DocumentNode = {
  kind: 'entry',
  more: { documentId: 'doc1', publishedAt: null, locale: 'en', createdBy: null },
  populated: ['createdBy', 'cover', 'category', 'images'],
  nested: {
    category: { kind: 'entry', more: { documentId: 'doc2', publishedAt: AT } },
    cover: { kind: 'file', more: fileMore(3) },
    images: [
      { kind: 'file', more: fileMore(4) },
      { kind: 'file', more: fileMore(5) },
    ],
  },
};
const V5_ENTRY =
  '{"id":1,"documentId":"doc1","city":"Paris","seen":{"created_at":"a user’s own"},' +
  `"createdAt":"${AT}","updatedAt":"${AT}","publishedAt":null,"locale":"en","createdBy":null,` +
  `"cover":${v5File(3)},"category":{"id":2,"documentId":"doc2","name":"Towns",` +
  `"createdAt":"${AT}","updatedAt":"${AT}","publishedAt":"${AT}"},` +
  `"images":[${v5File(4)},${v5File(5)}]}`;

describe('renderBody, strapi-v5', () => {
  it.each<[string, Partial<RecordedEvent>, string]>([
    [
      'an entry with what it points to, and leaves what users keep in JSON alone',
      {
        model: 'address',
        uid: 'api::address.address',
        data: { entry },
        context: { previous: null, actor: null, document },
      },
      `{"event":"entry.create","createdAt":"${AT}","model":"address","uid":"api::address.address",` +
        `"entry":${V5_ENTRY}}`,
    ],
    [
      'an entry of which nobody noted more, with null for it',
      {
        model: 'address',
        uid: 'api::address.address',
        data: { entry: { id: 1, category: { id: 2, created_at: AT }, created_at: AT } },
      },
      `{"event":"entry.create","createdAt":"${AT}","model":"address","uid":"api::address.address",` +
        `"entry":{"id":1,"documentId":null,"category":{"id":2,"created_at":"${AT}"},` +
        `"createdAt":"${AT}","publishedAt":null}}`,
    ],
    [
      'an entry of an earlier version’s event without its null locale, its links where they were',
      {
        model: 'address',
        uid: 'api::address.address',
        data: { entry: { id: 1, category: null, city: 'Paris', created_at: AT } },
        context: {
          previous: null,
          actor: null,
          document: { kind: 'entry', more: { documentId: 'doc1', publishedAt: null, locale: null } },
        },
      },
      `{"event":"entry.create","createdAt":"${AT}","model":"address","uid":"api::address.address",` +
        `"entry":{"id":1,"documentId":"doc1","category":null,"city":"Paris","createdAt":"${AT}",` +
        '"publishedAt":null}}',
    ],
    [
      'entries that only Strapi 5 shows',
      {
        model: 'shelf',
        uid: 'api::shelf.shelf',
        data: { entry: { id: 1, tag: null, tags: [{ id: 2, label: 'a' }] } },
        context: {
          previous: null,
          actor: null,
          document: {
            kind: 'entry',
            more: { documentId: 'doc1', publishedAt: AT },
            populated: ['tag', 'tags'],
            nested: {
              tag: whole(2, null),
              tags: [whole(2, null), whole(2, AT)],
            },
          },
        },
      },
      `{"event":"entry.create","createdAt":"${AT}","model":"shelf","uid":"api::shelf.shelf",` +
        `"entry":{"id":1,"documentId":"doc1","publishedAt":"${AT}",` +
        '"tag":{"id":2,"documentId":"doc2","label":"a","publishedAt":null},' +
        '"tags":[{"id":2,"documentId":"doc2","label":"a","publishedAt":null},' +
        `{"id":2,"documentId":"doc2","label":"a","publishedAt":"${AT}"}]}}`,
    ],
    [
      'a file without what it hangs at',
      {
        type: 'media.update',
        data: { media: { ...file(3), related: [{ __type: 'api::a.a', id: 9, city: 'x', created_at: AT }] } },
        context: {
          previous: null,
          actor: null,
          document: {
            kind: 'file',
            more: fileMore(3),
            nested: { related: [{ kind: 'entry', more: { documentId: 'doc9' } }] },
          },
        },
      },
      `{"event":"media.update","createdAt":"${AT}","media":${v5File(3)}}`,
    ],
    [
      'components, one within the other, without anything that they have not',
      {
        model: 'page',
        uid: 'api::page.page',
        data: { entry: { id: 1, blocks: [{ __component: 'a.b', id: 1, file: file(3), text: 't' }] } },
        context: {
          previous: null,
          actor: null,
          document: {
            kind: 'entry',
            more: {},
            nested: {
              blocks: [
                {
                  kind: 'component',
                  more: {},
                  populated: ['file'],
                  nested: { file: { kind: 'file', more: fileMore(3) } },
                },
              ],
            },
          },
        },
      },
      `{"event":"entry.create","createdAt":"${AT}","model":"page","uid":"api::page.page",` +
        `"entry":{"id":1,"documentId":null,"blocks":[{"id":1,"text":"t","file":${v5File(3)},"__component":"a.b"}],` +
        '"publishedAt":null}}',
    ],
    [
      'a custom event',
      { type: 'order.shipped', model: 'order', data: { created_at: 'its own' } },
      `{"event":"order.shipped","createdAt":"${AT}","model":"order","data":{"created_at":"its own"}}`,
    ],
    ['the test', { type: 'trigger-test' }, `{"event":"trigger-test","createdAt":"${AT}"}`],
  ])('renders %s', (_, init, body) => {
    expect(renderBody(V5, recorded(init))).toEqual({
      rendering: 'strapi-v5',
      contentType: 'application/json',
      body,
    });
  });
});

function file(id: number): JsonObject {
  return {
    id,
    name: 'a.png',
    hash: 'h',
    sha256: 's',
    ext: '.png',
    mime: 'image/png',
    size: 1.5,
    url: '/uploads/h.png',
    provider: 'local',
    provider_metadata: null,
    created_at: AT,
    updated_at: AT,
  };
}

function fileMore(id: number): JsonObject {
  return {
    documentId: `file${id}`,
    alternativeText: 'dot',
    caption: null,
    focalPoint: null,
    width: 1,
    height: 2,
    formats: null,
    previewUrl: null,
    publishedAt: AT,
  };
}

function whole(id: number, publishedAt: string | null): DocumentNode {
  return { kind: 'entry', more: { documentId: `doc${id}`, publishedAt }, snapshot: { id, label: 'a' } };
}

function v5File(id: number): string {
  return (
    `{"id":${id},"documentId":"file${id}","name":"a.png","alternativeText":"dot","caption":null,"focalPoint":null,` +
    '"width":1,"height":2,"formats":null,"hash":"h","ext":".png","mime":"image/png","size":1.5,' +
    `"url":"/uploads/h.png","previewUrl":null,"provider":"local","provider_metadata":null,` +
    `"createdAt":"${AT}","updatedAt":"${AT}","publishedAt":"${AT}"}`
  );
}
