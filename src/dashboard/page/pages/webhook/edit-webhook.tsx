import { useQuery } from '@tanstack/react-query';
import { useLocation, useParams } from 'wouter';
import type { Webhook } from '../../api/views.js';
import { useReplaceWebhook, webhookQuery } from '../../api/webhooks.js';
import { PageTitle } from '../../components/page-title.js';
import { Queried } from '../../components/queried.js';
import { strings } from '../../strings.js';
import { toFormState } from '../../webhook-form/form-state.js';
import { WebhookForm } from '../../webhook-form/webhook-form.js';

/** Changes a webhook. */
export default function EditWebhookPage() {
  const { id } = useParams<{ id: string }>();
  const webhook = useQuery(webhookQuery(id));
  return <Queried query={webhook}>{(data) => <Content webhook={data} />}</Queried>;
}

function Content({ webhook }: { webhook: Webhook }) {
  const [, go] = useLocation();
  const replace = useReplaceWebhook(webhook.id);
  const there = `/webhooks/${webhook.id}`;
  return (
    <>
      <PageTitle title={strings.webhookForm.editTitle(webhook.name)} />
      <WebhookForm
        start={toFormState(webhook)}
        action={strings.webhookForm.save}
        backTo={there}
        save={async (input) => {
          await replace.mutateAsync(input);
          go(there);
        }}
      />
    </>
  );
}
