import { percent, short, whole } from '../format/numbers.js';

export const overview = {
  title: 'Overview',
  range: 'Shown time',
  ranges: { '1': '1 hour', '6': '6 hours', '24': '24 hours', '168': '7 days' } as Record<string, string>,
  totals: {
    events: 'Events',
    eventsHint: 'recorded in this time',
    deliveries: 'Deliveries',
    deliveriesHint: (failed: number) =>
      failed === 0 ? 'none failed for good' : `${whole(failed)} failed for good`,
    success: 'Success share',
    successHint: (attempts: number) => `of ${whole(attempts)} attempts`,
    latency: 'Latency, median',
    latencyHint: (p95: string) => `95 % within ${p95}`,
    backlog: 'Waiting to be sent',
    backlogNone: 'nothing is overdue',
    backlogAge: (age: string) => `the oldest is ${age} overdue`,
  },
  charts: {
    deliveries: 'Deliveries',
    events: 'Events',
    latency: 'Latency of attempts',
    success: 'Share of attempts that succeeded',
    succeeded: 'Succeeded',
    failed: 'Failed',
    median: 'Median',
    p95: '95 % within',
    share: 'Succeeded',
    perStep: (minutes: number) => (minutes === 1 ? 'a minute' : `every ${minutes} minutes`),
    summaryDeliveries: (succeeded: number, failed: number) =>
      `Chart: ${short(succeeded)} deliveries succeeded and ${short(failed)} failed.`,
    summaryEvents: (events: number) => `Chart: ${short(events)} events were recorded.`,
    summaryLatency: (p50: string, p95: string) =>
      `Chart: half of the attempts took at most ${p50}, 95 % at most ${p95}.`,
    summarySuccess: (share: number | null) => `Chart: ${percent(share)} of the attempts succeeded.`,
  },
  worst: {
    title: 'Slowest and worst webhooks',
    none: 'Nothing was sent in this time.',
    webhook: 'Webhook',
    attempts: 'Attempts',
    success: 'Succeeded',
    p95: '95 % within',
  },
  sending: {
    pause: 'Pause sending',
    resume: 'Resume sending',
    pausedTitle: 'Sending is paused',
    paused:
      'Nothing is sent to any webhook. What happens is still recorded, and is sent when sending resumes.',
    pauseTitle: 'Pause sending as a whole?',
    pauseMeaning:
      'Every instance stops sending to every webhook within a second. What happens is still recorded, uses no retry, and is sent when you resume.',
  },
  attention: {
    closedTitle: 'New events are refused',
    closed:
      'Changes of content and media and published events are answered 503 for now. What is recorded goes on being sent, and nothing is lost.',
    closedBy: {
      pendingDeliveries: 'Too many deliveries wait to be sent (the bound limits.pendingDeliveries).',
      unsentBytes: 'Too many bytes wait to be sent (the bound limits.unsentBytes).',
      freeBytes: 'The disk of the database has too little free space (the bound limits.freeBytes).',
      diskFull: 'The disk of the database is full.',
    } as Record<string, string>,
    problemsTitle: 'The server cannot send to some webhooks',
    problems: 'This is no fault of the receivers: no attempt is used, and the deliveries wait.',
    suspendedTitle: (count: number) => (count === 1 ? 'A filter is suspended' : 'Filters are suspended'),
    suspended: (count: number) =>
      count === 1
        ? 'It cost too much. Its webhook gets every event that it subscribes to:'
        : 'They cost too much. Their webhooks get every event that they subscribe to:',
  },
  empty: {
    title: 'Nothing has happened yet',
    text: 'Once a webhook is registered, every change of an entry or a file shows up here. Register one, then make a change:',
    curl: `curl -X POST "$POSTHORN/api/addresses" -H "Authorization: Bearer $ADMIN_TOKEN" \\
  -H "Content-Type: application/json" -d '{"data": {"city": "Paris"}}'`,
    create: 'Create a webhook',
  },
} as const;
