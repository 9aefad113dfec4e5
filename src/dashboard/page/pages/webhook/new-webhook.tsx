import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { Secret } from '../../api/views.js';
import { useCreateWebhook } from '../../api/webhooks.js';
import { PageTitle } from '../../components/page-title.js';
import { SecretShown } from '../../components/secret-shown.js';
import { strings } from '../../strings.js';
import { NEW_WEBHOOK } from '../../webhook-form/form-state.js';
import { WebhookForm } from '../../webhook-form/webhook-form.js';

/** Creates a webhook, and shows its secret this once. */
export default function NewWebhookPage() {
  const words = strings.webhookForm;
  const create = useCreateWebhook();
  const [created, setCreated] = useState<(Secret & { id: string }) | null>(null);
  return created ? (
    <>
      <PageTitle title={words.created.title} />
      <Alert color="green" variant="outline" role="status" maw={800}>
        <Stack>
          <Text size="sm">{words.created.text}</Text>
          <SecretShown secret={created.secret} publicKey={created.publicKey} />
          <Group>
            <Button component={Link} href={`/webhooks/${created.id}`}>
              {words.created.done}
            </Button>
          </Group>
        </Stack>
      </Alert>
    </>
  ) : (
    <>
      <PageTitle title={words.createTitle} />
      <WebhookForm
        start={NEW_WEBHOOK}
        action={words.create}
        backTo="/webhooks"
        save={async (input) => setCreated(await create.mutateAsync(input))}
      />
    </>
  );
}
