/** What a line of the log is about. */
export interface NamedIds {
  deliveryId?: string;
  eventId?: string;
  webhookId?: string;
}

const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const NAMED: readonly [keyof NamedIds, RegExp][] = [
  ['deliveryId', new RegExp(`\\bdelivery (${ID})\\b`, 'i')],
  ['eventId', new RegExp(`\\bevent (${ID})\\b`, 'i')],
  ['webhookId', new RegExp(`\\bwebhook (${ID})\\b`, 'i')],
];

/** The ids that a sentence names, so that a program finds them without reading it: "delivery 01a2…" is its `deliveryId`. */
export function idsIn(sentence: string): NamedIds {
  const ids: NamedIds = {};
  for (const [name, pattern] of NAMED) {
    const [, id] = pattern.exec(sentence) ?? [];
    if (id !== undefined) ids[name] = id;
  }
  return ids;
}
