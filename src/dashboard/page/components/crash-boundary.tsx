import { Alert, Button, Code, Container, Stack, Text } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { messageOf } from '../api/api-error.js';
import { strings } from '../strings.js';

/** Says so where the page itself fails, instead of going blank. */
export class CrashBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override readonly state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <Container component="main" size="sm" py="xl">
        <Alert color="red" variant="outline" title={strings.errors.crashed} role="alert">
          <Stack align="flex-start">
            <Text size="sm">{strings.errors.crashedHint}</Text>
            <Code block>{messageOf(this.state.error)}</Code>
            <Button size="xs" variant="default" onClick={() => location.reload()}>
              {strings.errors.reload}
            </Button>
          </Stack>
        </Alert>
      </Container>
    );
  }
}
