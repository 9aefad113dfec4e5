declare module 'posthorn' {
  /** What this shop tells: a wrong payload does not compile. */
  interface WebhookEvents {
    'order.placed': { order: number; total: number };
    'order.shipped': { order: number; carrier: string };
  }
}

export {};
