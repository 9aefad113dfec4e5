import type { JsonObject } from '../../events/json.js';

/** The parts of a scalar attribute that its JSON Schema depends on. */
export interface DescribedAttribute {
  name: string;
  type: string;
  required: boolean;
  private: boolean;
  min?: number | bigint;
  max?: number | bigint;
  minLength?: number;
  maxLength?: number;
  /** A pattern that must match somewhere in the text; empty text is exempt. */
  regex?: string;
  values?: readonly string[];
}

const TEXT: JsonObject = { type: 'string' };
const NUMBER: JsonObject = { type: 'number' };

/** The JSON Schema of each scalar type in serialized form. `json` is any value. */
const BY_TYPE: Record<string, JsonObject> = {
  string: TEXT,
  text: TEXT,
  richtext: TEXT,
  blocks: {
    type: 'array',
    items: { type: 'object', properties: { type: TEXT }, required: ['type'] },
  },
  enumeration: TEXT,
  email: { type: 'string', format: 'email' },
  password: TEXT,
  uid: { type: 'string', pattern: '^[A-Za-z0-9\\-_.~]*$' },
  date: { type: 'string', format: 'date' },
  time: { type: 'string', pattern: '^\\d{2}:\\d{2}:\\d{2}\\.\\d{3}$', examples: ['12:00:00.000'] },
  datetime: { type: 'string', format: 'date-time' },
  timestamp: {
    type: 'string',
    pattern: '^-?\\d+$',
    description: 'epoch milliseconds',
    examples: ['1580472000000'],
  },
  integer: { type: 'integer' },
  biginteger: { type: 'string', pattern: '^-?\\d+$', description: 'a whole number', examples: ['1'] },
  float: NUMBER,
  decimal: NUMBER,
  boolean: { type: 'boolean' },
  json: {},
};

/** Whether an attribute is scalar: no relation, file or component. */
export function isScalarType({ type }: Pick<DescribedAttribute, 'type'>): boolean {
  return Object.hasOwn(BY_TYPE, type);
}

/**
 * Builds the JSON Schema of a scalar attribute's value.
 *
 * @param mayBeNull whether the value can be null
 * @param isLoose whether `minLength` and `regex` are not enforced, as in drafts
 */
export function buildAttributeSchema(
  attribute: DescribedAttribute,
  mayBeNull: boolean,
  isLoose = false,
): JsonObject {
  const { type, values } = attribute;
  const { minLength: _, regex: __, ...asked } = attribute;
  const schema: JsonObject = { ...BY_TYPE[type], ...toJsonSchemaBounds(isLoose ? asked : attribute) };
  if (values) schema['enum'] = mayBeNull ? [...values, null] : [...values];
  if (mayBeNull && typeof schema['type'] === 'string') schema['type'] = [schema['type'], 'null'];
  return schema;
}

function toJsonSchemaBounds({ type, min, max, minLength, maxLength, regex }: DescribedAttribute): JsonObject {
  const bounds: JsonObject = {};
  if (['integer', 'float', 'decimal'].includes(type)) {
    if (min !== undefined) bounds['minimum'] = Number(min);
    if (max !== undefined) bounds['maximum'] = Number(max);
  }
  if (BY_TYPE[type] !== TEXT) return bounds;
  if (minLength !== undefined) bounds['minLength'] = minLength;
  if (maxLength !== undefined) bounds['maxLength'] = maxLength;
  if (regex !== undefined && isEcmaPattern(regex)) bounds['pattern'] = `^$|(?:${regex})`;
  return bounds;
}

/** Whether a pattern is valid in ECMA-262, the syntax of JSON Schema; some patterns of RE2 are not. */
function isEcmaPattern(regex: string): boolean {
  try {
    return new RegExp(regex, 'u').source !== '';
  } catch {
    return false;
  }
}
