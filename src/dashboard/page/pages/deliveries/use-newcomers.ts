import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { DeliveryFilter } from '../../api/delivery-filter.js';
import type { Delivery } from '../../api/views.js';

/**
 * How many deliveries were put above the reader while they had scrolled down. What they read is held still: the list is
 * moved by as much as was put above it.
 *
 * @param hold moves the list down by so many rows
 */
export function useNewcomers(
  deliveries: Delivery[],
  filter: DeliveryFilter,
  isScrolled: boolean,
  hold: (rows: number) => void,
): number {
  const [count, setCount] = useState(0);
  const top = useRef<string | undefined>(undefined);
  useEffect(() => {
    top.current = undefined;
  }, [filter]);
  useEffect(() => {
    if (!isScrolled) setCount(0);
  }, [isScrolled]);
  useLayoutEffect(() => {
    const before = top.current;
    top.current = deliveries[0]?.id;
    if (!isScrolled || before === undefined || before === top.current) return;
    const added = deliveries.findIndex(({ id }) => id <= before);
    if (added <= 0) return;
    setCount((known) => known + added);
    hold(added);
  }, [deliveries, isScrolled, hold]);
  return count;
}
