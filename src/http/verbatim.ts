import { Transform } from 'class-transformer';

/**
 * The property is free-form JSON and is taken as it was sent. Without it class-transformer's copy silently lacks keys
 * that every object inherits: `toString` and its kin. (`constructor`, `prototype` and `__proto__` Nest itself strips
 * from every body, against pollution of prototypes.)
 */
export function Verbatim(): PropertyDecorator {
  return Transform(({ obj, key }) => (obj as Record<string, unknown>)[key]);
}
