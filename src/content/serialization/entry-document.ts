import type { DocumentNode } from '../../events/document-node.js';
import { isToMany } from '../content-type.js';
import { documentIdOf } from '../document-id.js';
import { publishedAt } from './entry-view.js';
import type { Pointed, PopulatedComponent, PopulatedEntry, RelatedEntry } from './populated-entry.js';
import { serializationPlan, type PrintingPlan } from './serialization-plan.js';

type Pointing = Parameters<typeof isToMany>[0];

/** What Strapi 5 tells of an entry beside its printed form, and of what it points to. */
export function entryDocument(entry: PopulatedEntry): DocumentNode {
  return withNested(summaryDocument(entry), serializationPlan(entry.type), entry.pointed);
}

/** What Strapi 5 tells of an entry beside its summary. */
export function summaryDocument({ type, status, row }: RelatedEntry): DocumentNode {
  return {
    kind: 'entry',
    more: {
      documentId: row.document_id ?? documentIdOf(type.uid, row.id),
      publishedAt: publishedAt(type, status, row),
      locale: null,
    },
  };
}

function componentDocument({ component, pointed }: PopulatedComponent): DocumentNode {
  return withNested({ kind: 'component', more: {} }, serializationPlan(component), pointed);
}

function withNested(
  node: DocumentNode,
  plan: PrintingPlan,
  { entries, files, components }: Pointed,
): DocumentNode {
  if (plan.isPlain || entries.size + files.size + components.size === 0) return node;
  const nested: Record<string, DocumentNode | DocumentNode[]> = {};
  const add = (attribute: Pointing, nodes: DocumentNode[]) => {
    const [first] = nodes;
    if (first) nested[attribute.name] = isToMany(attribute) ? nodes : first;
  };
  for (const attribute of plan.relations) {
    add(attribute, (entries.get(attribute.name) ?? []).map(summaryDocument));
  }
  for (const attribute of plan.components) {
    add(attribute, (components.get(attribute.name) ?? []).map(componentDocument));
  }
  for (const attribute of plan.media) {
    add(
      attribute,
      (files.get(attribute.name) ?? []).map(({ document }) => document),
    );
  }
  return { ...node, nested };
}
