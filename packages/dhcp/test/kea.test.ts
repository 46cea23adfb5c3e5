/** Our client with ISC Kea on the kernel: offer, renewal, refusal, conflict and release, as Kea's own file of leases has them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manualClock } from '@vnet/mock'
import { expect } from 'vitest'
import {
  type DhcpClientRunOptions,
  type DhcpClientStep,
  type DhcpLease,
  decodeDhcpMessage,
  dhcpClient,
  encodeDhcpMessage,
} from '../src/index.js'
import { leaseOf } from '../src/lease.js'
import { listening, type Pair, patience, pause, withPrograms } from './programs.js'

/** States of a lease in the file (Kea Administrator Reference Manual, memfile). */
const states = { assigned: '0', declined: '1', reclaimed: '2' } as const

/** A lease of before, of a network that is not here. */
const leaseElsewhere = leaseOf(
  decodeDhcpMessage(
    encodeDhcpMessage({
      type: 'acknowledge',
      transaction: 1,
      clientMac: '02:00:00:00:00:01',
      yourIp: '10.9.0.5',
      options: { 'server-identifier': '10.9.0.1', 'lease-time': 3600, 'subnet-mask': '255.255.255.0' },
    }),
  ),
  900,
  Math.random,
) as DhcpLease

const programs = [['kea-dhcp4', 'kea-dhcp4-server']] as const

/** Starts Kea on the server's end, with a network of two addresses. */
async function startKea(pair: Pair): Promise<void> {
  const { folder } = pair
  const option = (name: string, data: string) => ({ name, data })
  const configuration = {
    Dhcp4: {
      'interfaces-config': { interfaces: ['eth0'] },
      'lease-database': { type: 'memfile', persist: true, name: join(folder, 'leases.csv'), 'lfc-interval': 0 },
      'valid-lifetime': 3600,
      'calculate-tee-times': true,
      authoritative: true,
      'option-data': [
        option('routers', '10.7.0.1'),
        option('domain-name-servers', '10.7.0.53, 10.7.0.54'),
        option('domain-name', 'lab.example'),
        option('domain-search', 'lab.example, more.lab.example'),
        option('interface-mtu', '1400'),
        option('broadcast-address', '10.7.0.255'),
      ],
      subnet4: [{ id: 1, subnet: '10.7.0.0/24', pools: [{ pool: '10.7.0.100 - 10.7.0.101' }] }],
      loggers: [{ name: 'kea-dhcp4', output_options: [{ output: 'stdout' }], severity: 'INFO' }],
    },
  }
  const file = join(folder, 'kea.json')
  writeFileSync(file, JSON.stringify(configuration))
  const env = { KEA_PIDFILE_DIR: folder, KEA_LOCKFILE_DIR: 'none' }
  await pair.run(pair.server, 'kea-dhcp4', ['-c', file], env)
  await listening(pair)
}

/** A client whose hours pass at once; Kea has the time of the world. */
async function startClient({ client }: Pair, options: DhcpClientRunOptions = {}) {
  const clock = manualClock(1000)
  const steps: DhcpClientStep[] = []
  const running = await dhcpClient(client, 'eth0', {
    clock,
    probes: 1,
    probeInterval: 0.1,
    onStep: (step) => void steps.push(step),
    ...options,
  })
  return {
    clock,
    steps,
    running,
    /** Waits for something to be, while time passes five times as fast as for Kea and the kernel, which have to answer in time. */
    async until<Value>(look: () => Value | undefined | false): Promise<Value> {
      for (let tries = 0; tries < 1500 * patience; tries++) {
        const value = look()
        if (value !== undefined && value !== false) return value
        await clock.pass(0.1)
        await pause(0.02)
      }
      throw new Error(`it did not come to be: ${JSON.stringify(steps.map(({ kind }) => kind))}`)
    },
  }
}

/** Without what was asked again since the answer was late. */
const once = (told: readonly string[]): string[] => told.filter((kind, i) => kind !== told[i - 1])

/** The newest line of each address in Kea's file: what is in its columns by name. */
function leasesOf({ folder }: Pair): Map<string, Record<string, string>> {
  const [head = '', ...lines] = readFileSync(join(folder, 'leases.csv'), 'utf8').trim().split('\n')
  const names = head.split(',')
  const rows = lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [names[i] ?? '', value])))
  return new Map(rows.map((row) => [row.address ?? '', row]))
}

withPrograms('our client with Kea: all that it tells, renewal, and the address comes back', programs, async (pair) => {
  await startKea(pair)
  const { running, clock, steps, until } = await startClient(pair, { hostName: 'one' })
  await using _ = running
  const lease = await until(() => running.lease)
  expect(lease).toMatchObject({
    prefixLength: 24,
    broadcast: '10.7.0.255',
    server: '10.7.0.1',
    dnsServers: ['10.7.0.53', '10.7.0.54'],
    domain: 'lab.example',
    searchDomains: ['lab.example', 'more.lab.example'],
    mtu: 1400,
    routes: [{ destination: '0.0.0.0/0', router: '10.7.0.1' }],
  })
  expect([lease.renewAt, lease.rebindAt, lease.endsAt].map((at) => Math.round(at - lease.begun))).toEqual([
    1800, 3150, 3600,
  ])
  await pair.client.ping({ address: '10.7.0.1', timeout: 5 })
  const { mac } = (await pair.client.link.get('eth0')) ?? {}
  expect(leasesOf(pair).get(lease.address)).toMatchObject({
    hwaddr: mac,
    client_id: `01:${mac}`,
    valid_lifetime: '3600',
    hostname: 'one',
    state: states.assigned,
  })
  // Prolonged after half of its time, from Kea alone.
  const before = steps.length
  clock.advance(lease.renewAt - clock.now())
  const renewed = await until(() => running.lease !== undefined && running.lease.begun > lease.begun && running.lease)
  expect(renewed).toMatchObject({ address: lease.address, begun: lease.renewAt })
  expect(
    steps.slice(before).map((step) => (step.kind === 'send' ? `${step.message.type} ${step.to}` : step.kind)),
  ).toEqual(['state', 'request 10.7.0.1', 'bind', 'state'])
  await running.close()
  await until(
    () =>
      leasesOf(pair).get(lease.address)?.state !== states.assigned ||
      leasesOf(pair).get(lease.address)?.valid_lifetime === '0',
  )
})

withPrograms(
  'our client with Kea: refused with the lease of another network, it gets one of this',
  programs,
  async (pair) => {
    await startKea(pair)
    const { running, steps, until } = await startClient(pair, { lease: leaseElsewhere })
    await using _ = running
    expect(await until(() => running.lease)).toMatchObject({ address: expect.stringMatching(/^10\.7\.0\.10[01]$/) })
    const told = steps.map((step) => (step.kind === 'send' ? step.message.type : step.kind))
    expect(once(told.filter((kind) => kind !== 'state')).slice(0, 4)).toEqual([
      'request',
      'refused',
      'discover',
      'offer',
    ])
    expect(steps.find(({ kind }) => kind === 'refused')).toMatchObject({ server: '10.7.0.1' })
  },
)

withPrograms(
  'our client with Kea: an address that somebody has is declined, and the other one taken',
  programs,
  async (pair) => {
    // The server's host has it, which Kea does not look for.
    await pair.server.address.add({ link: 'eth0', address: '10.7.0.100/24' })
    await startKea(pair)
    // As RFC 5227 has it: one probe of a tenth of a second leaves a busy kernel a fiftieth for its answer.
    const probing = { probes: 3, probeInterval: 1 }
    const { running, steps, until } = await startClient(pair, { requestedAddress: '10.7.0.100', ...probing })
    await using _ = running
    expect(await until(() => running.lease)).toMatchObject({ address: '10.7.0.101', server: '10.7.0.1' })
    const told = steps.flatMap((step) =>
      step.kind === 'send' ? [step.message.type] : step.kind === 'conflict' ? [`conflict ${step.address}`] : [],
    )
    expect(once(told).slice(0, 4)).toEqual(['discover', 'request', 'conflict 10.7.0.100', 'decline'])
    const leases = leasesOf(pair)
    expect(leases.get('10.7.0.100')?.state).toBe(states.declined)
    expect(leases.get('10.7.0.101')?.state).toBe(states.assigned)
  },
)
