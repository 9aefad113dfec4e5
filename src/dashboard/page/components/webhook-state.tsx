import { Badge, Tooltip } from '@mantine/core';
import type { Webhook } from '../api/views.js';
import { fullTime } from '../format/times.js';
import { strings } from '../strings.js';
import { useNow } from './time-ago.js';

interface StateOf {
  name: string;
  color: string;
  /** Why, in a sentence; null where nothing needs to be said. */
  why: string | null;
}

/** Enabled, paused or disabled, and why. */
export function stateOf({ isEnabled, disabledReason, health }: Webhook, now: number): StateOf {
  const words = strings.webhooks.state;
  if (!isEnabled) {
    const reason = disabledReason ?? 'manual';
    const why = words.disabledReasons[reason] ?? words.disabledOther(reason);
    return { name: words.disabled, color: reason === 'manual' ? 'gray.7' : 'red.9', why };
  }
  const { pausedUntil, consecutiveFailures } = health;
  if (pausedUntil && Date.parse(pausedUntil) > now) {
    return { name: words.paused, color: 'yellow.8', why: words.pausedUntil(fullTime(pausedUntil)) };
  }
  return {
    name: words.enabled,
    color: 'teal.9',
    why: consecutiveFailures === 0 ? null : words.failures(consecutiveFailures),
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
