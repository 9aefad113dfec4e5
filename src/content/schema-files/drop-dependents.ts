import {
  type Attribute,
  type Component,
  type ContentType,
  isRelation,
  type RelationAttribute,
} from '../content-type.js';
import type { SchemaReport } from './schema-report.js';

/** What others of the project refer to and is left out. */
export interface Dropped {
  /** The uids of content types. */
  types: ReadonlySet<string>;
  /** The uids of components. */
  components: ReadonlySet<string>;
}

/**
 * Leaves out what cannot be served without what was left out before: relations to a content type, attributes of a
 * component, and the other sides of relations (`mappedBy`). A dynamic zone loses the component, and a relation whose
 * `inversedBy` is gone is kept with one side.
 *
 * @param components changed in place, because the content types refer to it
 * @returns the content types, without those attributes
 */
export function dropDependents(
  types: readonly ContentType[],
  components: Map<string, Component>,
  dropped: Dropped,
  report: SchemaReport,
): ContentType[] {
  const drop = <T extends ContentType | Component>(owner: T): T => ({
    ...owner,
    attributes: owner.attributes.flatMap((one) => dropReferences(owner, one, dropped, report) ?? []),
  });
  for (const [uid, component] of components) components.set(uid, drop(component));
  const files = new Map(types.map(({ uid, file }) => [uid, file]));
  const isLeftOut = ({ target }: RelationAttribute, name: string | null) => {
    const file = files.get(target);
    return (
      name !== null &&
      file !== undefined &&
      report.notes.some((note) => note.kind === 'left-out' && note.file === file && note.attribute === name)
    );
  };
  return types.map(drop).map((type) => ({
    ...type,
    attributes: type.attributes.flatMap((attribute): readonly Attribute[] => {
      if (!isRelation(attribute)) return [attribute];
      if (isLeftOut(attribute, attribute.mappedBy)) {
        const text = `it is stored by "${attribute.mappedBy}" of ${attribute.target}, which is left out`;
        report.note('left-out', type.file, attribute.name, text);
        return [];
      }
      const isOneSided = isLeftOut(attribute, attribute.inversedBy);
      return [isOneSided ? { ...attribute, inversedBy: null } : attribute];
    }),
  }));
}

/** Returns null when the attribute is left out too. */
function dropReferences(
  { file }: ContentType | Component,
  attribute: Attribute,
  dropped: Dropped,
  report: SchemaReport,
): Attribute | null {
  const leaveOut = (text: string): null => {
    report.note('left-out', file, attribute.name, text);
    return null;
  };
  switch (attribute.type) {
    case 'relation':
      return dropped.types.has(attribute.target)
        ? leaveOut(`its target ${attribute.target} is left out`)
        : attribute;
    case 'component':
      return dropped.components.has(attribute.component)
        ? leaveOut(`its component ${attribute.component} is left out`)
        : attribute;
    case 'dynamiczone': {
      const kept = attribute.components.filter((uid) => !dropped.components.has(uid));
      if (kept.length === attribute.components.length) return attribute;
      const gone = attribute.components.filter((uid) => dropped.components.has(uid)).join(', ');
      if (kept.length === 0) return leaveOut(`all its components are left out: ${gone}`);
      report.note('different', file, attribute.name, `its components ${gone} are left out`);
      return { ...attribute, components: kept };
    }
    default:
      return attribute;
  }
}
