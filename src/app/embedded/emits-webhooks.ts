import { EVENT_TYPE_NAME } from '../../events/event-catalogue.js';

/** A change of an entity. */
export type EntityVerb = 'create' | 'update' | 'delete';

/** Every change of an entity that can be recorded. */
export const ENTITY_VERBS: readonly EntityVerb[] = ['create', 'update', 'delete'];

/** The path of a property: `total`, `address` (all of an embedded) or `address.city`. */
export type PropertyPath<Entity> = (keyof Entity & string) | `${keyof Entity & string}.${string}`;

/** Which changes of an entity are recorded as events, and how. */
export interface EmitsWebhooksOptions<Entity = never> {
  /** The first part of the events' names: `order` gives `order.create`, `order.update` and `order.delete`. */
  model: string;
  /** Which changes are recorded. Default: all three. */
  events?: readonly EntityVerb[];
  /**
   * The properties whose values are in the event's data: columns, embeddeds, and relations that have their key in this
   * table. Default: every column except those with `select: false`, which are private. To name one of those, or a property
   * that is not of this table, stops the start.
   */
  columns?: readonly PropertyPath<Entity>[];
  /**
   * Gives the tenant of the event; null: none. It is given the entity as it is stored, with the columns that `select: false`
   * keeps private; relations are objects of their keys. Default: null.
   */
  tenant?: (entity: Entity) => string | null;
}

/** {@link EmitsWebhooksOptions} of any entity. */
export type EmitOptions = Omit<EmitsWebhooksOptions, 'columns' | 'tenant'> & {
  columns?: readonly string[];
  tenant?: (entity: object) => string | null;
};

// In the global symbol registry, so that another copy of this package reads it too.
const EMITS = Symbol.for('posthorn.EmitsWebhooks');

/**
 * Records the changes of a TypeORM entity as events: each in the transaction of the change, with the values that the row
 * has after it (a deleted one: before it) and, for an update, the previous values of what changed. `save()`, `remove()`,
 * `softRemove()`, `recover()` and, in a transaction, `insert()` and `upsert()` are recorded. Statements by criteria
 * (`update()`, `delete()`, a query builder's) are logged instead, because TypeORM does not say which rows they changed.
 *
 * ```ts
 * @EmitsWebhooks<Order>({ model: 'order', columns: ['id', 'state', 'total', 'address.city'] })
 * @Entity()
 * export class Order { … }
 * ```
 *
 * @throws {TypeError} for a model that is no name of an event, and for unknown or no `events`
 */
export function EmitsWebhooks<Entity = never>(options: EmitsWebhooksOptions<Entity>): ClassDecorator {
  return (target) => {
    checkOptions(target.name, options);
    Object.defineProperty(target, EMITS, { value: options, configurable: true });
  };
}

/** Reads the options of {@link EmitsWebhooks} from an entity's class, also inherited ones; undefined where it has none. */
export function readEmitOptions(target: unknown): EmitOptions | undefined {
  return typeof target === 'function' ? (target as unknown as { [EMITS]?: EmitOptions })[EMITS] : undefined;
}

function checkOptions(
  entity: string,
  { model, events = ENTITY_VERBS }: { model: unknown; events?: unknown },
): void {
  if (typeof model !== 'string' || !EVENT_TYPE_NAME.test(`${model}.create`)) {
    throw new TypeError(
      `@EmitsWebhooks of ${entity}: "model" must be a dotted name of letters, digits, _ and -, such as "order".`,
    );
  }
  const isKnown = (verb: unknown) => ENTITY_VERBS.includes(verb as EntityVerb);
  if (!Array.isArray(events) || events.length === 0 || !events.every(isKnown)) {
    throw new TypeError(
      `@EmitsWebhooks of ${entity}: "events" must be a list of "create", "update" and "delete", with one or more of them.`,
    );
  }
}
