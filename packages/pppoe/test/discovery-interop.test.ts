/** Discovery with others on the kernel: our client with `pppoe-server`, our concentrator with `pppoe`. */
import { expect } from 'vitest'
import type { PppoeEvent } from '../src/index.js'
import { connect, serve } from './network.js'
import { soon, withPeers } from './peers.js'

withPeers(
  'pppoe-server gives our client a session, and lets it go by our PADT',
  async (peers) => {
    const lines = ['trap "echo gone >/etc/ppp/gone; exit" TERM', 'while :; do sleep 0.1; done']
    await peers.server([], lines)
    const stop = new AbortController()
    const session = new Promise<PppoeEvent>((resolve, reject) => {
      connect(peers, { signal: stop.signal, onEvent: resolve }).catch(reject)
    })
    expect(await session).toMatchObject({ kind: 'session', session: 1, concentrator: 'theirs' })
    expect(peers.read('gone')).toBe('')
    stop.abort()
    await soon(() => peers.read('gone') === 'gone\n')
  },
  'discovery',
)

withPeers(
  'pppoe-server ends the session, for a reason that our client tells',
  async (peers) => {
    await peers.server([], ['sleep 0.5'])
    await expect(connect(peers)).rejects.toMatchObject({
      code: 'ECONNRESET',
      subject: 'wan',
      detail: expect.stringContaining('Child pppd process terminated'),
    })
  },
  'discovery',
)

withPeers(
  'pppoe finds our concentrator by its name and service, gets a session, and ends it by a PADT',
  async (peers) => {
    const events: PppoeEvent[] = []
    const services = ['internet', 'games']
    await using server = await serve(peers, { name: 'ours', services, onEvent: (_, event) => events.push(event) })
    const run = async (args: readonly string[]) =>
      (await peers.run(peers.customer, 'pppoe', ['-I', 'wan', ...args])).ended
    const found = await run(['-A'])
    expect(found.stdout).toContain('Access-Concentrator: ours')
    for (const service of services) expect(found.stdout).toContain(`Service-Name: ${service}`)
    const { mac } = (await peers.provider.link.get('wan')) as { mac: string }
    expect((await run(['-d', '-U', '-C', 'ours', '-S', 'games'])).stdout.toLowerCase()).toContain(`1:${mac}`)
    expect(server.sessions).toMatchObject([{ session: 1 }])
    await run(['-k', '-e', `1:${mac}`])
    await soon(() => server.sessions.length === 0)
    expect(events.at(-1)).toMatchObject({ kind: 'end', end: { cause: 'terminated' } })
  },
  'discovery',
)
