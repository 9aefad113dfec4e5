/** Who published an event through the API. It is stored with the event. */
export interface PublishedBy {
  /** `environment` for ADMIN_TOKEN; null: a caller without a token. */
  tokenId: string | null;
  /** The token's tenant. */
  tenant: string | null;
  /** The token's name at the time of the call. */
  tokenName: string;
  /** Names of the fields in the event's body. */
  fields: string[];
}
