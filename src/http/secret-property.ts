import 'reflect-metadata';

const SECRET_PROPERTIES = 'posthorn:secret-properties';

/** The property of a body may hold what is secret: an error says what is wrong with it and does not show it. */
export function Secret(): PropertyDecorator {
  return (target, property) => {
    Reflect.defineMetadata(SECRET_PROPERTIES, new Set([...secretsOf(target), property]), target);
  };
}

/** Whether a property of an object is marked with {@link Secret}, by its class or one above it. */
export function isSecret(target: object | undefined, property: string): boolean {
  return target !== undefined && secretsOf(target).has(property);
}

function secretsOf(target: object): ReadonlySet<string | symbol> {
  return (Reflect.getMetadata(SECRET_PROPERTIES, target) as Set<string | symbol> | undefined) ?? new Set();
}
