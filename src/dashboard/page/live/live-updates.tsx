import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import type { DeliveryFilter } from '../api/delivery-filter.js';
import type { Delivery } from '../api/views.js';
import { readStream, type StreamState } from './event-stream.js';
import { mergeDelivery, type Pages } from './merge-delivery.js';
import type { ServerSentEvent } from './parse-event-stream.js';

const StreamContext = createContext<StreamState>('connecting');

/** Whether what is shown follows what happens. */
export const useStreamState = (): StreamState => useContext(StreamContext);

/** Sums are fetched anew this long after a change at the earliest, however many changes there are. */
const SUMS_EVERY_MS = 3_000;

/** Keeps everything on the page up to date while it is open. */
export function LiveUpdates({ children, enabled }: { children: ReactNode; enabled: boolean }) {
  const queries = useQueryClient();
  const [state, setState] = useState<StreamState>('connecting');
  useEffect(() => {
    if (!enabled) return undefined;
    const ended = new AbortController();
    const stale = staleSoon(queries);
    let wasLive = false;
    void readStream(
      ended.signal,
      (event) => apply(queries, event, stale),
      (next) => {
        setState(next);
        // What happened while nobody listened is not told again.
        if (next === 'live' && wasLive) void queries.invalidateQueries();
        wasLive ||= next === 'live';
      },
    );
    return () => ended.abort();
  }, [queries, enabled]);
  return <StreamContext value={enabled ? state : 'off'}>{children}</StreamContext>;
}

function apply(queries: QueryClient, { event, data }: ServerSentEvent, stale: (key: string) => void): void {
  if (event === 'webhook') {
    void queries.invalidateQueries({ queryKey: ['webhooks'] });
    return;
  }
  if (event === 'many') {
    for (const key of ['deliveries', 'delivery', 'overview', 'webhook-health']) stale(key);
    return;
  }
  if (event !== 'delivery') return;
  const delivery = JSON.parse(data) as Delivery;
  for (const [key, list] of queries.getQueriesData<Pages>({ queryKey: ['deliveries'] })) {
    if (list) queries.setQueryData(key, mergeDelivery(list, key[1] as DeliveryFilter, delivery));
  }
  void queries.invalidateQueries({ queryKey: ['delivery', delivery.id] });
  stale('overview');
  stale('webhook-health');
}

/** Marks what is fetched under a key as stale, but not more often than every few seconds. */
function staleSoon(queries: QueryClient): (key: string) => void {
  const waiting = new Set<string>();
  return (key) => {
    if (waiting.has(key)) return;
    waiting.add(key);
    setTimeout(() => {
      waiting.delete(key);
      void queries.invalidateQueries({ queryKey: [key] });
    }, SUMS_EVERY_MS);
  };
}
