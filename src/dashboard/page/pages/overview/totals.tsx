import { Paper, SimpleGrid, Text } from '@mantine/core';
import type { Overview } from '../../api/views.js';
import { duration, durationOrNone } from '../../format/durations.js';
import { percent, whole } from '../../format/numbers.js';
import { strings } from '../../strings.js';

/** The figures of the shown time, and what is waiting now. */
export function Totals({ overview: { totals, backlog } }: { overview: Overview }) {
  const words = strings.overview.totals;
  const age = backlog.oldestAgeMs ?? 0;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3, lg: 5 }}>
      <Figure name={words.events} value={whole(totals.events)} hint={words.eventsHint} />
      <Figure
        name={words.deliveries}
        value={whole(totals.deliveries)}
        hint={words.deliveriesHint(totals.failed)}
      />
      <Figure
        name={words.success}
        value={percent(totals.successShare)}
        hint={words.successHint(totals.attempts)}
      />
      <Figure
        name={words.latency}
        value={durationOrNone(totals.p50Ms)}
        hint={words.latencyHint(durationOrNone(totals.p95Ms))}
      />
      <Figure
        name={words.backlog}
        value={whole(backlog.pending)}
        hint={age > 0 ? words.backlogAge(duration(age)) : words.backlogNone}
      />
    </SimpleGrid>
  );
}

function Figure({ name, value, hint }: { name: string; value: string; hint: string }) {
  return (
    <Paper withBorder p="md" role="group" aria-label={name}>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text size="xl" fw={700}>
        {value}
      </Text>
      <Text size="xs" c="dimmed">
        {hint}
      </Text>
    </Paper>
  );
}
