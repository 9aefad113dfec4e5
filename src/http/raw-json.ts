import { Transform } from 'class-transformer';
import 'reflect-metadata';

const VERBATIM = Symbol('posthorn.verbatim');

/**
 * The property is free-form JSON and is taken as it was sent. Without it class-transformer's copy silently lacks keys
 * that every object inherits: `toString` and its kin. (`constructor`, `prototype` and `__proto__` are stripped from
 * every body, against pollution of prototypes.)
 */
export function RawJson(): PropertyDecorator {
  const takeAsItIs = Transform(({ obj, key }) => {
    const value = (obj as Record<string, unknown>)[key];
    return typeof value === 'function' ? (value as () => unknown)() : value;
  });
  return (target, property) => {
    Reflect.defineMetadata(VERBATIM, [...verbatimKeys(target), property], target);
    takeAsItIs(target, property);
  };
}

/**
 * A body of a DTO with its verbatim properties behind functions: class-transformer would walk and copy them first, at
 * a cost that grows with the square of the number of an object's keys, and throw the copy away.
 */
export function detachRawJson(body: object, dto: { prototype: object }): object {
  const held = verbatimKeys(dto.prototype)
    .filter((key) => Object.hasOwn(body, key))
    .map((key) => [key, () => Reflect.get(body, key) as unknown] as const);
  return { ...body, ...Object.fromEntries(held) };
}

function verbatimKeys(prototype: object): readonly string[] {
  return (Reflect.getMetadata(VERBATIM, prototype) as string[] | undefined) ?? [];
}
