import { Button, Group, Text } from '@mantine/core';
import { useRevealSecret } from '../../api/webhooks.js';
import { Card } from '../../components/card.js';
import { Failure } from '../../components/failure.js';
import { SecretShown } from '../../components/secret-shown.js';
import { useAllowed, useMaySet } from '../../session/session.js';
import { strings } from '../../strings.js';
import { RotateSecret } from './rotate-secret.js';

/** The signing secret: hidden until someone who may asks for it. */
export function SecretCard({ id }: { id: string }) {
  const words = strings.webhook.secret;
  const allowed = useAllowed();
  const maySet = useMaySet();
  const reveal = useRevealSecret(id);
  return (
    <Card title={words.title}>
      <Text size="sm">{words.hint}</Text>
      {reveal.error && <Failure error={reveal.error} />}
      {reveal.data && <SecretShown {...reveal.data} />}
      {!allowed('secrets:read') && (
        <Text size="sm" c="dimmed">
          {words.mayNotRead}
        </Text>
      )}
      <Group>
        {allowed('secrets:read') &&
          (reveal.data ? (
            <Button size="xs" variant="default" onClick={reveal.reset}>
              {words.hide}
            </Button>
          ) : (
            <Button size="xs" variant="default" loading={reveal.isPending} onClick={() => reveal.mutate()}>
              {words.reveal}
            </Button>
          ))}
        {allowed('webhooks:update') && maySet('secret') && <RotateSecret id={id} onRotated={reveal.reset} />}
      </Group>
    </Card>
  );
}
