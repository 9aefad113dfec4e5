/** What can happen to an entity of a host. */
export type EntityVerb = 'create' | 'update' | 'delete';

/** How the changes of an entity are told. */
export interface EmitsWebhooksOptions<Entity = never> {
  /** What events call the thing: with `order` they are `order.create`, `order.update` and `order.delete`. */
  model: string;
  /** Which changes are told. Default: all three. */
  events?: readonly EntityVerb[];
  /**
   * The properties whose values are told. Default: every column but those with `select: false`, which are private and
   * are never told, also when they are named here.
   */
  columns?: readonly (keyof Entity & string)[];
  /** Whose event it is; null: nobody's in particular. Default: null. */
  tenant?: (entity: Entity) => string | null;
}

/** {@link EmitsWebhooksOptions} as they are kept: of any entity. */
export type EmittingEntity = Omit<EmitsWebhooksOptions, 'columns' | 'tenant'> & {
  columns?: readonly string[];
  tenant?: (entity: object) => string | null;
};

// In the registry of all symbols, so that another copy of this package reads what this one wrote.
const EMITS = Symbol.for('posthorn.EmitsWebhooks');

/**
 * Announces the changes of a TypeORM entity: each is recorded in its own transaction, with the values of the columns
 * and, for an update, what they were before. `save()`, `remove()`, `softRemove()` and `recover()` are told; statements
 * by criteria (`update()`, `delete()`, a query builder's) are not, because TypeORM does not say which rows they changed.
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

/** What an entity's class says of its changes; undefined where it is not decorated. A subclass says what its parent says. */
export function emittingEntity(target: unknown): EmittingEntity | undefined {
  return typeof target === 'function'
    ? (target as unknown as { [EMITS]?: EmittingEntity })[EMITS]
    : undefined;
}
