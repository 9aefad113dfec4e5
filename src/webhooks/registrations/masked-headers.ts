import { MASK } from '../../auth/mask.js';

/** Headers of a request, with the stored values in place of the masks. */
export interface RestoredHeaders {
  headers: Record<string, string>;
  /** Names that are masked, and for which no value is stored. */
  unknown: string[];
}

/** Whether a value is the mask that the API shows in place of a value. */
export function isMask(value: unknown): boolean {
  return value === MASK;
}

/**
 * Replaces masks by the stored values: a caller that was shown masked headers can send them back and changes none. Names
 * are compared without regard to case.
 */
export function restoreMaskedHeaders(
  asked: Readonly<Record<string, string>>,
  stored: Readonly<Record<string, string>>,
): RestoredHeaders {
  const byName = new Map(Object.entries(stored).map(([name, value]) => [name.toLowerCase(), value]));
  const unknown: string[] = [];
  const headers = Object.fromEntries(
    Object.entries(asked).map(([name, value]): [string, string] => {
      if (!isMask(value)) return [name, value];
      const kept = byName.get(name.toLowerCase());
      if (kept === undefined) unknown.push(name);
      return [name, kept ?? value];
    }),
  );
  return { headers, unknown };
}
