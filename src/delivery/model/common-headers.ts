/** What the headers follow from that differ from one request of a webhook to the next. */
export interface RequestFacts {
  eventId: string;
  /** The event type. */
  event: string;
  /** The attempt's number. */
  number: number;
  /** When the request began, epoch milliseconds. */
  startedAt: number;
}

/** The headers that differ from one request of a webhook to the next; undefined: not to be known from its facts. */
const VARYING: Record<string, (facts: RequestFacts) => string | undefined> = {
  'X-Strapi-Event': ({ event }) => event,
  'webhook-id': ({ eventId }) => eventId,
  'webhook-timestamp': ({ startedAt }) => String(Math.floor(startedAt / 1000)),
  'X-Posthorn-Attempt': ({ number }) => String(number),
  traceparent: () => undefined,
};

/** The headers of one request, split into what all requests of its webhook share and what this one alone has. */
export interface SplitHeaders {
  /** In the order of the request; null: another value in each request. */
  common: Record<string, string | null>;
  /** The values that do not follow from the facts of the request. */
  own: Record<string, string>;
}

/** Splits the headers of a request, so that what is the same in every one is stored once. */
export function splitHeaders(headers: Readonly<Record<string, string>>, facts: RequestFacts): SplitHeaders {
  const common: SplitHeaders['common'] = {};
  const own: SplitHeaders['own'] = {};
  for (const [name, value] of Object.entries(headers)) {
    const derive = Object.hasOwn(VARYING, name) ? VARYING[name] : undefined;
    common[name] = derive ? null : value;
    if (derive && derive(facts) !== value) own[name] = value;
  }
  return { common, own };
}

/** Joins what {@link splitHeaders} split. */
export function joinHeaders({ common, own }: SplitHeaders, facts: RequestFacts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(common).map(([name, value]) => [name, value ?? own[name] ?? VARYING[name]?.(facts) ?? '']),
  );
}
