import {
  type Component,
  type ContentType,
  isRelation,
  type RelationAttribute,
  type RelationKind,
} from '../content-type.js';
import type { SchemaReport } from './schema-report.js';

/** The cardinality of a relation from its other side. */
const MIRRORED: Record<RelationKind, RelationKind> = {
  oneToOne: 'oneToOne',
  oneToMany: 'manyToOne',
  manyToOne: 'oneToMany',
  manyToMany: 'manyToMany',
};

/**
 * Checks that the target of every relation exists, and that the two sides of a relation agree.
 *
 * @param report receives the faults
 * @param faulty the uids of content types that have a fault: it is told already
 */
export function checkRelations(
  types: readonly ContentType[],
  components: readonly Component[],
  report: SchemaReport,
  faulty: ReadonlySet<string> = new Set(),
): void {
  const byUid = new Map(types.map((type) => [type.uid, type]));
  for (const owner of [...types, ...components]) {
    for (const attribute of owner.attributes.filter(isRelation)) {
      const target = byUid.get(attribute.target);
      if (!target) {
        if (faulty.has(attribute.target)) continue;
        const problem = `its target "${attribute.target}" is no content type; there are ${[...byUid.keys()].join(', ')}.`;
        report.refuse(owner.file, attribute.name, problem);
        continue;
      }
      const otherName = attribute.mappedBy ?? attribute.inversedBy;
      if (otherName !== null && report.isAbsent(target.file, otherName)) continue;
      const problem = findOtherSideProblem(owner.uid, attribute, target);
      if (problem !== null) report.refuse(owner.file, attribute.name, problem);
    }
  }
}

function findOtherSideProblem(uid: string, attribute: RelationAttribute, target: ContentType): string | null {
  const { name, relation, inversedBy, mappedBy } = attribute;
  const [key, otherName] = mappedBy === null ? ['inversedBy', inversedBy] : ['mappedBy', mappedBy];
  if (otherName === null) return null;
  const other = target.attributes.find((one) => one.name === otherName);
  const said = `"${key}" is "${otherName}"`;
  if (!other || !isRelation(other)) return `${said}, but ${target.uid} has no such relation.`;
  if (other.target !== uid) return `${said}, but that relation of ${target.uid} points to ${other.target}.`;
  if (other.relation !== MIRRORED[relation]) {
    return `${said}, but that relation of ${target.uid} is ${other.relation}; it must be ${MIRRORED[relation]}.`;
  }
  const [otherKey, back] =
    mappedBy === null ? ['mappedBy', other.mappedBy] : ['inversedBy', other.inversedBy];
  return back === name
    ? null
    : `${said}, but that relation of ${target.uid} has no "${otherKey}": "${name}".`;
}
