import { Anchor, Code, DataList, Group, Paper, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { DeliveryDetail } from '../../api/views.js';
import { webhookQuery } from '../../api/webhooks.js';
import { Fact } from '../../components/fact.js';
import { NextAttempt } from '../../components/next-attempt.js';
import { StatusCode } from '../../components/status-code.js';
import { TimeAgo } from '../../components/time-ago.js';
import { fullTime, withLocalTimes } from '../../format/times.js';
import { useAllowed } from '../../session/session.js';
import { strings } from '../../strings.js';

/** What is known of a delivery, and why it stands where it stands. */
export function DeliveryFacts({ delivery }: { delivery: DeliveryDetail }) {
  const words = strings.delivery.facts;
  const { id, eventId, webhookId, reason, createdAt, finishedAt, nextAttemptAt, why } = delivery;
  return (
    <Paper withBorder p="md" h="100%">
      <DataList labelWidth={160} gap="xs">
        {reason && <Fact name={words.reason}>{strings.words.reasons[reason] ?? reason}</Fact>}
        {nextAttemptAt && (
          <Fact name={words.next}>
            <Group gap="xs">
              {fullTime(nextAttemptAt)}
              <NextAttempt at={nextAttemptAt} />
            </Group>
          </Fact>
        )}
        {why && <Fact name={words.why}>{withLocalTimes(why)}</Fact>}
        <Fact name={words.last}>
          <StatusCode status={delivery.lastStatusCode} attempts={delivery.attemptCount} />
        </Fact>
        <Fact name={words.webhook}>
          <WebhookLink id={webhookId} />
        </Fact>
        <Fact name={words.created}>
          <Group gap="xs">
            {fullTime(createdAt)}
            <TimeAgo at={createdAt} size="sm" c="dimmed" />
          </Group>
        </Fact>
        {finishedAt && <Fact name={words.finished}>{fullTime(finishedAt)}</Fact>}
        <Fact name={words.event}>
          <Code>{eventId}</Code>
        </Fact>
        <Fact name={words.id}>
          <Code>{id}</Code>
        </Fact>
      </DataList>
    </Paper>
  );
}

function WebhookLink({ id }: { id: string }) {
  const allowed = useAllowed();
  const webhook = useQuery({ ...webhookQuery(id), enabled: allowed('webhooks:read') });
  if (!webhook.data) return <Text size="sm">{webhook.error ? strings.words.deletedWebhook : id}</Text>;
  return (
    <Anchor component={Link} href={`/webhooks/${id}`} size="sm">
      {webhook.data.name}
    </Anchor>
  );
}
