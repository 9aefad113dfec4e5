/** What the library's evaluator has, which its types do not declare. */
interface Evaluator {
  mapType: unknown;
  debugType(value: unknown): unknown;
  debugTypeDeep(value: unknown): unknown;
}

const adapted = new WeakSet<object>();

/**
 * Makes the library's evaluator judge values by their outermost type. By itself it names the type of a nested value down
 * to its last level, `list<list<map<string, …>>>`: that takes time with the square of the depth, goes through every key of
 * an object, and keeps each name that it has made for good. Operators and functions of filters ask for no more than the
 * outermost type.
 *
 * An object with a key `constructor` counts as a map: the library would take the key's value for the object's class.
 *
 * @throws when this is not the evaluator that it is made for
 */
export function adaptEvaluator(evaluator: unknown): void {
  if (typeof evaluator !== 'object' || evaluator === null) throw new Error('The evaluator is no object.');
  if (adapted.has(evaluator)) return;
  const { debugType, debugTypeDeep, mapType } = evaluator as Evaluator;
  if (typeof debugType !== 'function' || typeof debugTypeDeep !== 'function' || mapType === undefined) {
    throw new Error('The evaluator has no debugType, debugTypeDeep or mapType.');
  }
  const typeOf = (value: unknown): unknown =>
    hasConstructorKey(value) ? mapType : debugType.call(evaluator, value);
  Object.assign(evaluator, { debugType: typeOf, debugTypeDeep: typeOf });
  adapted.add(evaluator);
}

/** Whether a value is an object with a key `constructor`. */
export function hasConstructorKey(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'constructor');
}

/** Converts an object with a key `constructor` to a Map, which the library reads without asking for its class. */
export function toLibraryValue(value: unknown): unknown {
  return hasConstructorKey(value) ? new Map(Object.entries(value)) : value;
}
