import { Button, EmptyState } from '@mantine/core';
import { Link } from 'wouter';
import { strings } from '../strings.js';

export function NotFound() {
  return (
    <EmptyState title={strings.shell.notFound} description={strings.shell.notFoundHint}>
      <EmptyState.Actions>
        <Button component={Link} href="/">
          {strings.shell.overview}
        </Button>
      </EmptyState.Actions>
    </EmptyState>
  );
}
