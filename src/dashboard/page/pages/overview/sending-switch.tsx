import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useSwitchSending } from '../../api/overview.js';
import { Confirm } from '../../components/confirm.js';
import { useAllowed } from '../../session/session.js';
import { strings } from '../../strings.js';

/** Pauses and resumes sending as a whole; nothing where the token may not. */
export function SendingSwitch({ paused }: { paused: boolean }) {
  const words = strings.overview.sending;
  const allowed = useAllowed();
  const [isAsking, asking] = useDisclosure(false);
  const sending = useSwitchSending();
  if (!allowed('deliveries:write')) return null;
  if (paused) {
    return (
      <Button size="xs" loading={sending.isPending} onClick={() => sending.mutate('resume')}>
        {words.resume}
      </Button>
    );
  }
  return (
    <>
      <Button size="xs" variant="default" onClick={asking.open}>
        {words.pause}
      </Button>
      <Confirm
        opened={isAsking}
        title={words.pauseTitle}
        meaning={words.pauseMeaning}
        action={words.pause}
        busy={sending.isPending}
        error={sending.error}
        onConfirm={() => sending.mutate('pause', { onSuccess: asking.close })}
        onClose={asking.close}
      />
    </>
  );
}
