import 'reflect-metadata';

const SECRET_PROPERTIES = 'posthorn:secret-properties';

/** Marks a property that may hold a secret: errors say what is wrong with it, but leave its value out. */
export function Secret(): PropertyDecorator {
  return (target, property) => {
    Reflect.defineMetadata(SECRET_PROPERTIES, new Set([...secretsOf(target), property]), target);
  };
}

/** Whether the class of an object, or a class that it extends, marks a property with {@link Secret}. */
export function isSecret(target: object | undefined, property: string): boolean {
  return target !== undefined && secretsOf(target).has(property);
}

function secretsOf(target: object): ReadonlySet<string | symbol> {
  return (Reflect.getMetadata(SECRET_PROPERTIES, target) as Set<string | symbol> | undefined) ?? new Set();
}
