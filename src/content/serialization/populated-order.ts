import type { ComponentAttribute, Component, DynamicZoneAttribute } from '../content-type.js';
import { hasComponents } from '../content-type.js';
import type { LinkTargets, PopulatedComponent } from './populated-entry.js';
import { getSerializationPlan, type SerializationPlan } from './serialization-plan.js';

/** An entry or a component. */
export interface Holder {
  targets: LinkTargets;
}

/** The names of the links of each holder, in Strapi 5's order. */
export type PopulatedOrders = ReadonlyMap<Holder, readonly string[]>;

/**
 * Orders the links of an entry and of its components as Strapi 5 prints them. Strapi populates all links of an entry at
 * the same time, and a key comes when its last query has ended: first, in the schema's order, what takes one query, then
 * components whose own links take more.
 */
export function orderPopulated(owner: Pick<Component, 'attributes'>, holder: Holder): PopulatedOrders {
  const orders = new Map<Holder, readonly string[]>();
  noteOrders(owner, [holder], orders);
  return orders;
}

/** @param holders all that Strapi reads with the same query */
function noteOrders(
  owner: Pick<Component, 'attributes'>,
  holders: readonly Holder[],
  orders: Map<Holder, readonly string[]>,
): void {
  const plan = getSerializationPlan(owner);
  const order = sortLinks(plan, holders);
  for (const holder of holders) orders.set(holder, order);
  for (const attribute of plan.components) {
    for (const [component, inside] of groupByKind(attribute, holders)) noteOrders(component, inside, orders);
  }
}

function sortLinks({ links }: SerializationPlan, holders: readonly Holder[]): string[] {
  return links
    .map((attribute) => ({
      name: attribute.name,
      queries: hasComponents(attribute) ? countQueries(attribute, holders) : 1,
    }))
    .sort((one, other) => one.queries - other.queries)
    .map(({ name }) => name);
}

/** Counts the queries, one after another, until an attribute and all inside it are read. */
function countQueries(
  attribute: ComponentAttribute | DynamicZoneAttribute,
  holders: readonly Holder[],
): number {
  const groups = groupByKind(attribute, holders);
  if (groups.size === 0) return 1;
  const inside = [...groups].flatMap(([component, values]) =>
    getSerializationPlan(component).links.map((link) =>
      hasComponents(link) ? countQueries(link, values) : 1,
    ),
  );
  // A dynamic zone reads which components it has, and then each kind.
  return (attribute.type === 'dynamiczone' ? 2 : 1) + Math.max(0, ...inside);
}

function groupByKind(
  { name }: ComponentAttribute | DynamicZoneAttribute,
  holders: readonly Holder[],
): Map<Component, PopulatedComponent[]> {
  const groups = new Map<Component, PopulatedComponent[]>();
  for (const { targets } of holders) {
    for (const value of targets.components.get(name) ?? []) {
      const group = groups.get(value.component);
      if (group) group.push(value);
      else groups.set(value.component, [value]);
    }
  }
  return groups;
}
