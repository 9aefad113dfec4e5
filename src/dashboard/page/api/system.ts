import { queryOptions } from '@tanstack/react-query';
import { get } from './client.js';
import type { System } from './views.js';

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: async ({ signal }) => (await get<{ data: System }>('/system', signal)).data,
});
