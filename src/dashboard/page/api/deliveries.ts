import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { get, queryOf, send } from './client.js';
import type { DeliveryFilter } from './delivery-filter.js';
import { toApiFilter } from './delivery-filter.js';
import type { Delivery, DeliveryDetail, DeliveryPage, Recovery } from './views.js';

interface Data<T> {
  data: T;
}

const PAGE_SIZE = 100;

const at = (id: string) => `/deliveries/${encodeURIComponent(id)}`;

/** A list of deliveries, page after page by their cursors, newest first. */
export const deliveriesQuery = (filter: DeliveryFilter) =>
  infiniteQueryOptions({
    queryKey: ['deliveries', filter],
    queryFn: ({ pageParam, signal }) =>
      get<DeliveryPage>(
        `/deliveries${queryOf({ ...toApiFilter(filter), limit: PAGE_SIZE, cursor: pageParam })}`,
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.meta.nextCursor,
    placeholderData: keepPreviousData,
  });

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ['delivery', id],
    queryFn: async ({ signal }) => (await get<Data<DeliveryDetail>>(at(id), signal)).data,
  });

/** How many a filter means, counted up to a bound. */
export const countQuery = (filter: DeliveryFilter) =>
  queryOptions({
    queryKey: ['deliveries-count', filter],
    queryFn: async () =>
      (
        await send<Data<{ matched: number; capped: boolean }>>('POST', '/deliveries/count', {
          filter: toApiFilter(filter),
        })
      ).data,
    staleTime: 0,
    gcTime: 0,
  });

export const recoveryQuery = (id: string) =>
  queryOptions({
    queryKey: ['recoveries', id],
    queryFn: async ({ signal }) =>
      (await get<Data<Recovery>>(`/recoveries/${encodeURIComponent(id)}`, signal)).data,
    refetchInterval: ({ state }) => (state.data?.state === 'finished' ? false : 700),
  });

export const useRedeliver = () => useDeliveryChange('redeliver');
export const useCancel = () => useDeliveryChange('cancel');

function useDeliveryChange(change: 'redeliver' | 'cancel') {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => (await send<Data<Delivery>>('POST', `${at(id)}/${change}`)).data,
    onSuccess: (_, id) => queries.invalidateQueries({ queryKey: ['delivery', id] }),
  });
}

/** What was begun: how many it means, and the id under which its progress is told. */
export interface Begun {
  id: string;
  matched: number;
}

export const useRedeliverAll = () =>
  useMutation({
    mutationFn: async (filter: DeliveryFilter) =>
      (await send<Data<Begun>>('POST', '/deliveries/redeliver', { filter: toApiFilter(filter) })).data,
  });

export const useRecover = (webhookId: string) =>
  useMutation({
    mutationFn: async (body: { since: string; until?: string; missed: boolean }) =>
      (await send<Data<Begun>>('POST', `/webhooks/${encodeURIComponent(webhookId)}/recover`, body)).data,
  });
