import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { strings } from '../strings.js';
import { Failure } from './failure.js';

interface Props {
  opened: boolean;
  title: string;
  /** What it means, before it is done. */
  meaning: string;
  /** What the button says: the deed itself, never "OK". */
  action: string;
  /** What the way back says. */
  keep?: string;
  dangerous?: boolean;
  busy?: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
  children?: ReactNode;
}

/** Asks before something is done that cannot simply be undone. */
export function Confirm(props: Props) {
  const { opened, title, meaning, action, keep, dangerous, busy, error, onConfirm, onClose, children } =
    props;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      closeButtonProps={{ 'aria-label': strings.words.close }}
    >
      <Stack>
        <Text size="sm">{meaning}</Text>
        {children}
        {error ? <Failure error={error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {keep ?? strings.words.cancel}
          </Button>
          <Button color={dangerous ? 'red.9' : undefined} loading={busy} onClick={onConfirm}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
