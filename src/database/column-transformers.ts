import type { ValueTransformer } from 'typeorm';

/** UTC epoch milliseconds in a bigint column: drivers may hand them out as text. Null stays null. */
export const EPOCH_MS: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};

/** A JSON value in a text column, key order kept. Null stays NULL. */
export const JSON_TEXT: ValueTransformer = {
  to: (value: unknown) => (value === null || value === undefined ? value : JSON.stringify(value)),
  from: (value: string | null) => (value === null ? null : (JSON.parse(value) as unknown)),
};
