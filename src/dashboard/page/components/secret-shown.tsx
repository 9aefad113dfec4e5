import { Code, Group, Stack, Text } from '@mantine/core';
import type { Secret } from '../api/views.js';
import { fullTime } from '../format/times.js';
import { strings } from '../strings.js';
import { Copy } from './copy.js';

/** A signing secret in the open, with what a receiver needs. */
export function SecretShown({ secret, publicKey, previous = [] }: Secret) {
  const words = strings.webhook.secret;
  return (
    <Stack gap="sm">
      <Shown name={words.label} value={secret} />
      {publicKey !== undefined && (
        <>
          <Shown name={words.publicKey} value={publicKey} />
          <Text size="xs" c="dimmed">
            {words.publicKeyHint}
          </Text>
        </>
      )}
      {previous.map(({ expiresAt }) => (
        <Text key={expiresAt} size="sm">
          {words.previous(fullTime(expiresAt))}
        </Text>
      ))}
    </Stack>
  );
}

function Shown({ name, value }: { name: string; value: string }) {
  return (
    <Group wrap="nowrap" align="center" role="group" aria-label={name}>
      <Code className="wire" fz="sm" flex={1} p="xs">
        {value}
      </Code>
      <Copy value={value} />
    </Group>
  );
}
