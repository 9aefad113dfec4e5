import { Alert, Fieldset, Select, Stack, Text, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { messageOf } from '../api/api-error.js';
import type { FilterCheck } from '../api/views.js';
import { filterCheckQuery, recentEventsQuery } from '../api/webhooks.js';
import { fullTime } from '../format/times.js';
import { useAllowed } from '../session/session.js';
import { strings } from '../strings.js';
import type { FieldsProps } from './fields.js';

const TYPING_MS = 400;

/** A condition over events, tried on a recorded one while it is written. */
export function FilterField({ form, change, faults }: FieldsProps) {
  const words = strings.webhookForm.filter;
  const [eventId, setEventId] = useState<string | null>(null);
  const maySeeEvents = useAllowed()('deliveries:read');
  const events = useQuery({ ...recentEventsQuery, enabled: maySeeEvents });
  const [filter] = useDebouncedValue(form.filter.trim(), TYPING_MS);
  return (
    <Fieldset legend={words.legend}>
      <Stack gap="sm">
        <Textarea
          label={words.label}
          description={words.hint}
          autosize
          minRows={2}
          maxRows={10}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          value={form.filter}
          error={faults['filter']}
          onChange={({ currentTarget }) => change({ filter: currentTarget.value })}
        />
        {maySeeEvents && (
          <Select
            label={words.event}
            placeholder={words.eventPlaceholder}
            description={events.data?.length === 0 ? words.noEvents : undefined}
            searchable
            clearable
            data={(events.data ?? []).map(({ id, type, model, createdAt }) => ({
              value: id,
              label: `${type}${model === null ? '' : ` (${model})`}, ${fullTime(createdAt)}`,
            }))}
            value={eventId}
            onChange={setEventId}
          />
        )}
        {filter !== '' && <Verdict filter={filter} eventId={eventId} />}
      </Stack>
    </Fieldset>
  );
}

function Verdict({ filter, eventId }: { filter: string; eventId: string | null }) {
  const words = strings.webhookForm.filter;
  const check = useQuery(filterCheckQuery(filter, eventId));
  if (check.isPending) return <Text size="sm">{words.checking}</Text>;
  if (check.error) {
    return (
      <Alert color="red" variant="outline" title={words.unchecked} role="status">
        {messageOf(check.error)}
      </Alert>
    );
  }
  const { color, title, text } = told(check.data);
  return (
    <Alert color={color} variant="outline" title={title} role="status">
      {text}
    </Alert>
  );
}

function told({ valid, matches, reason, error }: FilterCheck): {
  color: string;
  title: string;
  text?: string;
} {
  const words = strings.webhookForm.filter;
  if (!valid) {
    const at = error?.line === undefined ? '' : ` (${words.at(error.line, error.column ?? 1)})`;
    return { color: 'red', title: words.invalid, text: `${error?.message ?? ''}${at}` };
  }
  if (matches === undefined) return { color: 'green', title: words.valid };
  return {
    color: matches ? 'green' : 'orange',
    title: matches ? words.matches : words.differs,
    ...(reason ? { text: reason } : {}),
  };
}
