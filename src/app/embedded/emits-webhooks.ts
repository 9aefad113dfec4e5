/** A change of an entity. */
export type EntityVerb = 'create' | 'update' | 'delete';

/** Which changes of an entity are recorded as events, and how. */
export interface EmitsWebhooksOptions<Entity = never> {
  /** The first part of the events' names: `order` gives `order.create`, `order.update` and `order.delete`. */
  model: string;
  /** Which changes are recorded. Default: all three. */
  events?: readonly EntityVerb[];
  /**
   * The properties whose values are in the event's data. Default: every column except those with `select: false`, which
   * are private and are never included, even when they are named here.
   */
  columns?: readonly (keyof Entity & string)[];
  /** Gives the tenant of the event; null: none. Default: null. */
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
 * Records the changes of a TypeORM entity as events: each in the transaction of the change, with the values of the
 * columns and, for an update, their previous values. `save()`, `remove()`, `softRemove()` and `recover()` are recorded.
 * Statements by criteria (`update()`, `delete()`, a query builder's) are not, because TypeORM does not say which rows
 * they changed.
 *
 * ```ts
 * @EmitsWebhooks<Order>({ model: 'order', columns: ['id', 'state', 'total'] })
 * @Entity()
 * export class Order { … }
 * ```
 */
export function EmitsWebhooks<Entity = never>(options: EmitsWebhooksOptions<Entity>): ClassDecorator {
  return (target) => {
    Object.defineProperty(target, EMITS, { value: options, configurable: true });
  };
}

/** Reads the options of {@link EmitsWebhooks} from an entity's class, also inherited ones; undefined where it has none. */
export function readEmitOptions(target: unknown): EmitOptions | undefined {
  return typeof target === 'function' ? (target as unknown as { [EMITS]?: EmitOptions })[EMITS] : undefined;
}
