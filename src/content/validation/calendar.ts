const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATETIME = /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Whether text is a day that there is: `2020-02-29` is, `2021-02-29` is not. */
export function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  // JavaScript takes the 30th of February for the 1st of March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Whether text is a moment in ISO 8601, with its distance from UTC. */
export function isDatetime(text: string): boolean {
  return DATETIME.test(text) && isDate(text.slice(0, 10)) && !Number.isNaN(Date.parse(text));
}
