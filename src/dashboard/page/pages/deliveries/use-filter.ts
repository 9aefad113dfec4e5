import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { type DeliveryFilter, readFilter, writeFilter } from '../../api/delivery-filter.js';

/** The filter in the page's address, so that what is seen can be sent to somebody else. */
export function useFilter(): [DeliveryFilter, (change: DeliveryFilter | null) => void] {
  const [search, setSearch] = useSearchParams();
  const filter = useMemo(() => readFilter(search), [search]);
  const change = useCallback(
    (part: DeliveryFilter | null) =>
      setSearch((now) => writeFilter(part === null ? {} : { ...readFilter(now), ...part }), {
        replace: true,
      }),
    [setSearch],
  );
  return [filter, change];
}
