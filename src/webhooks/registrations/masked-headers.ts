import { MASK } from '../../auth/mask.js';

/** Headers as they came, with what was masked put back, and the names for which there was nothing to put back. */
export interface RestoredHeaders {
  headers: Record<string, string>;
  unknown: string[];
}

/** Whether a value is the mask that was shown in place of one. */
export function isMask(value: unknown): boolean {
  return value === MASK;
}

/**
 * Puts stored values where a mask came back: whoever was shown masked headers can send them as they are, and changes
 * none. Names are found without regard to case.
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
