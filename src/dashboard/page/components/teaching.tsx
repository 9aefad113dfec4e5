import { Code, EmptyState, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Copy } from './copy.js';

/** What to do where there is nothing yet. */
export function Teaching({
  title,
  text,
  commands = [],
  children,
}: {
  title: string;
  text: string;
  /** Commands for a shell; one that does not begin with a word of its own is explained by the text before it. */
  commands?: (string | { text: string; command: string })[];
  children?: ReactNode;
}) {
  return (
    <EmptyState title={title} py="xl">
      <Stack align="center" maw={760} mx="auto">
        <Text ta="center">{text}</Text>
        {commands.map((entry) => {
          const { text, command } = typeof entry === 'string' ? { text: null, command: entry } : entry;
          return (
            <Stack key={command} gap={4} w="100%">
              {text && <Text ta="center">{text}</Text>}
              <Code block className="wire">
                {command}
              </Code>
              <Group justify="flex-end">
                <Copy value={command} />
              </Group>
            </Stack>
          );
        })}
        {children}
      </Stack>
    </EmptyState>
  );
}
