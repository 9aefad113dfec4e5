import { whole } from '../format/numbers.js';

export const deliveries = {
  title: 'Deliveries',
  table: 'Deliveries, newest first',
  region: 'List of deliveries',
  columns: {
    created: 'Made',
    event: 'Event',
    webhook: 'Webhook',
    state: 'State',
    status: 'Answer',
    attempts: 'Attempts',
    next: 'Next attempt',
  },
  filters: {
    title: 'Filters',
    state: 'State',
    webhook: 'Webhook',
    event: 'Event type',
    status: 'Last answer',
    from: 'From',
    to: 'To',
    id: 'Id of a delivery or event',
    any: 'Any',
    clear: 'Clear filters',
    statuses: {
      '2xx': '2xx: taken',
      '3xx': '3xx: redirected',
      '4xx': '4xx: refused',
      '5xx': '5xx: receiver failed',
      none: 'No answer',
    } as Record<string, string>,
  },
  open: (event: string, id: string) => `${event}, delivery ${id}`,
  more: 'Loading older ones',
  end: 'These are all.',
  toTop: (count: number) => (count === 1 ? 'Show 1 new delivery' : `Show ${whole(count)} new deliveries`),
  empty: {
    title: 'Nothing has been sent yet',
    text: 'A delivery is one event for one webhook. With a webhook registered, make a change and watch it arrive here:',
    curl: `curl -X POST "$POSTHORN/api/addresses" -H "Authorization: Bearer $ADMIN_TOKEN" \\
  -H "Content-Type: application/json" -d '{"data": {"city": "Paris"}}'`,
  },
  noneFound: {
    title: 'No delivery matches these filters',
    text: 'Widen the time or clear a filter. What is older than the retention time has been removed.',
  },
  bulk: {
    open: 'Redeliver these',
    title: 'Redeliver what the filters show',
    needsFilter: 'Set a filter first: everything at once is never redelivered.',
    meaning:
      'Each of them gets one attempt now, with the same body and webhook-id. A 2xx makes it succeeded; a failure changes nothing.',
    counting: 'Counting',
    count: (matched: number, capped: boolean) =>
      capped
        ? `More than ${whole(matched)} deliveries match.`
        : matched === 1
          ? '1 delivery matches.'
          : `${whole(matched)} deliveries match.`,
    action: (matched: number, capped: boolean) =>
      capped
        ? 'Redeliver them all'
        : matched === 1
          ? 'Redeliver 1 delivery'
          : `Redeliver ${whole(matched)} deliveries`,
    none: 'Nothing matches: there is nothing to redeliver.',
  },
  progress: {
    label: 'Progress',
    running: (done: number, matched: number) =>
      `${whole(done)} of ${whole(matched)} are done. It goes on if you close this.`,
    finished: (matched: number) =>
      matched === 1 ? '1 delivery is done.' : `All ${whole(matched)} are done.`,
    nothing: 'There was nothing to do.',
  },
} as const;
