import type { ValueTransformer } from 'typeorm';

/** UTC epoch milliseconds in a bigint column: drivers may hand them out as text. Null stays null. */
export const EPOCH_MS: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};
