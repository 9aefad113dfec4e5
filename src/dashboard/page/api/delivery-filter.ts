/** What narrows the list of deliveries, as the page's address carries it. */
export interface DeliveryFilter {
  state?: string;
  webhookId?: string;
  event?: string;
  /** `2xx` … `5xx`; `none`: no answer came. */
  statusClass?: string;
  /** Made at or after this time: ISO 8601. */
  from?: string;
  /** Made before this time: ISO 8601. */
  to?: string;
  /** A delivery's or an event's id. */
  id?: string;
}

export const FILTER_KEYS = ['state', 'webhookId', 'event', 'statusClass', 'from', 'to', 'id'] as const;

/** The filter that an address carries: what is empty or unknown is left out. */
export function readFilter(query: URLSearchParams): DeliveryFilter {
  const filter: DeliveryFilter = {};
  for (const key of FILTER_KEYS) {
    const value = query.get(key)?.trim();
    if (value) filter[key] = value;
  }
  return filter;
}

/** The query string that carries a filter: always in the same order, so that one filter has one address. */
export function writeFilter(filter: DeliveryFilter): URLSearchParams {
  const query = new URLSearchParams();
  for (const key of FILTER_KEYS) {
    const value = filter[key]?.trim();
    if (value) query.set(key, value);
  }
  return query;
}

export function isEmpty(filter: DeliveryFilter): boolean {
  return FILTER_KEYS.every((key) => !filter[key]);
}

/** The filter as the API takes it. The page's own names are the API's. */
export function toApiFilter(filter: DeliveryFilter): Record<string, string> {
  return Object.fromEntries(writeFilter(filter));
}

/** What of a delivery a filter looks at. */
interface Filtered {
  id: string;
  eventId: string;
  webhookId: string;
  event: string;
  state: string;
  lastStatusCode: number | null;
  createdAt: string;
}

/** Whether a delivery that has just been made or changed belongs into a list. */
export function matches(filter: DeliveryFilter, delivery: Filtered): boolean {
  const madeAt = Date.parse(delivery.createdAt);
  return (
    (!filter.state || filter.state === delivery.state) &&
    (!filter.webhookId || filter.webhookId === delivery.webhookId) &&
    (!filter.event || filter.event === delivery.event) &&
    (!filter.statusClass || filter.statusClass === statusClassOf(delivery.lastStatusCode)) &&
    (!filter.id || filter.id === delivery.id || filter.id === delivery.eventId) &&
    (!filter.from || madeAt >= Date.parse(filter.from)) &&
    (!filter.to || madeAt < Date.parse(filter.to))
  );
}

function statusClassOf(status: number | null): string {
  return status === null ? 'none' : `${Math.floor(status / 100)}xx`;
}
