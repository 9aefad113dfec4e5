import type { DocumentNode } from '../../events/document-node.js';
import { isToMany } from '../content-type.js';
import { deriveDocumentId } from '../document-id.js';
import { getPublishedAt } from './entry-view.js';
import type { LinkTargets, PopulatedComponent, PopulatedEntry, RelatedEntry } from './populated-entry.js';
import { getSerializationPlan, type SerializationPlan } from './serialization-plan.js';

/** The keys that Strapi 5 adds to an entry, with the names by which they can be private. */
const COLUMNS = { documentId: 'document_id', publishedAt: 'published_at', locale: 'locale' } as const;

type LinkAttribute = Parameters<typeof isToMany>[0];

/** Builds the properties that Strapi 5 adds to a serialized entry and to what it links to. */
export function toEntryDocument(entry: PopulatedEntry): DocumentNode {
  return addNested(toSummaryDocument(entry), getSerializationPlan(entry.type), entry.targets);
}

/** Builds the properties that Strapi 5 adds to an entry's summary. */
export function toSummaryDocument({ type, status, row }: RelatedEntry): DocumentNode {
  const more = {
    documentId: row.document_id ?? deriveDocumentId(type.uid, row.id),
    publishedAt: getPublishedAt(type, status, row),
    locale: null,
  };
  const { privateKeys } = type;
  if (privateKeys.size === 0) return { kind: 'entry', more };
  const hidden = (Object.keys(more) as (keyof typeof more)[]).filter((key) => privateKeys.has(COLUMNS[key]));
  const open = Object.entries(more).filter(([key]) => !(hidden as string[]).includes(key));
  return { kind: 'entry', more: Object.fromEntries(open), ...(hidden.length > 0 ? { hidden } : {}) };
}

function toComponentDocument({ component, targets }: PopulatedComponent): DocumentNode {
  return addNested({ kind: 'component', more: {} }, getSerializationPlan(component), targets);
}

function addNested(
  node: DocumentNode,
  plan: SerializationPlan,
  { entries, files, components }: LinkTargets,
): DocumentNode {
  if (plan.isPlain || entries.size + files.size + components.size === 0) return node;
  const nested: Record<string, DocumentNode | DocumentNode[]> = {};
  const add = (attribute: LinkAttribute, nodes: DocumentNode[]) => {
    const [first] = nodes;
    if (first) nested[attribute.name] = isToMany(attribute) ? nodes : first;
  };
  for (const attribute of plan.relations) {
    add(attribute, (entries.get(attribute.name) ?? []).map(toSummaryDocument));
  }
  for (const attribute of plan.components) {
    add(attribute, (components.get(attribute.name) ?? []).map(toComponentDocument));
  }
  for (const attribute of plan.media) {
    add(
      attribute,
      (files.get(attribute.name) ?? []).map(({ document }) => document),
    );
  }
  return { ...node, nested };
}
