import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** What is wrong with a body, in a line; null when nothing is. */
export type BodyCheck = (eventType: string, format: string, body: string) => string | null;

const FORMATS: Record<string, string> = {
  'strapi-v3': 'application~1json/schema/oneOf/0',
  'strapi-v5': 'application~1json/schema/oneOf/1',
  standard: 'application~1json/schema/oneOf/2',
  cloudevents: 'application~1cloudevents+json/schema/oneOf/0',
};

/** Checks bodies against what `/openapi.json` says of them. */
export function openApiCheck(document: object): BodyCheck {
  const validatorOf = compiler(document);
  return (eventType, format, body) =>
    problemOf(validatorOf(`/webhooks/${eventType}/post/requestBody/content/${FORMATS[format]}`), body);
}

/** Checks bodies against what `/asyncapi.json` says of them. */
export function asyncApiCheck(document: object): BodyCheck {
  const validatorOf = compiler(document);
  return (eventType, format, body) =>
    problemOf(validatorOf(`/components/messages/${eventType}.${format}/payload/schema`), body);
}

/** Makes a validator of JSON Schema 2020-12, with its formats. */
export function ajv2020(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
  formats.default(ajv);
  return ajv;
}

function compiler(document: object): (pointer: string) => ValidateFunction {
  const ajv = ajv2020();
  ajv.addSchema(document, 'document');
  const known = new Map<string, ValidateFunction>();
  return (pointer) => {
    const validate = known.get(pointer) ?? ajv.compile({ $ref: `document#${pointer}` });
    known.set(pointer, validate);
    return validate;
  };
}

function problemOf(validate: ValidateFunction, body: string): string | null {
  if (validate(JSON.parse(body))) return null;
  return `${(validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`).join('; ')} in ${body}`;
}
