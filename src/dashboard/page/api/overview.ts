import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, send } from './client.js';
import type { Overview } from './views.js';

export const overviewQuery = (hours: number) =>
  queryOptions({
    queryKey: ['overview', hours],
    queryFn: async ({ signal }) => (await get<{ data: Overview }>(`/overview?hours=${hours}`, signal)).data,
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });

/** Pauses or resumes sending as a whole, on every instance. */
export function useSwitchSending() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (to: 'pause' | 'resume') => send('POST', `/sending/${to}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['overview'] }),
  });
}
