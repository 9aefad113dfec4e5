import { Environment } from '@marcbachmann/cel-js';
import type { EventContext } from '../../events/document-node.js';
import type { RecordedEvent } from '../formats/recorded-event.js';

/** The largest filter, in bytes of UTF-8. */
export const LARGEST_FILTER_BYTES = 4 * 1024;

/**
 * The language of filters: CEL (https://cel.dev), as `@marcbachmann/cel-js` parses, checks and evaluates it.
 *
 * Why CEL: it is specified and known from Kubernetes and Google Cloud, it is typed, so that most mistakes are refused
 * with their position when a webhook is saved, and it has neither loops nor recursion nor assignments, so that every
 * expression ends. JSONata has functions that call themselves and no bound but a clock; `sift` reads MongoDB's query
 * objects, which check nothing when they are saved, place no error, and match by JavaScript's regular expressions.
 *
 * The limits here are those of what is written. What an evaluation may cost is metered (`metering.ts`).
 */
export const FILTER_ENVIRONMENT = new Environment({
  limits: { maxAstNodes: 500, maxDepth: 32, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 4 },
})
  .registerVariable('event', 'string', { description: 'The event type: "entry.create".' })
  .registerVariable('model', 'dyn', { description: 'The kind of thing that changed, or null.' })
  .registerVariable('uid', 'dyn', { description: "The content type's uid, or null." })
  .registerVariable('key', 'dyn', { description: 'The key of the thing that changed, as text, or null.' })
  .registerVariable('tenant', 'dyn', { description: 'Whose event it is, or null.' })
  .registerVariable('createdAt', 'google.protobuf.Timestamp', { description: 'When it happened.' })
  .registerVariable('data', 'map<string, dyn>', { description: 'The snapshot: data.entry, data.media.' })
  .registerVariable('previous', 'dyn', { description: 'What was changed, as it stood before, or null.' })
  .registerVariable('actor', 'dyn', { description: 'Who made the change: type, id, name; or null.' });

const NO_CONTEXT: EventContext = { previous: null, actor: null, document: null };

/** What a filter sees of an event. */
export function toFilterVariables(event: RecordedEvent): Record<string, unknown> {
  const { previous, actor } = event.context ?? NO_CONTEXT;
  return {
    event: event.type,
    model: event.model,
    uid: event.uid,
    key: event.key,
    tenant: event.tenant,
    createdAt: new Date(event.createdAt),
    data: event.data,
    previous,
    actor,
  };
}

/** What a filter may call: nothing that builds text or lists out of little, and nothing whose cost cannot be told. */
export const FILTER_FUNCTIONS: ReadonlySet<string> = new Set([
  'has',
  'size',
  'type',
  'dyn',
  'bool',
  'int',
  'double',
  'string',
  'timestamp',
  'duration',
]);

/** The same for methods: `data.entry.city.startsWith("P")`. */
export const FILTER_METHODS: ReadonlySet<string> = new Set([
  'size',
  'startsWith',
  'endsWith',
  'contains',
  'matches',
  'lowerAscii',
  'upperAscii',
  'trim',
  'all',
  'exists',
  'exists_one',
  'filter',
  'map',
  'getFullYear',
  'getMonth',
  'getDate',
  'getDayOfMonth',
  'getDayOfWeek',
  'getDayOfYear',
  'getHours',
  'getMinutes',
  'getSeconds',
  'getMilliseconds',
]);
