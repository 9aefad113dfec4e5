/** Any value that JSON can carry. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** A JSON object, for example an event's snapshot. */
export type JsonObject = { [key: string]: JsonValue };
