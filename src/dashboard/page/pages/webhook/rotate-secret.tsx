import { Button, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useRotateSecret } from '../../api/webhooks.js';
import { Failure } from '../../components/failure.js';
import { SecretShown } from '../../components/secret-shown.js';
import { strings } from '../../strings.js';

const A_DAY = '86400';
const choices = (of: Record<string, string>) =>
  Object.entries(of).map(([value, label]) => ({ value, label }));

/** Makes a new signing secret, while the old one still signs for some time. */
export function RotateSecret({ id, onRotated }: { id: string; onRotated: () => void }) {
  const words = strings.webhook.secret;
  const [opened, dialog] = useDisclosure(false);
  const [grace, setGrace] = useState(A_DAY);
  const [type, setType] = useState('keep');
  const rotate = useRotateSecret(id);
  const begin = () =>
    rotate.mutate(
      { graceSeconds: Number(grace), ...(type === 'keep' ? {} : { type }) },
      { onSuccess: onRotated },
    );
  const close = () => {
    dialog.close();
    // The secret does not wait in the page for the next who opens this.
    rotate.reset();
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={dialog.open}>
        {words.rotate}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={words.rotateTitle}
        closeOnClickOutside={!rotate.data}
        closeButtonProps={{ 'aria-label': strings.words.close }}
      >
        {rotate.data ? (
          <Stack>
            <Text size="sm">{words.rotated}</Text>
            <SecretShown {...rotate.data} />
            <Group justify="flex-end">
              <Button onClick={close}>{words.rotatedDone}</Button>
            </Group>
          </Stack>
        ) : (
          <Stack>
            <Text size="sm">{words.rotateMeaning}</Text>
            <Select
              label={words.grace}
              allowDeselect={false}
              data={choices(words.graces)}
              value={grace}
              onChange={(value) => setGrace(value ?? A_DAY)}
            />
            <Select
              label={words.type}
              allowDeselect={false}
              data={choices(words.types)}
              value={type}
              onChange={(value) => setType(value ?? 'keep')}
            />
            {rotate.error && <Failure error={rotate.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                {strings.words.cancel}
              </Button>
              <Button loading={rotate.isPending} onClick={begin}>
                {words.rotateAction}
              </Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}
