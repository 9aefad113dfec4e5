import 'reflect-metadata';

/**
 * The decorators of `@nestjs/swagger` that controllers and DTOs use, writing what those write and importing nothing: the
 * build puts this file in their place in the package. A host that describes its routes with `@nestjs/swagger` has ours in
 * its document, and one that does not need not install it.
 */
type Decorate = (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => void;

type Options = Record<string, unknown>;

const EXTRA_MODELS = 'swagger/apiExtraModels';
const MODEL_PROPERTIES = 'swagger/apiModelProperties';
const MODEL_PROPERTY_NAMES = 'swagger/apiModelPropertiesArray';
const PARAMETERS = 'swagger/apiParameters';

/** Keeps a controller out of the document. */
export function ApiExcludeController(): Decorate {
  return change<boolean[]>('swagger/apiExcludeController', (before = []) => [...before, true]);
}

/** Says which media types a route answers with. */
export function ApiProduces(...types: string[]): Decorate {
  return change<string[]>('swagger/apiProduces', (before = []) => [...before, ...types]);
}

/** Adds schemas that no parameter names. */
export function ApiExtraModels(...models: unknown[]): Decorate {
  return change<unknown[]>(EXTRA_MODELS, (before = []) => [...before, ...models]);
}

/** Describes the body of a route. */
export function ApiBody(options: Options): Decorate {
  return change<Options[]>(PARAMETERS, (before = []) => [
    ...before,
    { type: String, required: true, in: 'body', ...given(options) },
  ]);
}

/** Describes a parameter of a route's query. */
export function ApiQuery(options: Options): Decorate {
  return change<Options[]>(PARAMETERS, (before = []) => [
    ...before,
    { name: '', required: true, in: 'query', ...given(options) },
  ]);
}

/** Describes what a route does. */
export function ApiOperation(options: Options): Decorate {
  return change<Options>('swagger/apiOperation', (before) => ({ ...before, summary: '', ...given(options) }));
}

/** Describes one answer of a route. */
export function ApiResponse({ status, ...options }: Options & { status?: number }): Decorate {
  const [type, isArray] = Array.isArray(options['type'])
    ? [(options['type'] as unknown[])[0], true]
    : [options['type'], options['type'] === undefined ? options['isArray'] : false];
  return change<Options>('swagger/apiResponse', (before) => ({
    ...before,
    [status ?? 'default']: { description: '', ...options, type, isArray },
  }));
}

/** Describes a property of a DTO. */
export function ApiProperty(options: Options): Decorate {
  return (target, key = '') => {
    const names = (Reflect.getMetadata(MODEL_PROPERTY_NAMES, target) as string[] | undefined) ?? [];
    const name = `:${String(key)}`;
    if (!names.includes(name)) Reflect.defineMetadata(MODEL_PROPERTY_NAMES, [...names, name], target);
    const type: unknown = Reflect.getMetadata('design:type', target, key);
    Reflect.defineMetadata(MODEL_PROPERTIES, { type, ...given(options) }, target, key);
  };
}

/** The place of a DTO's schema in the document. */
export function getSchemaPath(model: { name: string }): string {
  return `#/components/schemas/${model.name}`;
}

/** Changes metadata of a handler where the decorator stands on one, of the class otherwise. */
function change<Value>(name: string, next: (before: Value | undefined) => Value): Decorate {
  return (target, _, descriptor) => {
    const owner = (descriptor?.value as object | undefined) ?? target;
    Reflect.defineMetadata(name, next(Reflect.getMetadata(name, owner) as Value | undefined), owner);
  };
}

function given(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
