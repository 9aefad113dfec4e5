import { Button, Table, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'wouter';
import { webhookHealthQuery, webhooksQuery } from '../../api/webhooks.js';
import type { Webhook } from '../../api/views.js';
import { Behind } from '../../components/behind.js';
import { PageTitle } from '../../components/page-title.js';
import { Queried } from '../../components/queried.js';
import { Teaching } from '../../components/teaching.js';
import { useAllowed } from '../../session/session.js';
import { strings } from '../../strings.js';
import { WebhookRow } from './webhook-row.js';

/** Every webhook and how it has been doing. */
export default function WebhooksPage() {
  const words = strings.webhooks;
  const allowed = useAllowed();
  const webhooks = useQuery(webhooksQuery);
  return (
    <>
      <PageTitle title={words.title}>
        {allowed('webhooks:create') && (
          <Button component={Link} href="/webhooks/new">
            {words.create}
          </Button>
        )}
      </PageTitle>
      <Queried query={webhooks}>
        {(all) => (all.length === 0 ? <NoWebhooks /> : <WebhookTable webhooks={all} />)}
      </Queried>
    </>
  );
}

function WebhookTable({ webhooks }: { webhooks: Webhook[] }) {
  const words = strings.webhooks;
  const [search, setSearch] = useSearchParams();
  const health = useQuery(webhookHealthQuery);
  const sought = search.get('search') ?? '';
  const found = webhooks.filter(({ name, url }) =>
    `${name} ${url}`.toLowerCase().includes(sought.trim().toLowerCase()),
  );
  const healthOf = new Map(health.data?.entries.map((entry) => [entry.id, entry]));
  return (
    <>
      <TextInput
        type="search"
        aria-label={words.search}
        placeholder={words.search}
        maw={360}
        mb="md"
        value={sought}
        onChange={({ currentTarget: { value } }) =>
          setSearch(value ? { search: value } : {}, { replace: true })
        }
      />
      <Table.ScrollContainer minWidth={900}>
        <Table aria-label={words.table} highlightOnHover verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words.columns.name}</Table.Th>
              <Table.Th>{words.columns.state}</Table.Th>
              <Table.Th>{words.columns.events}</Table.Th>
              <Table.Th ta="right">{words.columns.success}</Table.Th>
              <Table.Th ta="right">{words.columns.p95}</Table.Th>
              <Table.Th>{words.columns.trend}</Table.Th>
              <Table.Th>{words.columns.lastAttempt}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {found.map((webhook) => (
              <WebhookRow key={webhook.id} webhook={webhook} health={healthOf.get(webhook.id)} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Behind seconds={health.data?.secondsBehind ?? null} />
      {found.length === 0 && <Text role="status">{words.noneFound}</Text>}
    </>
  );
}

function NoWebhooks() {
  const { empty, create } = strings.webhooks;
  const allowed = useAllowed();
  return (
    <Teaching
      title={empty.title}
      text={empty.text}
      commands={[empty.curl, { text: empty.receiver, command: empty.receiverCommand }]}
    >
      {allowed('webhooks:create') && (
        <Button component={Link} href="/webhooks/new">
          {create}
        </Button>
      )}
    </Teaching>
  );
}
