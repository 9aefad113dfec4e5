import { Fieldset, NumberInput, Select, SimpleGrid, TextInput } from '@mantine/core';
import { useMaySet } from '../session/session.js';
import { strings } from '../strings.js';
import type { FieldsProps } from './fields.js';

const FIELDS = ['timeoutMs', 'rateLimit', 'concurrency', 'ordering', 'retrySchedule'];

/** How fast, how long, in which order and how often. */
export function LimitFields({ form, change, faults }: FieldsProps) {
  const words = strings.webhookForm.limits;
  const maySet = useMaySet();
  if (!FIELDS.some(maySet)) return null;
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
        {maySet('timeoutMs') && (
          <NumberInput label={words.timeout} description={words.timeoutHint} {...number('timeoutMs')} />
        )}
        {maySet('rateLimit') && (
          <NumberInput label={words.rate} description={words.rateHint} {...number('rateLimit')} />
        )}
        {maySet('concurrency') && (
          <NumberInput
            label={words.concurrency}
            description={words.concurrencyHint}
            {...number('concurrency')}
          />
        )}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, sm: 2 }} mt="sm">
        {maySet('ordering') && (
          <Select
            label={words.ordering}
            description={words.orderingHint}
            allowDeselect={false}
            data={Object.entries(words.orderings).map(([value, label]) => ({ value, label }))}
            value={form.ordering}
            error={faults['ordering']}
            onChange={(value) => change({ ordering: value === 'entry' ? 'entry' : 'none' })}
          />
        )}
        {maySet('retrySchedule') && (
          <TextInput
            label={words.schedule}
            description={words.scheduleHint}
            value={form.retrySchedule}
            error={faults['retrySchedule']}
            onChange={({ currentTarget }) => change({ retrySchedule: currentTarget.value })}
          />
        )}
      </SimpleGrid>
    </Fieldset>
  );
}
