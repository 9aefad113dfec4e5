/** The greatest value of an INT column. */
const GREATEST_ID = 2_147_483_647;

/** Whether a value of a JSON body is a valid id. */
export function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= GREATEST_ID;
}

/**
 * Parses the id in a path or a form field.
 *
 * @returns null when the text is no valid id
 */
export function parseId(text: string): number | null {
  const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  return isId(id) ? id : null;
}
