import { Text } from '@mantine/core';
import { fullTime, relativeTime } from '../format/times.js';
import { strings } from '../strings.js';
import { useNow } from './time-ago.js';

/** When a delivery's next attempt is due. One that is due already waits for its turn: that it is late is not its age. */
export function NextAttempt({ at }: { at: string | null }) {
  const now = useNow();
  if (at === null) return <Text size="sm">{strings.words.none}</Text>;
  return (
    <Text component="time" dateTime={at} title={fullTime(at)} size="sm">
      {Date.parse(at) > now ? relativeTime(at, now) : strings.words.due}
    </Text>
  );
}
