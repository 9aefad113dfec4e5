import { ContentTypeError } from '../content-type-error.js';
import { type Attribute, isRelation } from '../content-type.js';
import type { LeftOut } from './left-out.js';
import { parseAttribute } from './parse-attribute.js';
import type { SchemaObject } from './schema-object.js';
import type { SchemaNoteKind, SchemaReport } from './schema-report.js';

const ATTRIBUTE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,47}$/;

/** Reserved names: columns of every entry's table, keys of every serialized entry, and their variants. */
const RESERVED = [
  'id',
  'document_id',
  'documentid',
  'tenant',
  'tenant_scope',
  'created_at',
  'createdat',
  'updated_at',
  'updatedat',
  'published_at',
  'publishedat',
  'published_media',
  'locale',
  '__type',
];

/** The file whose attributes are parsed. */
export interface AttributesPlace {
  file: string;
  /** The uid of the content type or the component; null: it has none, because its file is wrong. */
  uid: string | null;
  isInComponent: boolean;
  leftOut: LeftOut;
  report: SchemaReport;
}

/**
 * Parses the attributes of a content type or a component, in the file's order. Those with a fault are missing in the
 * result, and the report has the fault.
 */
export function parseAttributes(attributes: SchemaObject, place: AttributesPlace): Attribute[] {
  const { uid, leftOut, report, file } = place;
  // Column names are case-insensitive.
  const columns = new Set(RESERVED);
  return Object.entries(attributes).flatMap(([name, source]) => {
    if (uid !== null && leftOut.hasAttribute(uid, name)) {
      report.note('left-out', file, name, 'content.leaveOut names it');
      return [];
    }
    return report.attempt(() => parseNamed(name, source, columns, place)) ?? [];
  });
}

function parseNamed(
  name: string,
  source: unknown,
  columns: Set<string>,
  { file, isInComponent, report }: AttributesPlace,
): Attribute[] {
  const refuse = (problem: string): never => {
    throw new ContentTypeError(file, name, problem);
  };
  if (!ATTRIBUTE_NAME.test(name)) {
    refuse('its name must begin with a letter and have letters, digits and _ alone, at most 48.');
  }
  const note = (kind: SchemaNoteKind, text: string) => report.note(kind, file, name, text);
  const attribute = parseAttribute(name, source, { refuse, note, isInComponent });
  if (!attribute) return [];
  const taken = [name, ...(isRelation(attribute) ? [`${name}_id`] : [])].map((column) =>
    column.toLowerCase(),
  );
  if (taken.some((column) => columns.has(column))) refuse('its name is taken already.');
  for (const column of taken) columns.add(column);
  return [attribute];
}
