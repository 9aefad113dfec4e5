import type { JsonObject } from './json.js';

/**
 * The events of a host, by type: what each carries. Declare them once, and a wrong payload does not compile:
 *
 * ```ts
 * declare module 'posthorn' {
 *   interface WebhookEvents {
 *     'order.shipped': { order: number; carrier: string };
 *   }
 * }
 * ```
 *
 * While nothing is declared, every type may carry any JSON object.
 */
// oxlint-disable-next-line typescript/no-empty-interface, typescript/no-empty-object-type
export interface WebhookEvents {}

/** The types that a host declared; any text while it declared none. */
export type WebhookEventType = [keyof WebhookEvents] extends [never] ? string : keyof WebhookEvents & string;

/** What an event of a type carries. `never`, which nothing is, for a type that a host with declared events left out. */
export type WebhookEventData<Type extends string> = Type extends keyof WebhookEvents
  ? WebhookEvents[Type]
  : string extends Type
    ? JsonObject
    : [keyof WebhookEvents] extends [never]
      ? JsonObject
      : never;
