import { Paper, Text, Timeline, Title, UnstyledButton } from '@mantine/core';
import type { Attempt } from '../../api/views.js';
import { duration } from '../../format/durations.js';
import { fullTime } from '../../format/times.js';
import { strings } from '../../strings.js';

interface Props {
  attempts: Attempt[];
  /** The number of the attempt that is shown below. */
  chosen: number | undefined;
  onChoose: (number: number) => void;
}

/** Every attempt in its order: why it was made, what came of it, how long it took. */
export function AttemptTimeline({ attempts, chosen, onChoose }: Props) {
  const words = strings.delivery;
  return (
    <Paper withBorder p="md" h="100%" component="section" aria-label={words.timeline}>
      <Title order={2} size="h5" mb="sm">
        {words.timeline}
      </Title>
      {attempts.length === 0 ? (
        <Text size="sm" role="status">
          {words.noAttempts}
        </Text>
      ) : (
        <Timeline bulletSize={16} lineWidth={2} active={attempts.length - 1} role="list">
          {attempts.map((attempt) => (
            <Timeline.Item
              key={attempt.number}
              role="listitem"
              color={hasSucceeded(attempt) ? 'teal.9' : 'red.9'}
              title={<Choice attempt={attempt} isChosen={attempt.number === chosen} onChoose={onChoose} />}
            >
              <Text size="xs" c="dimmed">
                {`${fullTime(attempt.startedAt)}, ${words.took(duration(attempt.durationMs))}`}
              </Text>
              {attempt.error && (
                <Text size="xs" style={{ overflowWrap: 'anywhere' }}>
                  {attempt.error}
                </Text>
              )}
            </Timeline.Item>
          ))}
        </Timeline>
      )}
    </Paper>
  );
}

function Choice({
  attempt,
  isChosen,
  onChoose,
}: {
  attempt: Attempt;
  isChosen: boolean;
  onChoose: (number: number) => void;
}) {
  const { number, trigger, statusCode } = attempt;
  return (
    <UnstyledButton
      fz="sm"
      fw={isChosen ? 700 : 500}
      td={isChosen ? undefined : 'underline'}
      aria-pressed={isChosen}
      onClick={() => onChoose(number)}
    >
      {`${number}. ${strings.words.triggers[trigger] ?? trigger}: ${statusCode ?? strings.words.noAnswer}`}
    </UnstyledButton>
  );
}

function hasSucceeded({ statusCode, error }: Attempt): boolean {
  return error === null && statusCode !== null && statusCode >= 200 && statusCode < 300;
}
