import { Text } from '@mantine/core';
import { strings } from '../strings.js';

/** What a receiver answered, or that it did not. */
export function StatusCode({ status, attempts = 1 }: { status: number | null; attempts?: number }) {
  if (attempts === 0) return <Text size="sm">{strings.words.none}</Text>;
  return (
    <Text
      size="sm"
      ff={status === null ? undefined : 'monospace'}
      fw={status === null || status >= 300 ? 600 : 400}
    >
      {status ?? strings.words.noAnswer}
    </Text>
  );
}
