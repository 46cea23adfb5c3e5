/** Addresses as rows of a list. @module */
import type { Address } from '@vnet/core'
import type { Names } from '../../names.js'
import type { Column } from '../table.js'

/** The columns of a list of addresses. */
export function addressColumns(names: Names, details = false): readonly Column<Address>[] {
  return [
    { title: 'LINK', text: (address) => names.link(address.link) },
    { title: 'ADDRESS', text: addressText },
    {
      title: 'PEER',
      text: ({ peer, prefixLength }) => (peer === undefined ? '' : `${peer}/${prefixLength}`),
      optional: true,
    },
    { title: 'BROADCAST', text: (address) => address.broadcast ?? '', optional: true },
    { title: 'SCOPE', text: (address) => names.scope(address.scope) },
    {
      title: 'LABEL',
      text: ({ label, link }) => (label === undefined || label === names.link(link) ? '' : label),
      optional: true,
    },
    {
      title: 'FLAGS',
      text: (address) => address.flags.filter((flag) => flag !== 'permanent').join(','),
      optional: true,
    },
    { title: 'VALID', text: (address) => lifetime(address.validLifetime), optional: true },
    { title: 'PREFERRED', text: (address) => lifetime(address.preferredLifetime), optional: true },
    ...(details ? more : []),
  ]
}

const more: readonly Column<Address>[] = [
  { title: 'METRIC', text: (address) => String(address.metric ?? ''), right: true },
  { title: 'PROTOCOL', text: (address) => String(address.protocol ?? '') },
]

/** The address with the length of its network; with a peer the length is the peer's. */
export function addressText({ address, prefixLength, peer }: Address): string {
  return peer === undefined ? `${address}/${prefixLength}` : address
}

function lifetime(seconds: number): string {
  return seconds === Number.POSITIVE_INFINITY ? '' : `${seconds}s`
}
