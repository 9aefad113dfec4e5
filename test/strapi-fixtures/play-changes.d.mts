/** A change of `changes.json`, with what it names resolved. */
export interface Change {
  do: string;
  /** The content type's singular name. */
  type?: string;
  of?: unknown;
  data?: unknown;
  file?: string;
  info?: unknown;
  to?: { thing: unknown; type: string; field: string };
}

export interface ChangeServer<Thing, Sent> {
  /** What a relation in a change's data takes for an entry. */
  toReference(thing: Thing): unknown;
  /** Makes a change. Gives the entry or file that it made, if any, and the webhooks that were sent for it. */
  make(change: Change & { of?: Thing }): Promise<{ thing?: Thing; events: Sent[] }>;
}

export function playChanges<Thing extends { id: number }, Sent extends { body: object }>(
  changes: readonly object[],
  server: ChangeServer<Thing, Sent>,
): Promise<{ sent: Sent[][]; made: Map<string, Thing> }>;
