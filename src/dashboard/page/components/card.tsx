import { Paper, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  /** What a screen reader calls it. Default: the title. */
  label?: string;
  children: ReactNode;
}

/** A part of a page under its own heading. */
export function Card({ title, label = title, children }: Props) {
  return (
    <Paper withBorder p="md" component="section" aria-label={label}>
      <Stack gap="sm">
        <Title order={2} size="h5">
          {title}
        </Title>
        {children}
      </Stack>
    </Paper>
  );
}
