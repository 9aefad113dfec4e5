import 'reflect-metadata';
import { join } from 'node:path';
import { buildContentSchemas, type DescribedType } from '../../src/content/schema/content-schemas.js';
import { loadContentTypes } from '../../src/content/schema-files/load-content-types.js';
import { buildEventTypes } from '../../src/app/event-types.js';
import {
  BUILT_IN_EVENT_TYPES,
  buildCustomEventType,
  EventCatalogue,
} from '../../src/events/event-catalogue.js';
import type { EventType } from '../../src/events/event-type.js';
import { relocateRefs } from '../../src/events/schemas/relocate-refs.js';
import { buildFileSchema } from '../../src/media/schema/file-schema.js';
import { PACKAGE_ROOT } from '../../src/package.js';
import { buildBodySchema, selectDataSchema } from '../../src/webhooks/formats/body-schema.js';
import { createExampleEvent } from '../../src/webhooks/formats/example-event.js';
import { TEST_EVENT } from '../../src/webhooks/formats/recorded-event.js';
import { FORMAT_NAMES, renderBody } from '../../src/webhooks/formats/render-body.js';
import { INCLUDES } from '../../src/webhooks/formats/rendering.js';
import { ajv2020 } from '../support/described-bodies.js';
import { blocksOf, readDocument } from './documents.js';

const WEBHOOKS = readDocument('docs/webhooks.md');
const PAYLOADS = readDocument('docs/payloads.md');

describe('The documents', () => {
  const EXAMPLES = examples();
  const CATALOGUE = new EventCatalogue([
    ...buildEventTypes(contentTypes()),
    buildCustomEventType({ name: 'order.shipped', description: 'An order left the house.' }),
  ]);

  it.each(BUILT_IN_EVENT_TYPES.map(({ name }) => name))('show %s', (name) => {
    expect(EXAMPLES.map(({ told, format }) => [told['event'], format])).toContainEqual([name, 'strapi-v3']);
    expect(WEBHOOKS).toContain(`\`${name}\``);
  });

  it.each(FORMAT_NAMES)('show the format %s', (format) => {
    expect(EXAMPLES.map((example) => example.format)).toContain(format);
    expect(WEBHOOKS).toContain(`\`${format}\``);
    expect(PAYLOADS).toContain(`### \`${format}\``);
  });

  it.each(EXAMPLES.map((example) => [example.format, example.type, example] as const))(
    'show in %s a body of %s that fits its schema, its keys in their order',
    (format, name, { told }) => {
      const type = CATALOGUE.get(name);
      // The test is no event that anybody can subscribe to.
      if (!type) return expect([name, Object.keys(told)]).toEqual([TEST_EVENT, ['event', 'createdAt']]);
      const place = '#/$defs/data';
      const validate = ajv2020().compile({
        ...buildBodySchema(format, type, place),
        $defs: { data: relocateRefs(selectDataSchema(format, type), place) },
      });
      expect([validate(told), validate.errors]).toEqual([true, null]);
      expect(Object.keys(told)).toEqual(keysOf(format, type, told));
      const { model, entry, media } = (told['data'] ?? told) as Record<string, object>;
      if (entry) expect(Object.keys(entry)).toEqual(keysOfEntry(format, String(model)));
      if (media) expect(Object.keys(media)).toEqual(keysOfFile(format));
    },
  );
});

/** What the events are of that the payloads tell: what comes with this repository, and a type with drafts. */
function contentTypes(): DescribedType[] {
  const title = { name: 'title', type: 'string', required: true, private: false };
  const article = { uid: 'api::article.article', singularName: 'article', displayName: 'Article' };
  return [
    ...loadContentTypes(join(PACKAGE_ROOT, 'config/content-types')),
    { ...article, draftAndPublish: true, attributes: [title] },
  ];
}

/** The bodies that the payloads show. */
function examples(): { format: string; type: string; told: Record<string, unknown> }[] {
  return blocksOf(PAYLOADS, 'json').map((block) => {
    const told = JSON.parse(block) as Record<string, unknown>;
    return { format: formatOf(told), type: String(told['event'] ?? told['type']), told };
  });
}

function formatOf(told: Record<string, unknown>): string {
  if ('specversion' in told) return 'cloudevents';
  if ('timestamp' in told) return 'standard';
  return 'createdAt' in told && told['event'] !== TEST_EVENT ? 'strapi-v5' : 'strapi-v3';
}

/** The keys of a type's bodies, with those includes that one of them has. */
function keysOf(format: string, type: EventType, told: object): string[] {
  const include = INCLUDES.filter((name) => name in told);
  const event = createExampleEvent(type, { id: 'e', tenant: null, createdAt: 0 });
  const of = type.name === 'order.shipped' ? { ...event, model: 'order' } : event;
  const { body } = renderBody({ format, include, cloudEventsSource: '/' }, of);
  return Object.keys(JSON.parse(body) as object);
}

function keysOfEntry(format: string, model: string): string[] {
  const { definitions, entries } = buildContentSchemas(contentTypes(), format === 'strapi-v5' ? 'v5' : 'v3');
  const reference = String(entries.find((entry) => entry.model === model)?.schema['$ref']);
  const { properties } = definitions[reference.replace('#/$defs/', '')] as { properties: object };
  return Object.keys(properties);
}

function keysOfFile(format: string): string[] {
  const { properties } = buildFileSchema(format === 'strapi-v5' ? 'v5' : 'v3', true) as {
    properties: object;
  };
  return Object.keys(properties);
}
