import { whole } from '../format/numbers.js';

export const webhooks = {
  title: 'Webhooks',
  create: 'Create a webhook',
  search: 'Find by name or URL',
  table: 'Webhooks and how they have been doing over 24 hours',
  columns: {
    name: 'Webhook',
    state: 'State',
    events: 'Events',
    success: 'Succeeded, 24\u00a0h',
    p95: '95 % within',
    trend: 'Attempts an hour',
    lastAttempt: 'Last attempt',
  },
  trend: (succeeded: number, failed: number) =>
    `In 24 hours ${whole(succeeded)} attempts succeeded and ${whole(failed)} failed.`,
  nothingSent: 'nothing sent',
  noneFound: 'No webhook has this in its name or URL.',
  state: {
    enabled: 'Enabled',
    disabled: 'Disabled',
    paused: 'Paused',
    disabledReasons: {
      manual: 'A person disabled it. It gets nothing until it is enabled.',
      gone: 'Its receiver answered 410 (gone), which asks for no more. Enable it once the receiver wants events again.',
      failing:
        'Its receiver kept failing for days. Mend the receiver, enable the webhook, then recover what was missed.',
    } as Record<string, string>,
    disabledNotes: {
      manual: 'by a person',
      gone: 'receiver is gone',
      failing: 'failed for days',
    } as Record<string, string>,
    disabledOther: (reason: string) => `It was disabled: ${reason}.`,
    pausedUntil: (time: string) =>
      `Its receiver fails or asked for a pause. The next attempt is made at ${time}; nothing is lost meanwhile.`,
    pausedNote: (time: string) => `until ${time}`,
    consent: 'Nothing is sent before its receiver consents, as CloudEvents’ abuse protection says.',
    consentNote: 'awaits consent',
    failuresNote: (count: number) => `failing: ${whole(count)} in a row`,
    failures: (count: number) =>
      count === 1 ? 'The last attempt failed.' : `${whole(count)} attempts in a row failed.`,
  },
  suspended: {
    note: 'filter suspended',
    title: 'Its filter is suspended',
    why: (time: string) =>
      `Since ${time} its filter is not asked, because it cost too much over 20 events in a row. Every event that the webhook subscribes to is sent.`,
    end: 'Make the filter cheaper, then save the webhook.',
  },
  everything: 'everything',
  perType: (count: number) => (count === 1 ? '1 content type' : `${count} content types`),
  noEvents: 'none',
  empty: {
    title: 'No webhooks yet',
    text: 'A webhook is an address that Posthorn tells of what happens: it gets a signed POST for every event that it subscribes to. Create one here, or with the API:',
    curl: `curl -X POST "$POSTHORN/admin/webhooks" -H "Authorization: Bearer $ADMIN_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{"name": "search index", "url": "https://example.com/hook", "headers": {}, "events": ["entry.*"]}'`,
    receiver: 'No receiver at hand? This one shows what arrives, on port 4000:',
    receiverCommand: 'npm run receiver',
  },
} as const;
