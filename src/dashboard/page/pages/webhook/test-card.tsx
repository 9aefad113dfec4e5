import { Alert, Button, Group, Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { deliveryQuery } from '../../api/deliveries.js';
import { eventTypesQuery, type TestResult, useTestWebhook } from '../../api/webhooks.js';
import { Card } from '../../components/card.js';
import { Exchange } from '../../components/exchange.js';
import { Failure } from '../../components/failure.js';
import { Queried } from '../../components/queried.js';
import { useAllowed } from '../../session/session.js';
import { strings } from '../../strings.js';

const STRAPI = 'trigger-test';

/** Sends one request now, and shows what went out and what came back. */
export function TestCard({ id }: { id: string }) {
  const words = strings.webhook.test;
  const types = useQuery(eventTypesQuery);
  const [event, setEvent] = useState(STRAPI);
  const test = useTestWebhook(id);
  const choices = [
    { value: STRAPI, label: words.strapi },
    ...(types.data ?? []).map(({ name }) => ({ value: name, label: name })),
  ];
  return (
    <Card title={words.title}>
      <Text size="sm">{words.hint}</Text>
      <Group align="flex-end">
        <Select
          label={words.event}
          searchable
          allowDeselect={false}
          data={choices}
          value={event}
          onChange={(value) => setEvent(value ?? STRAPI)}
          w={300}
        />
        <Button loading={test.isPending} onClick={() => test.mutate(event === STRAPI ? null : event)}>
          {words.send}
        </Button>
      </Group>
      {test.error && <Failure error={test.error} />}
      {test.data && <Result result={test.data} />}
    </Card>
  );
}

function Result({ result: { statusCode, message, deliveryId } }: { result: TestResult }) {
  const words = strings.webhook.test;
  const isTaken = statusCode >= 200 && statusCode < 300;
  const maySeeDeliveries = useAllowed()('deliveries:read');
  return (
    <>
      <Alert
        color={isTaken ? 'green' : 'red'}
        variant="outline"
        role="status"
        title={isTaken ? words.succeeded(statusCode) : words.failed(statusCode)}
      >
        {isTaken ? null : message || words.noAnswer}
      </Alert>
      {deliveryId !== undefined && maySeeDeliveries && <Sent deliveryId={deliveryId} />}
    </>
  );
}

function Sent({ deliveryId }: { deliveryId: string }) {
  const delivery = useQuery(deliveryQuery(deliveryId));
  return (
    <Queried query={delivery}>
      {({ attempts, request }) => {
        const attempt = attempts.at(-1);
        return attempt ? <Exchange attempt={attempt} body={request.body} /> : null;
      }}
    </Queried>
  );
}
