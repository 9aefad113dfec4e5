import { Anchor, Group, SimpleGrid, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense } from 'react';
import { Link } from 'wouter';
import type { Webhook } from '../../api/views.js';
import { webhookHealthQuery } from '../../api/webhooks.js';
import { Behind } from '../../components/behind.js';
import { Card } from '../../components/card.js';
import { TimeAgo } from '../../components/time-ago.js';
import { durationOrNone } from '../../format/durations.js';
import { percent, whole } from '../../format/numbers.js';
import { useAllowed } from '../../session/session.js';
import { strings } from '../../strings.js';

const Trend = lazy(() => import('../../components/trend.js'));

/** How a webhook has been doing. */
export function HealthCard({ webhook: { id, health } }: { webhook: Webhook }) {
  const words = strings.webhook.health;
  const all = useQuery(webhookHealthQuery);
  const own = all.data?.entries.find((entry) => entry.id === id);
  const maySeeDeliveries = useAllowed()('deliveries:read');
  return (
    <Card title={words.title}>
      <SimpleGrid cols={{ base: 2, sm: 3 }}>
        <Figure name={words.success}>{percent(own?.successShare ?? null)}</Figure>
        <Figure name={words.p95}>{durationOrNone(own?.p95Ms ?? null)}</Figure>
        <Figure name={words.attempts}>{whole(own?.attempts ?? 0)}</Figure>
        <Figure name={words.lastAttempt}>
          <TimeAgo at={own?.lastAttemptAt ?? null} fw={600} />
        </Figure>
        <Figure name={words.lastSuccess}>
          <TimeAgo at={health.lastSuccessAt} fw={600} />
        </Figure>
      </SimpleGrid>
      <Behind seconds={all.data?.secondsBehind ?? null} />
      {own && own.attempts > 0 && (
        <Suspense fallback={<Skeleton h={32} />}>
          <Trend health={own} />
        </Suspense>
      )}
      {maySeeDeliveries && (
        <Group>
          <Anchor component={Link} href={`/deliveries?webhookId=${id}`} size="sm">
            {words.deliveries}
          </Anchor>
          <Anchor component={Link} href={`/deliveries?state=failed&webhookId=${id}`} size="sm">
            {words.failed}
          </Anchor>
        </Group>
      )}
    </Card>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="div" fw={600}>
        {children}
      </Text>
    </div>
  );
}
