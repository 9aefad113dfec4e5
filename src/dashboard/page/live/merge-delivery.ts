import { type DeliveryFilter, matches } from '../api/delivery-filter.js';
import type { Delivery, DeliveryPage } from '../api/views.js';

/** What a list of deliveries is, page after page. */
export interface Pages {
  pages: DeliveryPage[];
  pageParams: (string | null)[];
}

/**
 * A list after a delivery was made or changed: it is put in its place, replaced where it stands, or taken out where it
 * no longer belongs. The same list where nothing changes.
 */
export function mergeDelivery(list: Pages, filter: DeliveryFilter, delivery: Delivery): Pages {
  const belongs = matches(filter, delivery);
  const holder = list.pages.findIndex((page) => page.data.some(({ id }) => id === delivery.id));
  if (holder >= 0) {
    return withPage(list, holder, (data) =>
      belongs
        ? data.map((known) => (known.id === delivery.id ? delivery : known))
        : data.filter(({ id }) => id !== delivery.id),
    );
  }
  // Ids are ordered by time, newest first. What is older than all that is loaded comes with its own page.
  const oldest = list.pages.at(-1);
  const isInside = oldest?.meta.nextCursor === null || (oldest?.data.at(-1)?.id ?? '\uffff') < delivery.id;
  if (!belongs || !isInside) return list;
  const before = list.pages.findIndex((page) => page.data.some(({ id }) => id < delivery.id));
  return withPage(list, before >= 0 ? before : list.pages.length - 1, (data) =>
    [...data, delivery].toSorted((a, b) => (a.id < b.id ? 1 : -1)),
  );
}

function withPage(list: Pages, index: number, change: (data: Delivery[]) => Delivery[]): Pages {
  return {
    ...list,
    pages: list.pages.map((page, at) => (at === index ? { ...page, data: change(page.data) } : page)),
  };
}
