import { Group, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { strings } from '../strings.js';

/** A page's heading, with what can be done on it to its right. */
export function PageTitle({
  title,
  badge,
  children,
}: {
  title: string;
  badge?: ReactNode;
  children?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} – ${strings.shell.name}`;
  }, [title]);
  return (
    <Group justify="space-between" align="center" mb="md" wrap="wrap">
      <Group gap="sm">
        <Title order={1} size="h2" style={{ overflowWrap: 'anywhere' }}>
          {title}
        </Title>
        {badge}
      </Group>
      <Group gap="xs">{children}</Group>
    </Group>
  );
}
