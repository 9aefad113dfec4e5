import type { ValueTransformer } from 'typeorm';

/** UTC epoch milliseconds in a bigint column, which drivers may return as text. Null stays null. */
export const EPOCH_MS: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};

/** A JSON value in a text column; the order of keys is kept. Null stays NULL. */
export const JSON_TEXT: ValueTransformer = {
  to: (value: unknown) => (value === null || value === undefined ? value : JSON.stringify(value)),
  from: (value: string | null) => (value === null ? null : (JSON.parse(value) as unknown)),
};
