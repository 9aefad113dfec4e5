/** What a webhook's https connections are made with, as PEM texts. */
export interface WebhookTls {
  /** Whose certificates its receiver may show, in place of those that are trusted anyhow. */
  ca?: string;
  /** What we show when the receiver asks for a certificate, with its chain; never without {@link key}. */
  certificate?: string;
  /** The private key of the certificate, not encrypted. */
  key?: string;
}

/** The keys of {@link WebhookTls}, in the order in which they are shown. */
export const TLS_KEYS = ['ca', 'certificate', 'key'] as const satisfies (keyof WebhookTls)[];

export type TlsKey = (typeof TLS_KEYS)[number];

/** As it is stored: the key is sealed, the rest is public. */
export type StoredTls = WebhookTls;
