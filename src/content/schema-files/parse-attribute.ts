import {
  type Attribute,
  type ComponentAttribute,
  type DynamicZoneAttribute,
  FILE_KINDS,
  type FileKind,
  type MediaAttribute,
} from '../content-type.js';
import { RULES, IGNORED_RULES } from './attribute-rules.js';
import { parseRelation } from './parse-relation.js';
import { parseScalar } from './parse-scalar.js';
import { type AttributePlace, isObject, parseFlag, type Refuse, type SchemaObject } from './schema-object.js';

interface Named {
  name: string;
  required: boolean;
  private: boolean;
}

const COMPONENT_UID = /^[a-z][a-z0-9-]*\.[a-z0-9][a-z0-9-]*$/;

/**
 * Parses an attribute of a `schema.json`.
 *
 * @returns null for a relation to Strapi's own users or to a plugin, which do not exist here
 */
export function parseAttribute(name: string, source: unknown, place: AttributePlace): Attribute | null {
  const { refuse } = place;
  if (!isObject(source)) return refuse('must be an object such as {"type": "string"}.');
  const type = parseType(source, refuse);
  const known = ['type', 'required', 'private', ...RULES[type], ...IGNORED_RULES];
  // A rule with the value false is ignored.
  const unknown = Object.keys(source).find((key) => !known.includes(key) && source[key] !== false);
  if (unknown !== undefined) {
    refuse(
      `the rule "${unknown}" is none that ${type} has; it can have required, private, ${RULES[type].join(', ')}.`,
    );
  }
  const named: Named = {
    name,
    required: parseFlag(source, 'required', refuse),
    private: parseFlag(source, 'private', refuse) || type === 'password',
  };
  switch (type) {
    case 'relation':
      return parseRelation(named, source, place);
    case 'media':
      return parseMedia(named, source, refuse);
    case 'component':
      return parseComponent(named, source, refuse);
    case 'dynamiczone':
      return parseDynamicZone(named, source, place);
    default:
      return parseScalar({ ...named, type }, source, place);
  }
}

function parseType(source: SchemaObject, refuse: Refuse): Attribute['type'] {
  const { type } = source;
  if (typeof type === 'string' && Object.hasOwn(RULES, type)) return type as Attribute['type'];
  const which = Object.keys(RULES).join(', ');
  return refuse(
    type === undefined
      ? `has no "type"; it can be ${which}.`
      : `the type ${JSON.stringify(type)} is unknown; it can be ${which}.`,
  );
}

function parseMedia(named: Named, source: SchemaObject, refuse: Refuse): MediaAttribute {
  const { allowedTypes = null } = source;
  const fits = (kind: unknown) => FILE_KINDS.includes(kind as FileKind);
  if (allowedTypes !== null && !(Array.isArray(allowedTypes) && allowedTypes.every(fits))) {
    return refuse(`"allowedTypes" must be a list of ${FILE_KINDS.join(', ')}.`);
  }
  // In Strapi's files an empty list allows all kinds.
  const kinds = (allowedTypes ?? []) as FileKind[];
  return {
    ...named,
    type: 'media',
    multiple: parseFlag(source, 'multiple', refuse),
    allowedTypes: kinds.length === 0 || kinds.length === FILE_KINDS.length ? null : kinds,
  };
}

function parseComponent(named: Named, source: SchemaObject, refuse: Refuse): ComponentAttribute {
  const { component: uid } = source;
  if (!isComponentUid(uid)) return refuse('"component" must be the uid of a component: shared.seo.');
  const repeatable = parseFlag(source, 'repeatable', refuse);
  const bounds = parseCounts(source, refuse);
  if (!repeatable && Object.keys(bounds).length > 0) refuse('"min" and "max" are for what is repeatable.');
  return { ...named, type: 'component', component: uid, repeatable, ...bounds };
}

function parseDynamicZone(
  named: Named,
  source: SchemaObject,
  { refuse, isInComponent }: AttributePlace,
): DynamicZoneAttribute {
  if (isInComponent) refuse('a component can have no dynamic zone.');
  const { components } = source;
  if (!Array.isArray(components) || components.length === 0 || !components.every(isComponentUid)) {
    return refuse('"components" must be a list of uids of components such as shared.quote, at least one.');
  }
  return { ...named, type: 'dynamiczone', components, ...parseCounts(source, refuse) };
}

function parseCounts(source: SchemaObject, refuse: Refuse): { min?: number; max?: number } {
  const found: { min?: number; max?: number } = {};
  for (const key of ['min', 'max'] as const) {
    const value = source[key];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
      refuse(`"${key}" must be a whole number of components, 0 or more.`);
    }
    found[key] = value as number;
  }
  if ((found.min ?? 0) > (found.max ?? Infinity)) refuse('"min" is greater than "max".');
  return found;
}

function isComponentUid(value: unknown): value is string {
  return typeof value === 'string' && COMPONENT_UID.test(value);
}
