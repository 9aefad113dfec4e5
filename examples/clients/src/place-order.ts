import type { ClientTransaction } from 'posthorn';

export interface Order {
  client: string;
  total: number;
}

/** Inserts an order in a transaction, and runs `change` in it before the commit. */
export type PlaceOrder = (order: Order, change: (tx: ClientTransaction) => Promise<void>) => Promise<void>;

/** The database, as `DATABASE_URL` tells: `mysql://…` or `sqlite:PATH`. */
export function sqlitePathOf(url: string): string | null {
  return url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : null;
}
