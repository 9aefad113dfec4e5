import {
  type Attribute,
  type ComponentAttribute,
  type DynamicZoneAttribute,
  FILE_KINDS,
  type FileKind,
  type MediaAttribute,
} from '../content-type.js';
import { EVERY_RULE, IGNORED_RULES, RULES } from './attribute-rules.js';
import { parseType } from './attribute-type.js';
import { parseRelation } from './parse-relation.js';
import { parseScalar } from './parse-scalar.js';
import { type AttributePlace, isObject, parseFlag, type Refuse, type SchemaObject } from './schema-object.js';

interface Named {
  name: string;
  required: boolean;
  private: boolean;
}

const COMPONENT_UID = /^[A-Za-z][A-Za-z0-9_-]*\.[A-Za-z0-9][A-Za-z0-9_-]*$/;

/**
 * Parses an attribute of a `schema.json`.
 *
 * @returns null for a relation that cannot be served, with a note that says why it is left out
 */
export function parseAttribute(name: string, source: unknown, place: AttributePlace): Attribute | null {
  const { refuse } = place;
  if (!isObject(source)) return refuse('must be an object such as {"type": "string"}.');
  const { type, isGuessed } = parseType(source, place);
  checkRules(source, type, isGuessed, place);
  const named: Named = {
    name,
    required: parseFlag(source, 'required', refuse),
    private: parseFlag(source, 'private', refuse) || type === 'password',
  };
  if (named.required && isObject(source['conditions'])) {
    place.note('different', 'is required also where its "conditions" hide it');
  }
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

/** Refuses rules of other types, which would not be obeyed. Keys that are no rule of any type are noted. */
function checkRules(
  source: SchemaObject,
  type: Attribute['type'],
  isGuessed: boolean,
  { refuse, note }: AttributePlace,
): void {
  const known = ['type', 'required', 'private', 'customField', ...RULES[type], ...IGNORED_RULES];
  // A rule with the value false is ignored.
  const unknown = Object.keys(source).filter((key) => !known.includes(key) && source[key] !== false);
  const disobeyed = unknown.find((key) => EVERY_RULE.has(key));
  if (disobeyed !== undefined && !isGuessed) {
    refuse(
      `the rule "${disobeyed}" is none that ${type} has; it can have required, private, ${RULES[type].join(', ')}.`,
    );
  }
  for (const key of unknown) {
    if (EVERY_RULE.has(key)) note('different', `its rule "${key}" is not checked`);
    else note('ignored', JSON.stringify(key));
  }
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
