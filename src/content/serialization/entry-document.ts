import type { DocumentNode } from '../../events/document-node.js';
import { isToMany } from '../content-type.js';
import { deriveDocumentId } from '../document-id.js';
import { getPublishedAt, toEntrySummary } from './entry-view.js';
import type { PopulatedComponent, PopulatedEntry, RelatedEntry } from './populated-entry.js';
import { type Holder, orderPopulated, type PopulatedOrders } from './populated-order.js';
import { getSerializationPlan, type SerializationPlan } from './serialization-plan.js';

/** The keys that Strapi 5 adds to an entry, with the names by which they can be private. */
const COLUMNS = { documentId: 'document_id', publishedAt: 'published_at', locale: 'locale' } as const;

type LinkAttribute = Parameters<typeof isToMany>[0];

/** Builds the properties that Strapi 5 adds to a serialized entry and to what it links to. */
export function toEntryDocument(entry: PopulatedEntry): DocumentNode {
  const { type } = entry;
  const plan = getSerializationPlan(type);
  const { creatorKeys = [] } = type;
  const node = toSummaryDocument(entry);
  if (plan.isPlain && creatorKeys.length === 0) return node;
  const orders = orderPopulated(type, entry);
  return addNested(
    {
      ...node,
      more: { ...node.more, ...Object.fromEntries(creatorKeys.map((key) => [key, null])) },
      populated: [...creatorKeys, ...(orders.get(entry) ?? [])],
    },
    plan,
    entry,
    orders,
  );
}

/** Builds the properties that Strapi 5 adds to an entry's summary. */
export function toSummaryDocument({ type, status, row }: RelatedEntry): DocumentNode {
  const more = {
    documentId: row.document_id ?? deriveDocumentId(type.uid, row.id),
    publishedAt: getPublishedAt(type, status, row),
    ...(type.locale === undefined ? {} : { locale: type.locale }),
  };
  const { privateKeys } = type;
  if (privateKeys.size === 0) return { kind: 'entry', more };
  const hidden = (Object.keys(more) as (keyof typeof COLUMNS)[]).filter((key) =>
    privateKeys.has(COLUMNS[key]),
  );
  const open = Object.entries(more).filter(([key]) => !(hidden as string[]).includes(key));
  return { kind: 'entry', more: Object.fromEntries(open), ...(hidden.length > 0 ? { hidden } : {}) };
}

/** Builds an entry that only Strapi 5's form shows. */
function toWholeSummary(entry: RelatedEntry): DocumentNode {
  return { ...toSummaryDocument(entry), snapshot: toEntrySummary(entry) };
}

function toComponentDocument(component: PopulatedComponent, orders: PopulatedOrders): DocumentNode {
  const node: DocumentNode = { kind: 'component', more: {}, populated: orders.get(component) ?? [] };
  return addNested(node, getSerializationPlan(component.component), component, orders);
}

function addNested(
  node: DocumentNode,
  plan: SerializationPlan,
  { targets: { entries, files, components, versions } }: Holder,
  orders: PopulatedOrders,
): DocumentNode {
  const isEmpty = entries.size + files.size + components.size + (versions?.size ?? 0) === 0;
  if (plan.isPlain || isEmpty) return node;
  const nested: Record<string, DocumentNode | DocumentNode[]> = {};
  const add = (attribute: LinkAttribute, nodes: DocumentNode[]) => {
    const [first] = nodes;
    if (first) nested[attribute.name] = isToMany(attribute) ? nodes : first;
  };
  for (const attribute of plan.relations) {
    const shown = versions?.get(attribute.name);
    const nodes = shown?.map(toWholeSummary) ?? (entries.get(attribute.name) ?? []).map(toSummaryDocument);
    add(attribute, nodes);
  }
  for (const attribute of plan.components) {
    add(
      attribute,
      (components.get(attribute.name) ?? []).map((one) => toComponentDocument(one, orders)),
    );
  }
  for (const attribute of plan.media) {
    add(
      attribute,
      (files.get(attribute.name) ?? []).map(({ document }) => document),
    );
  }
  return { ...node, nested };
}
