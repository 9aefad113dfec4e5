import { Progress, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { recoveryQuery } from '../api/deliveries.js';
import { strings } from '../strings.js';
import { Failure } from './failure.js';

/** How far a redelivery or recovery of many has come, until it has ended. */
export function BegunProgress({ id, matched }: { id: string; matched: number }) {
  const words = strings.deliveries.progress;
  const { data, error, refetch } = useQuery(recoveryQuery(id));
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  const all = data?.matched ?? matched;
  const isFinished = data?.state === 'finished' || all === 0;
  const done = isFinished ? all : (data?.done ?? 0);
  return (
    <Stack gap="xs">
      <Progress.Root size="lg">
        <Progress.Section
          value={all === 0 ? 100 : (100 * done) / all}
          aria-label={words.label}
          color={isFinished ? 'teal.9' : undefined}
          animated={!isFinished}
        />
      </Progress.Root>
      <Text size="sm" role="status">
        {all === 0 ? words.nothing : isFinished ? words.finished(all) : words.running(done, all)}
      </Text>
    </Stack>
  );
}
