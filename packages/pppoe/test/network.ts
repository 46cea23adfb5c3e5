/** A provider and a customer, each a namespace, with a cable between them; on any backend. */
import type { Host, Namespace } from '@vnet/core'
import {
  type ConnectOptions,
  connectPppoe,
  type PppoeConnection,
  type PppoeServer,
  type ServeOptions,
  servePppoe,
} from '../src/index.js'

export interface Network extends AsyncDisposable {
  readonly provider: Namespace
  readonly customer: Namespace
}

/** Two namespaces and a cable: `wan` in both. */
export async function network(host: Host): Promise<Network> {
  const provider = await host.namespace.add()
  const customer = await host.namespace.add()
  await customer.link.add({ kind: 'veth', name: 'wan', up: true, peer: { name: 'wan', namespace: provider, up: true } })
  await provider.link.set('lo', { up: true })
  return {
    provider,
    customer,
    async [Symbol.asyncDispose]() {
      await customer.close()
      await provider.close()
    },
  }
}

export function serve({ provider }: Network, options: Partial<ServeOptions> = {}): Promise<PppoeServer> {
  return servePppoe({
    namespace: provider,
    link: 'wan',
    secretOf: (user) => (user === 'alice' ? 'secret' : undefined),
    local: '10.0.0.1',
    pool: { first: '10.0.0.10', last: '10.0.0.19' },
    dns: ['192.0.2.53'],
    ...options,
  })
}

export function connect({ customer }: Network, options: Partial<ConnectOptions> = {}): Promise<PppoeConnection> {
  return connectPppoe({ namespace: customer, link: 'wan', user: 'alice', password: 'secret', ...options })
}

/** Waits until something is so, for at most some seconds of the machine's time. */
export async function until(holds: () => boolean | Promise<boolean>, seconds = 20): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it does not come to that')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Who answers a ping; asked a few times, for a kernel takes a moment until an address of IPv6 is in use. */
export async function answerOf(namespace: Namespace, address: string, size = 56): Promise<string> {
  for (let left = 4; ; left--) {
    try {
      return (await namespace.ping({ address, size, timeout: 2 })).address
    } catch (error) {
      if (left === 0) throw error
    }
  }
}
