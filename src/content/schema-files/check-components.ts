import { ContentTypeError } from '../content-type-error.js';
import { type Attribute, type Component, type ContentType, hasComponents } from '../content-type.js';
import type { SchemaReport } from './schema-report.js';

/**
 * Checks that every component that an attribute names exists, and that components do not nest in a cycle.
 *
 * @param report receives the faults
 * @param faulty the uids of components that have a fault: it is told already
 */
export function checkComponents(
  types: readonly ContentType[],
  components: ReadonlyMap<string, Component>,
  report: SchemaReport,
  faulty: ReadonlySet<string> = new Set(),
): void {
  for (const owner of [...types, ...components.values()]) {
    for (const attribute of owner.attributes) {
      const unknown = listComponentUids(attribute).find((uid) => !components.has(uid) && !faulty.has(uid));
      if (unknown === undefined) continue;
      const known = [...components.keys()].join(', ') || 'none';
      report.refuse(
        owner.file,
        attribute.name,
        `its component "${unknown}" does not exist; the components are ${known}.`,
      );
    }
  }
  const visited = new Set<string>();
  for (const component of components.values()) {
    report.attempt(() => {
      refuseCycles(component, components, [], visited);
    });
  }
}

function refuseCycles(
  component: Component,
  components: ReadonlyMap<string, Component>,
  above: readonly string[],
  visited: Set<string>,
): void {
  if (visited.has(component.uid)) return;
  const path = [...above, component.uid];
  for (const attribute of component.attributes) {
    for (const uid of listComponentUids(attribute)) {
      if (path.includes(uid)) {
        const cycle = [...path, uid].join(', ');
        throw new ContentTypeError(
          component.file,
          attribute.name,
          `the components nest in a cycle: ${cycle}.`,
        );
      }
      const inner = components.get(uid);
      if (inner) refuseCycles(inner, components, path, visited);
    }
  }
  visited.add(component.uid);
}

function listComponentUids(attribute: Attribute): readonly string[] {
  if (!hasComponents(attribute)) return [];
  return attribute.type === 'component' ? [attribute.component] : attribute.components;
}
