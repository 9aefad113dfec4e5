/** Any value that JSON can carry. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** A JSON object, as snapshots are. */
export type JsonObject = { [key: string]: JsonValue };
