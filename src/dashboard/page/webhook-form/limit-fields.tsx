import { Fieldset, NumberInput, Select, SimpleGrid, TextInput } from '@mantine/core';
import { strings } from '../strings.js';
import type { FieldsProps } from './fields.js';

/** How fast, how long, in which order and how often. */
export function LimitFields({ form, change, faults }: FieldsProps) {
  const words = strings.webhookForm.limits;
  const number = (key: 'timeoutMs' | 'rateLimit' | 'concurrency') => ({
    value: form[key],
    error: faults[key],
    min: 1,
    allowDecimal: false,
    allowNegative: false,
    hideControls: true,
    onChange: (value: number | string) => change({ [key]: value === '' ? '' : Number(value) }),
  });
  return (
    <Fieldset legend={words.legend}>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <NumberInput label={words.timeout} description={words.timeoutHint} {...number('timeoutMs')} />
        <NumberInput label={words.rate} description={words.rateHint} {...number('rateLimit')} />
        <NumberInput
          label={words.concurrency}
          description={words.concurrencyHint}
          {...number('concurrency')}
        />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, sm: 2 }} mt="sm">
        <Select
          label={words.ordering}
          description={words.orderingHint}
          allowDeselect={false}
          data={Object.entries(words.orderings).map(([value, label]) => ({ value, label }))}
          value={form.ordering}
          error={faults['ordering']}
          onChange={(value) => change({ ordering: value === 'entry' ? 'entry' : 'none' })}
        />
        <TextInput
          label={words.schedule}
          description={words.scheduleHint}
          value={form.retrySchedule}
          error={faults['retrySchedule']}
          onChange={({ currentTarget }) => change({ retrySchedule: currentTarget.value })}
        />
      </SimpleGrid>
    </Fieldset>
  );
}
