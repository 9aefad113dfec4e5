import { Text } from '@mantine/core';
import { strings } from '../strings.js';

/** Says by how much a list is behind that was read from a read replica. Nothing where it was read from the primary. */
export function Behind({ seconds }: { seconds: number | null }) {
  if (seconds === null) return null;
  return (
    <Text size="xs" c="dimmed" my="xs">
      {strings.words.behind(seconds)}
    </Text>
  );
}
