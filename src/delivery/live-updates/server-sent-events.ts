import type { Viewer } from '../../auth/tenancy.js';
import { toDeliveryView } from '../history/delivery-view.js';
import type { ChangeSet } from './change-reader.js';

/** The most deliveries of one poll that are sent one by one; further ones are sent as a number. */
const MAX_DELIVERIES_PER_POLL = 50;

/**
 * Formats changes as server-sent events, without those of other tenants.
 *
 * @returns empty when the viewer sees none of them
 */
export function formatChanges({ deliveries, more, webhooks }: ChangeSet, viewer: Viewer): string {
  const isVisible = ({ tenant }: { tenant: string | null }) => viewer === null || tenant === viewer;
  const visible = deliveries.filter(isVisible);
  const first = visible.slice(0, MAX_DELIVERIES_PER_POLL);
  let count = visible.length - first.length;
  for (const [tenant, further] of more) if (viewer === null || tenant === viewer) count += further;
  return [
    ...first.map((delivery) => formatEvent('delivery', toDeliveryView(delivery))),
    ...(count > 0 ? [formatEvent('many', { count })] : []),
    ...webhooks.filter(isVisible).map(({ id }) => formatEvent('webhook', { id })),
  ].join('');
}

function formatEvent(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
