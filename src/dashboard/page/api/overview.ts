import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, send } from './client.js';
import type { Overview } from './views.js';

/** An overview, and by how much its counts are behind; null: they are not. */
export interface DatedOverview extends Overview {
  secondsBehind: number | null;
}

export const overviewQuery = (hours: number) =>
  queryOptions({
    queryKey: ['overview', hours],
    queryFn: async ({ signal }): Promise<DatedOverview> => {
      const { data, meta } = await get<{ data: Overview; meta?: { secondsBehind?: number } }>(
        `/overview?hours=${hours}`,
        signal,
      );
      return { ...data, secondsBehind: meta?.secondsBehind ?? null };
    },
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
