import { Badge, Text, Tooltip } from '@mantine/core';
import type { Webhook } from '../api/views.js';
import { clockTime, fullTime } from '../format/times.js';
import { strings } from '../strings.js';
import { useNow } from './time-ago.js';

interface StateOf {
  name: string;
  color: string;
  /** Why, in a sentence; null where nothing needs to be said. */
  why: string | null;
  /** The same in a few words. */
  note: string | null;
}

/** Enabled, paused or disabled, and why. */
export function stateOf({ isEnabled, disabledReason, handshake, health }: Webhook, now: number): StateOf {
  const words = strings.webhooks.state;
  if (!isEnabled) {
    const reason = disabledReason ?? 'manual';
    const why = words.disabledReasons[reason] ?? words.disabledOther(reason);
    const note = words.disabledNotes[reason] ?? reason;
    return { name: words.disabled, color: reason === 'manual' ? 'gray.7' : 'red.9', why, note };
  }
  if (handshake && handshake.state !== 'allowed') {
    const why = [words.consent, handshake.problem].filter((sentence) => sentence !== null).join(' ');
    return { name: words.paused, color: 'yellow.8', why, note: words.consentNote };
  }
  const { pausedUntil, consecutiveFailures } = health;
  if (pausedUntil && Date.parse(pausedUntil) > now) {
    return {
      name: words.paused,
      color: 'yellow.8',
      why: words.pausedUntil(fullTime(pausedUntil)),
      note: words.pausedNote(clockTime(pausedUntil)),
    };
  }
  const isFailing = consecutiveFailures > 0;
  return {
    name: words.enabled,
    color: 'teal.9',
    why: isFailing ? words.failures(consecutiveFailures) : null,
    note: isFailing ? words.failuresNote(consecutiveFailures) : null,
  };
}

export function WebhookState({ webhook }: { webhook: Webhook }) {
  const { name, color, why } = stateOf(webhook, useNow());
  if (why === null) {
    return (
      <Badge color={color} variant="filled">
        {name}
      </Badge>
    );
  }
  return (
    <Tooltip label={why} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      <Badge color={color} variant="filled" tabIndex={0} aria-description={why}>
        {name}
      </Badge>
    </Tooltip>
  );
}

/** The state with what it comes from, for where there is little room. */
export function NotedWebhookState({ webhook }: { webhook: Webhook }) {
  const { note } = stateOf(webhook, useNow());
  return (
    <>
      <WebhookState webhook={webhook} />
      {note !== null && (
        <Text size="xs" c="dimmed" mt={2} style={{ whiteSpace: 'nowrap' }}>
          {note}
        </Text>
      )}
      {webhook.health.filterSuspendedAt !== undefined && (
        <Text size="xs" fw={600} mt={2} style={{ whiteSpace: 'nowrap' }}>
          {strings.webhooks.suspended.note}
        </Text>
      )}
    </>
  );
}
