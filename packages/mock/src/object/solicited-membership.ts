/** Membership of the group by which hosts ask for an IPv6 address (RFC 4291 § 2.7.1). Every link that is up has one. @module */
import { solicitedPrefix } from '../stack/solicited-group.js'
import type { Membership } from './membership-data.js'

/** Keeps of its group the three octets that tell it from others, as a number: the octets themselves take four times the memory. */
export class SolicitedMembership implements Membership {
  readonly low: number
  users = 1
  filtered = 0
  changes = 0
  declare bySockets?: number
  declare reportAt?: number | undefined
  declare unsolicited?: number | undefined
  declare reporter?: boolean | undefined

  constructor(low: number) {
    this.low = low
  }

  get octets(): Uint8Array {
    return Uint8Array.of(...solicitedPrefix, this.low >> 16, (this.low >> 8) & 255, this.low & 255)
  }
}
