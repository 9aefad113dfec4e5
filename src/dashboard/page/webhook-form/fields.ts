import type { FormState } from './form-state.js';

/** What every part of the form is given. */
export interface FieldsProps {
  form: FormState;
  change: (part: Partial<FormState>) => void;
  /** What is wrong, by field. */
  faults: Partial<Record<string, string>>;
}
