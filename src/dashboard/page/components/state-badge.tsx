import { Badge } from '@mantine/core';
import { strings } from '../strings.js';

const COLORS: Record<string, string> = { pending: 'yellow.8', succeeded: 'teal.9', failed: 'red.9' };

/** A delivery's state; the word carries it, the colour only repeats it. */
export function StateBadge({ state, reason }: { state: string; reason?: string | null }) {
  return (
    <Badge
      color={COLORS[state] ?? 'gray.7'}
      variant="filled"
      title={reason ? strings.words.reasons[reason] : undefined}
    >
      {strings.words.states[state] ?? state}
    </Badge>
  );
}
