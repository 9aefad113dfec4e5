import { Button, CopyButton } from '@mantine/core';
import { strings } from '../strings.js';

/** Copies a text; says so, to screen readers too. */
export function Copy({ value, label = strings.words.copy }: { value: string; label?: string }) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Button size="xs" variant="default" onClick={copy} aria-live="polite">
          {copied ? strings.words.copied : label}
        </Button>
      )}
    </CopyButton>
  );
}
