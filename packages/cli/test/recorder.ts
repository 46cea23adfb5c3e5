/** A backend that writes down what it is asked, and a terminal that keeps what is printed. @module */
import type { Address, Connection, Driver, Link, NamespaceRef, Request } from '@vnet/core'
import { main } from '../src/main.js'
import type { Terminal } from '../src/terminal.js'
import { testLink } from './names.js'

/** What a call of the command did. */
export interface Outcome {
  readonly status: number
  readonly out: string
  readonly err: string
  /** The changes that the backend was asked for; reading is left out. */
  readonly requests: readonly Request[]
  /** The namespace that was connected to. */
  readonly namespace: NamespaceRef | undefined
}

/** A terminal that keeps what is printed. */
export function testTerminal(
  more: Partial<Terminal> = {},
): Terminal & { readonly printed: { out: string; err: string } } {
  const printed = { out: '', err: '' }
  return {
    env: {},
    interactive: false,
    columns: 120,
    out: (text) => {
      printed.out += text
    },
    octets: async (bytes) => {
      printed.out += Buffer.from(bytes).toString('latin1')
    },
    err: (text) => {
      printed.err += text
    },
    printed,
    ...more,
  }
}

/** Links that the recorder has. */
export const links: readonly Link[] = [
  testLink({ index: 1, name: 'lo', type: 'loopback', up: true, operationalState: 'unknown' }),
  testLink({ index: 2, name: 'br0', kind: 'bridge', up: true, operationalState: 'up' }),
  testLink({ index: 3, name: 'v0', kind: 'veth', parent: 9, linkNamespaceId: 0, master: 2, altNames: ['uplink'] }),
  testLink({ index: 4, name: 'vx0', kind: 'vxlan', vxlan: { id: 42 } }),
  testLink({ index: 5, name: 'tap0', kind: 'tap' }),
  testLink({ index: 6, name: 'gre0', kind: 'gre', gre: {}, fallback: true }),
  testLink({ index: 7, name: 'gre9', kind: 'gre', gre: { remote: '192.0.2.9', ikey: 5 } }),
]

/** An alias that the recorder has. */
const alias: Address = {
  link: 2,
  family: 4,
  address: '172.10.2.10',
  prefixLength: 24,
  label: 'br0:web',
  scope: 'global',
  flags: ['permanent'],
  validLifetime: Number.POSITIVE_INFINITY,
  preferredLifetime: Number.POSITIVE_INFINITY,
  other: [],
}

/** Runs a command line against a backend that only writes down. */
export async function record(line: string | readonly string[], more: Partial<Terminal> = {}): Promise<Outcome> {
  const requests: Request[] = []
  let namespace: NamespaceRef | undefined
  const answer = (request: Request): unknown => {
    if (/ (list|get)$/.test(request.operation)) return read(request)
    requests.push(request)
    if (/^action (add|set)$/.test(request.operation)) return { kind: 'gact', index: 1, control: 'ok' }
    return request.operation === 'link add' ? testLink({ index: 7, name: 'made0', kind: 'veth' }) : undefined
  }
  const connection = {
    execute: async (asked: readonly Request[]) => asked.map((request) => ({ ok: true, value: answer(request) })),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  } as unknown as Connection
  const driver = {
    name: 'recorder',
    supports: {},
    connect: async (ref?: NamespaceRef) => {
      namespace = ref
      return connection
    },
    openNamespace: async () => ({ ref: { handle: 1 }, identity: '1:1', close: async () => undefined }),
    close: async () => undefined,
  } as unknown as Driver
  const terminal = testTerminal(more)
  const words = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line
  const status = await main(words, terminal, driver)
  return { status, ...terminal.printed, requests, namespace }
}

interface Asked {
  readonly link?: string | number
  readonly kind?: string
  readonly label?: string
}

function read(request: Request): unknown {
  const { operation, spec } = request as { operation: string; spec: Asked }
  if (operation === 'link get') {
    return links.find(
      ({ index, name, altNames }) => index === spec.link || [name, ...altNames].includes(String(spec.link)),
    )
  }
  if (operation === 'link list') return links.filter(({ kind }) => spec.kind === undefined || kind === spec.kind)
  if (operation === 'address list') return spec.label === undefined || spec.label === alias.label ? [alias] : []
  if (operation === 'namespace list') return [{ name: 'blue', id: 0, identity: '4:7' }]
  return operation.endsWith(' get') ? undefined : []
}
