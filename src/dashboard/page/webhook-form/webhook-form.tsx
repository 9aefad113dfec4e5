import { Alert, Button, Group, Stack } from '@mantine/core';
import { type SubmitEvent, useRef, useState } from 'react';
import { Link } from 'wouter';
import { ApiError, messageOf } from '../api/api-error.js';
import type { WebhookInput } from '../api/views.js';
import { useMaySet } from '../session/session.js';
import { strings } from '../strings.js';
import { Basics } from './basics.js';
import { EventChoice } from './event-choice.js';
import type { FieldsProps } from './fields.js';
import { FilterField } from './filter-field.js';
import { faultsByField, type FormState, readSchedule, toInput } from './form-state.js';
import { LimitFields } from './limit-fields.js';
import { RequestFields } from './request-fields.js';
import { TlsFields } from './tls-fields.js';

interface Props {
  /** What the form begins with. */
  start: FormState;
  action: string;
  backTo: string;
  /** Saves it; what the API refuses is shown at its fields. */
  save: (input: WebhookInput) => Promise<void>;
}

/** Everything that a webhook is made of. */
export function WebhookForm({ start, action, backTo, save }: Props) {
  const [form, setForm] = useState(start);
  // What it began with: a refetch while someone writes changes nothing under their hands.
  const before = useRef(start);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<FormState>) => setForm((now) => ({ ...now, ...part }));
  const hasSchedule = readSchedule(form.retrySchedule) !== undefined;
  const faults: FieldsProps['faults'] = {
    ...(error instanceof ApiError ? faultsByField(error.faults) : {}),
    ...(hasSchedule ? {} : { retrySchedule: strings.webhookForm.limits.scheduleProblem }),
  };

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!hasSchedule) return;
    setBusy(true);
    setError(null);
    try {
      await save(toInput(form, before.current));
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  const maySet = useMaySet();
  const fields = { form, change, faults };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack maw={1000}>
        <Basics {...fields} />
        {maySet('events') && <EventChoice {...fields} />}
        {maySet('filter') && <FilterField {...fields} />}
        <RequestFields {...fields} />
        <LimitFields {...fields} />
        {maySet('tls') && <TlsFields {...fields} />}
        {error !== null && (
          <Alert color="red" variant="outline" title={strings.webhookForm.faults} role="alert">
            {[messageOf(error), faults['']]
              .filter((text, at, all) => text && all.indexOf(text) === at)
              .join('. ')}
          </Alert>
        )}
        <Group>
          <Button type="submit" loading={busy}>
            {action}
          </Button>
          <Button variant="default" component={Link} href={backTo}>
            {strings.webhookForm.back}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
