import { Button, Checkbox, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { countQuery } from '../../api/deliveries.js';
import { Failure } from '../../components/failure.js';
import { fromLocalInput, toLocalInput } from '../../format/times.js';
import { strings } from '../../strings.js';

interface Props {
  webhookId: string;
  busy: boolean;
  error: unknown;
  onRecover: (range: { since: string; until?: string; missed: boolean }) => void;
  onClose: () => void;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Since when, until when, and what of it: with the count said before anything is sent. */
export function RecoverForm({ webhookId, busy, error, onRecover, onClose }: Props) {
  const words = strings.webhook.recover;
  const [since, setSince] = useState(() => toLocalInput(new Date(Date.now() - DAY_MS).toISOString()));
  const [until, setUntil] = useState('');
  const [missed, setMissed] = useState(false);
  const from = fromLocalInput(since);
  const to = fromLocalInput(until);
  return (
    <Stack>
      <TextInput
        type="datetime-local"
        label={words.since}
        required
        value={since}
        error={from === undefined ? words.sinceMissing : undefined}
        onChange={({ currentTarget }) => setSince(currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        label={words.until}
        description={words.untilHint}
        value={until}
        onChange={({ currentTarget }) => setUntil(currentTarget.value)}
      />
      <Checkbox
        label={words.missed}
        description={words.missedHint}
        checked={missed}
        onChange={({ currentTarget }) => setMissed(currentTarget.checked)}
      />
      {from !== undefined && <Count webhookId={webhookId} from={from} to={to} />}
      {error ? <Failure error={error} /> : null}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {strings.words.cancel}
        </Button>
        <Button
          loading={busy}
          disabled={from === undefined}
          onClick={() =>
            from !== undefined &&
            onRecover({ since: from, ...(to === undefined ? {} : { until: to }), missed })
          }
        >
          {words.action}
        </Button>
      </Group>
    </Stack>
  );
}

function Count({ webhookId, from, to }: { webhookId: string; from: string; to: string | undefined }) {
  const count = useQuery(
    countQuery({ webhookId, state: 'failed', from, ...(to === undefined ? {} : { to }) }),
  );
  if (count.error) return <Failure error={count.error} retry={() => void count.refetch()} />;
  return (
    <Text fw={600} role="status">
      {count.data
        ? strings.webhook.recover.count(count.data.matched, count.data.capped)
        : strings.deliveries.bulk.counting}
    </Text>
  );
}
