/** What an INT column holds. */
const GREATEST_ID = 2_147_483_647;

/** Whether a value of a JSON body can be an id. */
export function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= GREATEST_ID;
}

/**
 * The id in a path or a form field.
 *
 * @returns null when it is none
 */
export function parseId(text: string): number | null {
  const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  return isId(id) ? id : null;
}
