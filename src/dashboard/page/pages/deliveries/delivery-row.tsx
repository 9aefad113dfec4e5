import { Anchor, Table, Text } from '@mantine/core';
import { memo } from 'react';
import { Link } from 'wouter';
import type { Delivery } from '../../api/views.js';
import { StateBadge } from '../../components/state-badge.js';
import { StatusCode } from '../../components/status-code.js';
import { NextAttempt } from '../../components/next-attempt.js';
import { fullTime } from '../../format/times.js';
import { strings } from '../../strings.js';

export const ROW_HEIGHT = 41;

interface Props {
  delivery: Delivery;
  index: number;
  /** Undefined where the webhook has been deleted, or may not be read. */
  webhookName: string | undefined;
}

/** One delivery; drawn anew only when it has changed. */
export const DeliveryRow = memo(function DeliveryRow({ delivery, index, webhookName }: Props) {
  const { id, event, webhookId, state, reason, createdAt, attemptCount, lastStatusCode } = delivery;
  return (
    <Table.Tr h={ROW_HEIGHT} aria-rowindex={index + 2}>
      <Table.Td>
        <Text component="time" dateTime={createdAt} size="sm" style={{ whiteSpace: 'nowrap' }}>
          {fullTime(createdAt)}
        </Text>
      </Table.Td>
      <Table.Td>
        <Anchor
          component={Link}
          href={`/deliveries/${id}`}
          size="sm"
          aria-label={strings.deliveries.open(event, id)}
        >
          {event}
        </Anchor>
      </Table.Td>
      <Table.Td maw={220}>
        <Anchor component={Link} href={`/webhooks/${webhookId}`} size="sm" truncate display="block">
          {webhookName ?? strings.words.deletedWebhook}
        </Anchor>
      </Table.Td>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>
        <StateBadge state={state} reason={reason} />
        {reason && (
          <Text span size="xs" c="dimmed" ml={6}>
            {strings.words.reasonNames[reason] ?? reason}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <StatusCode status={lastStatusCode} attempts={attemptCount} />
      </Table.Td>
      <Table.Td>{attemptCount}</Table.Td>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>
        <NextAttempt at={delivery.nextAttemptAt} />
      </Table.Td>
    </Table.Tr>
  );
});
