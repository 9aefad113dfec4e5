import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useRecover } from '../../api/deliveries.js';
import type { Webhook } from '../../api/views.js';
import { BegunProgress } from '../../components/begun-progress.js';
import { Card } from '../../components/card.js';
import { strings } from '../../strings.js';
import { RecoverForm } from './recover-form.js';

/** Brings back what has failed since a time. */
export function RecoverCard({ webhook: { id, isEnabled } }: { webhook: Webhook }) {
  const words = strings.webhook.recover;
  const [opened, dialog] = useDisclosure(false);
  const recover = useRecover(id);
  const open = () => {
    recover.reset();
    dialog.open();
  };
  return (
    <Card title={words.title}>
      <Text size="sm">{words.hint}</Text>
      {!isEnabled && (
        <Text size="sm" c="dimmed">
          {words.disabled}
        </Text>
      )}
      <Group>
        <Button size="xs" variant="default" disabled={!isEnabled} onClick={open}>
          {words.open}
        </Button>
      </Group>
      <Modal
        opened={opened}
        onClose={dialog.close}
        title={words.dialog}
        closeButtonProps={{ 'aria-label': strings.words.close }}
      >
        {recover.data ? (
          <Stack>
            <BegunProgress {...recover.data} />
            <Group justify="flex-end">
              <Button onClick={dialog.close}>{strings.words.close}</Button>
            </Group>
          </Stack>
        ) : (
          <RecoverForm
            webhookId={id}
            busy={recover.isPending}
            error={recover.error}
            onRecover={(range) => recover.mutate(range)}
            onClose={dialog.close}
          />
        )}
      </Modal>
    </Card>
  );
}
