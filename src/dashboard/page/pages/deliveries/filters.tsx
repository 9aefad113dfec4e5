import { Button, Select, SimpleGrid, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type DeliveryFilter, isEmpty } from '../../api/delivery-filter.js';
import { eventTypesQuery, webhooksQuery } from '../../api/webhooks.js';
import { fromLocalInput, toLocalInput } from '../../format/times.js';
import { useAllowed } from '../../session/session.js';
import { strings } from '../../strings.js';

interface Props {
  filter: DeliveryFilter;
  onChange: (change: DeliveryFilter | null) => void;
}

/** What narrows the list; all of it stands in the page's address. */
export function Filters({ filter, onChange }: Props) {
  const words = strings.deliveries.filters;
  const maySeeWebhooks = useAllowed()('webhooks:read');
  const webhooks = useQuery({ ...webhooksQuery, enabled: maySeeWebhooks });
  const types = useQuery({ ...eventTypesQuery, enabled: maySeeWebhooks });
  const states = Object.entries(strings.words.states).map(([value, label]) => ({ value, label }));
  const classes = Object.entries(words.statuses).map(([value, label]) => ({ value, label }));
  const pick = (key: keyof DeliveryFilter) => ({
    placeholder: words.any,
    clearable: true,
    value: filter[key] ?? null,
    onChange: (value: string | null) => onChange({ [key]: value ?? '' }),
  });
  return (
    <SimpleGrid
      component="form"
      role="search"
      aria-label={words.title}
      cols={{ base: 1, xs: 2, md: 4 }}
      mb="md"
      spacing="sm"
    >
      <Select label={words.state} data={states} {...pick('state')} />
      <Select
        label={words.webhook}
        searchable
        data={withChosen(
          (webhooks.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
          filter.webhookId,
        )}
        {...pick('webhookId')}
      />
      <Select
        label={words.event}
        searchable
        data={withChosen(
          (types.data ?? []).map(({ name }) => ({ value: name, label: name })),
          filter.event,
        )}
        {...pick('event')}
      />
      <Select label={words.status} data={classes} {...pick('statusClass')} />
      <TextInput
        type="datetime-local"
        label={words.from}
        value={toLocalInput(filter.from)}
        onChange={({ currentTarget: { value } }) => onChange({ from: fromLocalInput(value) ?? '' })}
      />
      <TextInput
        type="datetime-local"
        label={words.to}
        value={toLocalInput(filter.to)}
        onChange={({ currentTarget: { value } }) => onChange({ to: fromLocalInput(value) ?? '' })}
      />
      <IdInput value={filter.id ?? ''} onChange={(id) => onChange({ id })} />
      <Button variant="default" mt="auto" disabled={isEmpty(filter)} onClick={() => onChange(null)}>
        {words.clear}
      </Button>
    </SimpleGrid>
  );
}

/** What is chosen can always be seen, also where the list of choices does not have it (any longer). */
function withChosen(choices: { value: string; label: string }[], chosen: string | undefined) {
  return !chosen || choices.some(({ value }) => value === chosen)
    ? choices
    : [...choices, { value: chosen, label: chosen }];
}

const TYPING_MS = 300;

/** An id is typed or pasted: the list follows once the hand rests. */
function IdInput({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  // What the hand has written is shown as long as it writes: the address follows a moment later.
  const [typed, setTyped] = useState<string | null>(null);
  const later = useDebouncedCallback(onChange, TYPING_MS);
  return (
    <TextInput
      label={strings.deliveries.filters.id}
      value={typed ?? value}
      onBlur={() => setTyped(null)}
      spellCheck={false}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value);
        later(currentTarget.value);
      }}
    />
  );
}
