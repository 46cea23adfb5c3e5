/** MAC addresses made up. @module */
import { randomBytes } from 'node:crypto'

/** A random address: locally administered, of one station (IEEE 802 § 8.4). */
export function randomMac(): string {
  return ['02', ...[...randomBytes(5)].map((octet) => octet.toString(16).padStart(2, '0'))].join(':')
}
