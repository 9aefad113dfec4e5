import { Alert, Anchor, Breadcrumbs, Grid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'wouter';
import type { Webhook } from '../../api/views.js';
import { webhookQuery } from '../../api/webhooks.js';
import { PageTitle } from '../../components/page-title.js';
import { Queried } from '../../components/queried.js';
import { useNow } from '../../components/time-ago.js';
import { stateOf, WebhookState } from '../../components/webhook-state.js';
import { fullTime } from '../../format/times.js';
import { useAllowed } from '../../session/session.js';
import { strings } from '../../strings.js';
import { HealthCard } from './health-card.js';
import { RecoverCard } from './recover-card.js';
import { SecretCard } from './secret-card.js';
import { TestCard } from './test-card.js';
import { WebhookActions } from './webhook-actions.js';
import { WebhookFacts } from './webhook-facts.js';

/** One webhook: what it is, how it has been doing, and what can be done with it. */
export default function WebhookPage() {
  const { id } = useParams<{ id: string }>();
  const webhook = useQuery(webhookQuery(id));
  return (
    <>
      <Breadcrumbs mb="xs">
        <Anchor component={Link} href="/webhooks" size="sm">
          {strings.webhook.all}
        </Anchor>
        <Text size="sm">{webhook.data?.name ?? id}</Text>
      </Breadcrumbs>
      <Queried query={webhook}>{(data) => <Content webhook={data} />}</Queried>
    </>
  );
}

function Content({ webhook }: { webhook: Webhook }) {
  const allowed = useAllowed();
  const { why, name } = stateOf(webhook, useNow());
  return (
    <>
      <PageTitle title={webhook.name} badge={<WebhookState webhook={webhook} />}>
        <WebhookActions webhook={webhook} />
      </PageTitle>
      <Stack>
        {why && (
          <Alert color={webhook.isEnabled ? 'orange' : 'red'} variant="outline" title={name}>
            {why}
          </Alert>
        )}
        <SuspendedFilter since={webhook.health.filterSuspendedAt} />
        <Grid>
          <Grid.Col span={{ base: 12, md: 7 }}>
            <Stack>
              <HealthCard webhook={webhook} />
              <WebhookFacts webhook={webhook} />
            </Stack>
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 5 }}>
            <Stack>
              <SecretCard id={webhook.id} />
              {allowed('deliveries:write') && <RecoverCard webhook={webhook} />}
            </Stack>
          </Grid.Col>
        </Grid>
        {allowed('webhooks:update') && <TestCard id={webhook.id} />}
      </Stack>
    </>
  );
}

function SuspendedFilter({ since }: { since: string | undefined }) {
  const words = strings.webhooks.suspended;
  if (since === undefined) return null;
  return (
    <Alert color="orange" variant="outline" title={words.title}>
      {words.why(fullTime(since))} {words.end}
    </Alert>
  );
}
