import { Environment } from '@marcbachmann/cel-js';
import type { EventContext } from '../../events/document-node.js';
import type { RecordedEvent } from '../formats/recorded-event.js';
import { toLibraryValue } from './library-types.js';

/** The largest filter, in bytes of UTF-8. */
export const LARGEST_FILTER_BYTES = 4 * 1024;

/**
 * The language of filters: CEL (https://cel.dev), parsed, checked and evaluated by `@marcbachmann/cel-js`.
 *
 * Why CEL: it is specified, and known from Kubernetes and Google Cloud. It is typed, so most mistakes are refused with
 * their position when a webhook is saved. It has no loops, recursion or assignments, so every expression ends. JSONata
 * has recursive functions and no bound but a timeout. `sift` reads MongoDB's query objects: it checks nothing when they
 * are saved, gives no positions, and uses JavaScript's regular expressions.
 *
 * The limits here bound the text of a filter. `metering.ts` bounds the cost of an evaluation.
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

/** Converts an event to the variables that a filter sees. */
export function toFilterVariables(event: RecordedEvent): Record<string, unknown> {
  const { previous, actor } = event.context ?? NO_CONTEXT;
  return {
    event: event.type,
    model: event.model,
    uid: event.uid,
    key: event.key,
    tenant: event.tenant,
    createdAt: new Date(event.createdAt),
    data: toLibraryValue(event.data),
    previous,
    actor,
  };
}

/** The functions that a filter may call: none that multiplies text or lists, and none of unknown cost. */
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

/** The methods that a filter may call: `data.entry.city.startsWith("P")`. */
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
