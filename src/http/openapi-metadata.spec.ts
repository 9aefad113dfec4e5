import 'reflect-metadata';
import * as theirs from '@nestjs/swagger';
import * as ours from './openapi-metadata.js';

type Decorators = typeof ours;

class Body {
  since!: string;
}

/** A controller as the sources and the compiler's plugin describe it. */
function describeWith(decorators: Decorators): { controller: object; handler: object; body: object } {
  const { ApiBody, ApiExcludeController, ApiExtraModels, ApiOperation } = decorators;
  const { ApiProduces, ApiProperty, ApiQuery, ApiResponse, getSchemaPath } = decorators;
  class Described {
    handle(): void {}
  }
  class Filled extends Body {
    filter!: string;
  }
  const handler = Object.getOwnPropertyDescriptor(Described.prototype, 'handle') as PropertyDescriptor;
  const { prototype } = Described;
  for (const decorate of [
    ApiProduces('text/event-stream'),
    ApiExtraModels(Body),
    ApiExtraModels(Filled),
    ApiBody({ description: 'One.', schema: { oneOf: [{ $ref: getSchemaPath(Body) }] } }),
    ApiQuery({ name: 'id', required: false }),
    ApiOperation({ summary: 'Does it.', description: undefined }),
    ApiResponse({ status: 200, type: Object }),
    ApiResponse({ status: 202, type: [Body] }),
    ApiResponse({ description: 'Else.' }),
  ]) {
    decorate(prototype, 'handle', handler);
  }
  ApiExcludeController()(Described);
  Reflect.defineMetadata('design:type', String, Filled.prototype, 'filter');
  ApiProperty({ type: undefined, oneOf: [{ type: 'string' }, { type: 'integer' }] })(
    Filled.prototype,
    'since',
  );
  ApiProperty({ description: 'Which.' })(Filled.prototype, 'filter');
  return { controller: Described, handler: handler.value as object, body: Filled.prototype };
}

function metadataOf(target: object, key?: string): Record<string, unknown> {
  const keys = (
    key === undefined ? Reflect.getMetadataKeys(target) : Reflect.getMetadataKeys(target, key)
  ) as string[];
  const read = (name: string): unknown =>
    key === undefined ? Reflect.getMetadata(name, target) : Reflect.getMetadata(name, target, key);
  return Object.fromEntries(keys.map((name) => [name, read(name)]));
}

describe('What the package says of its routes without @nestjs/swagger', () => {
  it('is what @nestjs/swagger would have said', () => {
    const [mine, original] = [ours, theirs as unknown as Decorators].map(describeWith);
    if (!mine || !original) throw new Error('Both were described.');
    // The models are of their own description.
    const plain = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value, (_, each: unknown) => (typeof each === 'function' ? each.name : each)),
      );
    for (const part of ['controller', 'handler', 'body'] as const) {
      expect(plain(metadataOf(mine[part]))).toEqual(plain(metadataOf(original[part])));
    }
    for (const property of ['since', 'filter']) {
      expect(plain(metadataOf(mine.body, property))).toEqual(plain(metadataOf(original.body, property)));
    }
    expect(Object.keys(metadataOf(mine.handler))).toHaveLength(5);
  });
});
