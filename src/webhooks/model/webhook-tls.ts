/** TLS settings of a webhook's https connections (mutual TLS, own certificate authorities), as PEM texts. */
export interface WebhookTls {
  /** Certificate authorities that the receiver's certificate is checked against, in place of the deployment's. */
  ca?: string;
  /** The client certificate with its chain; requires {@link key}. */
  certificate?: string;
  /** The private key of the client certificate, without a passphrase. */
  key?: string;
}

/** The keys of {@link WebhookTls}, in the order of the API's answers. */
export const TLS_KEYS = ['ca', 'certificate', 'key'] as const satisfies (keyof WebhookTls)[];

export type TlsKey = (typeof TLS_KEYS)[number];

/** The stored form: the private key is encrypted, the certificates are not. */
export type StoredTls = WebhookTls;
