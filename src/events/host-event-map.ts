import type { JsonObject } from './json.js';

/**
 * The payload types of a host's events, by event type. A host declares them once, and a wrong payload does not compile:
 *
 * ```ts
 * declare module 'posthorn' {
 *   interface WebhookEvents {
 *     'order.shipped': { order: number; carrier: string };
 *   }
 * }
 * ```
 *
 * Without a declaration every type may carry any JSON object.
 */
// oxlint-disable-next-line typescript/no-empty-interface, typescript/no-empty-object-type
export interface WebhookEvents {}

/** The event types that a host declared; any string if it declared none. */
export type WebhookEventType = [keyof WebhookEvents] extends [never] ? string : keyof WebhookEvents & string;

/** The payload of an event type; `never` for an undeclared type of a host that declares its events. */
export type WebhookEventData<Type extends string> = Type extends keyof WebhookEvents
  ? WebhookEvents[Type]
  : string extends Type
    ? JsonObject
    : [keyof WebhookEvents] extends [never]
      ? JsonObject
      : never;
