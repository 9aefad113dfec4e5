import { Fieldset, SimpleGrid, TextInput } from '@mantine/core';
import { useSession } from '../session/session.js';
import { strings } from '../strings.js';
import type { FieldsProps } from './fields.js';

/** Where the events go. */
export function Basics({ form, change, faults }: FieldsProps) {
  const words = strings.webhookForm.basics;
  const { tenant } = useSession().session;
  return (
    <Fieldset legend={words.legend}>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label={words.name}
          description={words.nameHint}
          required
          value={form.name}
          error={faults['name']}
          onChange={({ currentTarget }) => change({ name: currentTarget.value })}
        />
        {tenant === null && (
          <TextInput
            label={words.tenant}
            description={words.tenantHint}
            value={form.tenant}
            error={faults['tenant']}
            onChange={({ currentTarget }) => change({ tenant: currentTarget.value })}
          />
        )}
      </SimpleGrid>
      <TextInput
        mt="sm"
        type="url"
        label={words.url}
        description={words.urlHint}
        placeholder="https://example.com/hook"
        required
        value={form.url}
        error={faults['url']}
        onChange={({ currentTarget }) => change({ url: currentTarget.value })}
      />
    </Fieldset>
  );
}
