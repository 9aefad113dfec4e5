import { Transform } from 'class-transformer';
import 'reflect-metadata';

const RAW_JSON = Symbol('posthorn.raw-json');

/**
 * Marks a property as free-form JSON, which is kept as it was sent. Otherwise class-transformer copies it and silently
 * drops keys that every object inherits, such as `toString` and `constructor`.
 */
export function RawJson(): PropertyDecorator {
  const takeRaw = Transform(({ obj, key }) => {
    const value = (obj as Record<string, unknown>)[key];
    return typeof value === 'function' ? (value as () => unknown)() : value;
  });
  return (target, property) => {
    Reflect.defineMetadata(RAW_JSON, [...rawJsonKeys(target), property], target);
    takeRaw(target, property);
  };
}

/**
 * Copies a body with its {@link RawJson} properties wrapped in functions, which the decorator unwraps again. Otherwise
 * class-transformer would first walk and copy them, at a cost quadratic in the number of an object's keys, and then
 * throw the copy away.
 */
export function detachRawJson(body: object, dto: { prototype: object }): object {
  const held = rawJsonKeys(dto.prototype)
    .filter((key) => Object.hasOwn(body, key))
    .map((key) => [key, () => Reflect.get(body, key) as unknown] as const);
  return { ...body, ...Object.fromEntries(held) };
}

function rawJsonKeys(prototype: object): readonly string[] {
  return (Reflect.getMetadata(RAW_JSON, prototype) as string[] | undefined) ?? [];
}
