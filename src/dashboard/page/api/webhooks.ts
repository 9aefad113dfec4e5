import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, send } from './client.js';
import type {
  EventType,
  FilterCheck,
  RecordedEvent,
  Secret,
  Webhook,
  WebhookHealth,
  WebhookInput,
} from './views.js';

interface Data<T> {
  data: T;
}

const at = (id: string) => `/webhooks/${encodeURIComponent(id)}`;

/** A list that is whole up to a bound. */
type Page<T> = Data<T[]> & { meta?: { nextCursor: string | null; secondsBehind?: number } };

/** A list, and by how much it is behind; null: it is not. */
interface DatedList<T> {
  entries: T[];
  secondsBehind: number | null;
}

/** Gets all pages of a list. */
async function getAll<T>(path: string, signal: AbortSignal): Promise<DatedList<T>> {
  const entries: T[] = [];
  let secondsBehind: number | null = null;
  for (let query: string | null = ''; query !== null;) {
    const page: Page<T> = await get<Page<T>>(`${path}${query}`, signal);
    entries.push(...page.data);
    secondsBehind = page.meta?.secondsBehind ?? secondsBehind;
    const next = page.meta?.nextCursor ?? null;
    query = next === null ? null : `?cursor=${encodeURIComponent(next)}`;
  }
  return { entries, secondsBehind };
}

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: async ({ signal }) => (await getAll<Webhook>('/webhooks', signal)).entries,
});

export const webhookQuery = (id: string) =>
  queryOptions({
    queryKey: ['webhooks', id],
    queryFn: async ({ signal }) => (await get<Data<Webhook>>(at(id), signal)).data,
  });

export const webhookHealthQuery = queryOptions({
  queryKey: ['webhook-health'],
  queryFn: async ({ signal }) => getAll<WebhookHealth>('/webhooks/health', signal),
  refetchInterval: 60_000,
});

export const eventTypesQuery = queryOptions({
  queryKey: ['event-types'],
  queryFn: async ({ signal }) => (await get<Data<EventType[]>>('/event-types', signal)).data,
  staleTime: Infinity,
});

/** The last recorded events, to try a filter on. */
export const recentEventsQuery = queryOptions({
  queryKey: ['recent-events'],
  queryFn: async ({ signal }) => (await get<Data<RecordedEvent[]>>('/events?limit=50', signal)).data,
});

export const filterCheckQuery = (filter: string, eventId: string | null) =>
  queryOptions({
    queryKey: ['filter-check', filter, eventId],
    queryFn: async () => {
      const body = eventId === null ? { filter } : { filter, eventId };
      return (await send<Data<FilterCheck>>('POST', '/webhooks/filter/check', body)).data;
    },
    staleTime: Infinity,
  });

/** The one change of a webhook that ends with everything about it being fetched anew. */
function useWebhookChange<Variables, Result>(change: (variables: Variables) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['webhooks'] }),
  });
}

export const useCreateWebhook = () =>
  useWebhookChange(
    async (input: WebhookInput) =>
      (await send<Data<Webhook & { secret: string; publicKey?: string }>>('POST', '/webhooks', input)).data,
  );

export const useReplaceWebhook = (id: string) =>
  useWebhookChange(async (input: WebhookInput) => (await send<Data<Webhook>>('PUT', at(id), input)).data);

export const useSwitchWebhook = (id: string) =>
  useWebhookChange(
    async (to: 'enable' | 'disable') => (await send<Data<Webhook>>('POST', `${at(id)}/${to}`)).data,
  );

export const useDeleteWebhook = (id: string) =>
  useWebhookChange(async () => (await send<Data<Webhook>>('DELETE', at(id))).data);

export const useRevealSecret = (id: string) =>
  useMutation({ mutationFn: async () => (await get<Data<Secret>>(`${at(id)}/secret`)).data });

export const useRotateSecret = (id: string) =>
  useMutation({
    mutationFn: async (body: { graceSeconds: number; type?: string }) =>
      (await send<Data<Secret>>('POST', `${at(id)}/secret/rotate`, body)).data,
  });

/** What a test came to; `deliveryId` leads to its request and response. */
export interface TestResult {
  statusCode: number;
  message?: string;
  deliveryId?: string;
}

export const useTestWebhook = (id: string) =>
  useMutation({
    mutationFn: async (event: string | null) =>
      (await send<Data<TestResult>>('POST', `${at(id)}/trigger`, event === null ? {} : { event })).data,
  });
