import { Anchor, Skeleton, Table, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { Link } from 'wouter';
import type { Webhook, WebhookHealth } from '../../api/views.js';
import { TimeAgo } from '../../components/time-ago.js';
import { NotedWebhookState } from '../../components/webhook-state.js';
import { durationOrNone } from '../../format/durations.js';
import { percent } from '../../format/numbers.js';
import { strings } from '../../strings.js';

const Trend = lazy(() => import('../../components/trend.js'));

export function WebhookRow({ webhook, health }: { webhook: Webhook; health: WebhookHealth | undefined }) {
  const { id, name, url } = webhook;
  const sent = health && health.attempts > 0 ? health : null;
  return (
    <Table.Tr>
      <Table.Td maw={320}>
        <Anchor component={Link} href={`/webhooks/${id}`} size="sm" fw={600}>
          {name}
        </Anchor>
        <Text size="xs" c="dimmed" truncate title={url}>
          {url}
        </Text>
      </Table.Td>
      <Table.Td>
        <NotedWebhookState webhook={webhook} />
      </Table.Td>
      <Table.Td maw={200}>
        <Text size="sm" lineClamp={2}>
          {subscriptionOf(webhook)}
        </Text>
      </Table.Td>
      <Table.Td ta="right">{percent(sent?.successShare ?? null)}</Table.Td>
      <Table.Td ta="right">{durationOrNone(sent?.p95Ms ?? null)}</Table.Td>
      <Table.Td w={150}>
        {sent ? (
          <Suspense fallback={<Skeleton h={32} />}>
            <Trend health={sent} />
          </Suspense>
        ) : (
          <Text size="sm" c="dimmed">
            {strings.webhooks.nothingSent}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <TimeAgo at={health?.lastAttemptAt ?? null} size="sm" />
      </Table.Td>
    </Table.Tr>
  );
}

/** What a webhook is told of, in a few words. */
export function subscriptionOf({ events, contentTypeEvents }: Webhook): string {
  const words = strings.webhooks;
  const types = Object.keys(contentTypeEvents).length;
  const named = events.includes('*') ? [words.everything, ...events.filter((name) => name !== '*')] : events;
  const all = types === 0 ? named : [...named, words.perType(types)];
  return all.length === 0 ? words.noEvents : all.join(', ');
}
