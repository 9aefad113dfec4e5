import type { ValueTransformer } from 'typeorm';

/** A JSON value in a text column, key order kept. Null stays NULL. */
export const JSON_TEXT: ValueTransformer = {
  to: (value: unknown) => (value === null || value === undefined ? value : JSON.stringify(value)),
  from: (value: string | null) => (value === null ? null : (JSON.parse(value) as unknown)),
};
