/** Names for tests: the links given, and what iproute2 has built in, whatever the machine's files say. @module */
import type { Link } from '@vnet/core'
import type { Names } from '../src/names.js'

/** Names of these links. */
export function testNames(
  links: readonly { readonly index: number; readonly name: string; readonly up?: boolean }[],
): Names {
  const find = (index: number) => links.find((link) => link.index === index)
  return {
    link: (index) => find(index)?.name ?? `if${index}`,
    linkUp: (index) => find(index)?.up ?? (find(index) === undefined ? undefined : true),
    group: (number) => (number === 0 ? 'default' : String(number)),
    table: String,
    maker: String,
    scope: String,
    ipProtocol: (number) => (number === 6 ? 'tcp' : `ipproto-${number}`),
    user: (number) => (number === 0 ? 'root' : String(number)),
    userGroup: (number) => (number === 0 ? 'root' : String(number)),
  }
}

/** A link with what every one has. */
export function testLink(own: Partial<Link> & { readonly index: number; readonly name: string }): Link {
  return {
    type: 'ether',
    up: false,
    flags: ['BROADCAST', 'MULTICAST'],
    operationalState: 'down',
    linkMode: 0,
    mtu: 1500,
    group: 0,
    txQueueLength: 1000,
    qdisc: 'noop',
    broadcast: 'ff:ff:ff:ff:ff:ff',
    altNames: [],
    other: [],
    ...own,
  }
}
