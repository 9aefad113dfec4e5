import { Button } from '@mantine/core';
import { useSwitchSending } from '../../api/overview.js';
import { ConfirmedButton } from '../../components/confirmed-button.js';
import { useAllowed } from '../../session/session.js';
import { strings } from '../../strings.js';

/** Pauses and resumes sending as a whole; nothing where the token may not. */
export function SendingSwitch({ paused }: { paused: boolean }) {
  const words = strings.overview.sending;
  const allowed = useAllowed();
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
    <ConfirmedButton
      label={words.pause}
      title={words.pauseTitle}
      meaning={words.pauseMeaning}
      deed={sending}
      to="pause"
    />
  );
}
