import type { Viewer } from '../../auth/tenancy.js';
import { toDeliveryView } from '../history/delivery-view.js';
import type { Seen } from './change-reader.js';

/** So many deliveries of one look are told one by one; of more, how many. */
const MOST_AT_A_TIME = 50;

/** What changed as server-sent events, as far as a viewer sees it; empty: nothing did. */
export function messagesFor({ deliveries, more, webhooks }: Seen, viewer: Viewer): string {
  const isSeen = ({ tenant }: { tenant: string | null }) => viewer === null || tenant === viewer;
  const visible = deliveries.filter(isSeen);
  const told = visible.slice(0, MOST_AT_A_TIME);
  let count = visible.length - told.length;
  for (const [tenant, further] of more) if (viewer === null || tenant === viewer) count += further;
  return [
    ...told.map((delivery) => message('delivery', toDeliveryView(delivery))),
    ...(count > 0 ? [message('many', { count })] : []),
    ...webhooks.filter(isSeen).map(({ id }) => message('webhook', { id })),
  ].join('');
}

function message(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
