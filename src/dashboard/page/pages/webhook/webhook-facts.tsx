import { Code, DataList, Text } from '@mantine/core';
import type { Tls, Webhook } from '../../api/views.js';
import { Card } from '../../components/card.js';
import { Fact } from '../../components/fact.js';
import { duration } from '../../format/durations.js';
import { fullTime } from '../../format/times.js';
import { strings } from '../../strings.js';

/** What a webhook is registered with. */
export function WebhookFacts({ webhook }: { webhook: Webhook }) {
  const words = strings.webhook.facts;
  const form = strings.webhookForm;
  const types = Object.entries(webhook.contentTypeEvents);
  const headers = Object.entries(webhook.headers);
  const limits = [
    words.timeout(duration(webhook.timeoutMs)),
    webhook.rateLimit === null ? null : words.rate(webhook.rateLimit),
    webhook.concurrency === null ? null : words.concurrency(webhook.concurrency),
  ].filter((limit) => limit !== null);
  return (
    <Card title={words.title}>
      <DataList labelWidth={140} gap="xs">
        <Fact name={words.url}>
          <Code className="wire">{webhook.url}</Code>
        </Fact>
        <Fact name={words.events}>{webhook.events.join(', ') || strings.webhooks.noEvents}</Fact>
        {types.length > 0 && (
          <Fact name={words.types}>
            {types.map(([uid, events]) => (
              <Text key={uid} size="sm">{`${uid}: ${events.join(', ')}`}</Text>
            ))}
          </Fact>
        )}
        {webhook.filter && (
          <Fact name={words.filter}>
            <Code className="wire">{webhook.filter}</Code>
          </Fact>
        )}
        <Fact name={words.format}>{form.request.formats[webhook.format] ?? webhook.format}</Fact>
        {webhook.include && webhook.include.length > 0 && (
          <Fact name={words.include}>
            {webhook.include.map((key) => form.request.includes[key] ?? key).join(', ')}
          </Fact>
        )}
        {headers.length > 0 && (
          <Fact name={words.headers}>
            {headers.map(([name, value]) => (
              <Text key={name} size="sm" ff="monospace" className="wire">{`${name}: ${value}`}</Text>
            ))}
          </Fact>
        )}
        {webhook.handshake && <Fact name={words.consent}>{consentOf(webhook.handshake)}</Fact>}
        {webhook.tls && <Fact name={words.tls}>{certificatesOf(webhook.tls)}</Fact>}
        {webhook.tenant !== null && <Fact name={words.tenant}>{webhook.tenant}</Fact>}
        <Fact name={words.limits}>{limits.join(', ')}</Fact>
        <Fact name={words.order}>{form.limits.orderings[webhook.ordering]}</Fact>
        <Fact name={words.schedule}>
          {webhook.retrySchedule?.map((seconds) => duration(seconds * 1000)).join(', ') ??
            words.scheduleDefault}
        </Fact>
        <Fact name={words.created}>{fullTime(webhook.createdAt)}</Fact>
        <Fact name={words.updated}>{fullTime(webhook.updatedAt)}</Fact>
        <Fact name={words.id}>
          <Code>{webhook.id}</Code>
        </Fact>
      </DataList>
    </Card>
  );
}

function consentOf({ state, allowedRate, problem }: NonNullable<Webhook['handshake']>): string {
  const words = strings.webhook.facts;
  const rate = state === 'allowed' && allowedRate !== null ? words.consentRate(allowedRate) : null;
  return [words.consents[state], rate, problem].filter((sentence) => sentence !== null).join(' ');
}

function certificatesOf({ ca, certificate }: Tls): string {
  const { tlsParts } = strings.webhook.facts;
  return [ca && tlsParts.ca, certificate && tlsParts.certificate].filter(Boolean).join(', ');
}
