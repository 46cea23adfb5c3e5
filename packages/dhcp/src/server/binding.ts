/** Which client has which address, as far as others are told. @module */

/** An address and its client. */
export interface DhcpBinding {
  /** The address. */
  readonly address: string
  /** What the client is told apart by: octets of its identifier, `01:02:…`, or hardware type and MAC, `1/02:…`. */
  readonly client: string
  /** Its MAC. */
  readonly mac: string
  /** `offered` for a moment, `bound`, or `free`: kept for the client as long as no other needs it. */
  readonly state: 'offered' | 'bound' | 'free'
  /** When that ends, seconds; `Infinity` never. */
  readonly until: number
  /** The name that the client gave. */
  readonly hostName?: string
}
