/**
 * NICs as `ethtool` and `ip -d -j` tell them, field by field: of links made here, of the host's own cards, which are only read, and of
 * a guest's cards, which are ours.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { type Host, type Namespace, type Nic, type NicRange, openHost } from '@vnet/core'
import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { napiDriver } from '../src/index.js'

/** Features that ethtool prints under an older name. */
const olderNames: Readonly<Record<string, string>> = {
  'rx-checksumming': 'rx-checksum',
  'generic-segmentation-offload': 'tx-generic-segmentation',
  'generic-receive-offload': 'rx-gro',
  'large-receive-offload': 'rx-lro',
  'rx-vlan-offload': 'rx-vlan-hw-parse',
  'tx-vlan-offload': 'tx-vlan-hw-insert',
  'ntuple-filters': 'rx-ntuple-filter',
  'receive-hashing': 'rx-hashing',
}
/** Several features in one line, which are told each by itself below it. */
const several = new Set(['tx-checksumming', 'scatter-gather', 'tcp-segmentation-offload', 'udp-fragmentation-offload'])

const socketNames: Readonly<Record<string, string>> = {
  'Twisted Pair': 'tp',
  AUI: 'aui',
  MII: 'mii',
  FIBRE: 'fibre',
  BNC: 'bnc',
  'Direct Attach Copper': 'da',
  None: 'none',
  Other: 'other',
}

/** How a program of this machine is run where the links are. */
type Ask = (...argv: string[]) => string

let host: Host | string = ''
beforeAll(async () => {
  try {
    host = await openHost({ driver: await napiDriver() })
  } catch (error) {
    host = `lacks capability: admin (${(error as Error).message})`
  }
})

function ready(context: TestContext): Host {
  if (typeof host === 'string') return context.skip(host)
  if (process.env.VNET_TIER === 'none') return context.skip('lacks capability: admin (no kernel to make links in)')
  for (const capability of ['admin', 'nic features', 'link veth'] as const) {
    const answer = host.supports[capability]
    if (answer !== true) return context.skip(`lacks capability: ${capability} (${answer})`)
  }
  if (spawnSync('ethtool', ['--version']).status !== 0) return context.skip('lacks capability: the program ethtool')
  return host
}

/** Where each field comes from is not asked: what `ethtool` prints is compared. */
async function compare(ns: Pick<Namespace, 'nic'>, name: string, ask: Ask): Promise<void> {
  const nic = (await ns.nic.get(name)) as Nic
  expect(nic, name).toBeDefined()
  const driver = fieldsOf(ask('ethtool', '-i', name))
  expect(said(driver.get('driver'))).toBe(nic.driver)
  expect(said(driver.get('version'))).toBe(nic.version)
  expect(said(driver.get('firmware-version'))).toBe(nic.firmware)
  expect(said(driver.get('bus-info'))).toBe(nic.busAddress)

  const features = new Map(nic.features?.map((feature) => [feature.name, feature]))
  const lines = [...ask('ethtool', '-k', name).matchAll(/^\t?([^\s:]+): (on|off)( \[.*\])?$/gm)]
  expect(lines.length, 'features').toBeGreaterThan(40)
  for (const [, word = '', state, more = ''] of lines) {
    if (several.has(word)) continue
    const feature = features.get(olderNames[word] ?? word)
    const wish = feature?.requested === undefined ? '' : ` [requested ${feature.requested ? 'on' : 'off'}]`
    expect([word, feature?.active, feature?.fixed ? ' [fixed]' : wish]).toEqual([word, state === 'on', more])
    features.delete(olderNames[word] ?? word)
  }
  expect([...features.keys()], 'features that ethtool does not know').toEqual([])

  compareRanges(ask('ethtool', '-g', name), {
    RX: nic.rings?.rx,
    'RX Mini': nic.rings?.rxMini,
    'RX Jumbo': nic.rings?.rxJumbo,
    TX: nic.rings?.tx,
  })
  const { rx, tx, other, combined } = nic.channels ?? {}
  compareRanges(ask('ethtool', '-l', name), { RX: rx, TX: tx, Other: other, Combined: combined })
  const permanent = /^Permanent address: (.*)$/m.exec(ask('ethtool', '-P', name))?.[1]
  expect(permanent === 'not set' || /^(00:?)+$/.test(permanent ?? '00') ? undefined : permanent).toBe(nic.permanentMac)

  const state = fieldsOf(ask('ethtool', name))
  const speed = /^([0-9]+)Mb\/s$/.exec(state.get('Speed') ?? '')?.[1]
  expect(speed === undefined ? undefined : Number(speed)).toBe(nic.speed)
  expect(/^(Full|Half)$/.exec(state.get('Duplex') ?? '')?.[0].toLowerCase()).toBe(nic.duplex)
  const port = state.get('Port')
  expect(port === undefined ? undefined : socketNames[port]).toBe(state.has('Speed') ? nic.port : undefined)
  if (state.has('Link detected')) expect(state.get('Link detected') === 'yes').toBe(nic.carrier)

  const [link] = JSON.parse(ask('ip', '-d', '-j', 'link', 'show', 'dev', name))
  expect({
    index: link.ifindex,
    name: link.ifname,
    altNames: link.altnames ?? [],
    type: link.link_type,
    mac: link.address,
    up: link.flags.includes('UP'),
    txQueues: link.num_tx_queues,
    rxQueues: link.num_rx_queues,
    namespaceId: link.link_netnsid,
    beneath: link.link ?? nic.beneath?.name,
    parent: link.parentdev,
    bus: link.parentbus,
    kind: link.linkinfo?.info_kind === 'tun' ? link.linkinfo.info_data.type : link.linkinfo?.info_kind,
  }).toEqual({
    index: nic.index,
    name: nic.name,
    altNames: nic.altNames,
    type: nic.type === 'ether' || nic.type === 'loopback' ? nic.type : link.link_type,
    mac: nic.mac,
    up: nic.up,
    txQueues: nic.txQueues,
    rxQueues: nic.rxQueues,
    namespaceId: nic.beneath?.namespaceId,
    beneath: nic.beneath?.name,
    parent: nic.device?.name,
    bus: nic.device?.bus,
    kind: nic.kind,
  })
}

const fieldsOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/^\s*([^:\n]+):[ \t]*(.*)$/gm)].map(([, name = '', value = '']) => [name, value]))

/** What a driver says; a word for nothing is nothing. */
const said = (text: string | undefined): string | undefined => (text === '' || text === 'N/A' ? undefined : text)

/** Two lists, of the most and of what is now; `n/a` and both zero are unknown. */
function compareRanges(text: string, ours: Readonly<Record<string, NicRange | undefined>>): void {
  const [most = '', now = ''] = text.split('Current hardware settings:')
  for (const [word, range] of Object.entries(ours)) {
    const number = (part: string) => Number(new RegExp(`^${word}:\\s+(\\d+)$`, 'm').exec(part)?.[1] ?? 0)
    expect({ now: number(now), most: number(most) }, word).toEqual(range ?? { now: 0, most: 0 })
  }
}

const local: Ask = (command, ...args) => {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' })
  return stdout
}

describe('NICs as ethtool tells them', () => {
  const made = ['lo', 'v0', 'v1', 'br0', 'tap0', 'tun0', 'mt0', 'mv0', 'vl0', 'bond7', 'dummy7', 'vx0', 'ifb7'] as const
  it('of links of many kinds', async (context) => {
    const kernel = ready(context)
    await kernel.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1', up: true } })
    try {
      await kernel.link.set('v0', { up: true, addAltNames: ['the-first-of-the-pair'] })
      const specs = [
        { kind: 'bridge', name: 'br0' },
        { kind: 'tap', name: 'tap0' },
        { kind: 'tun', name: 'tun0' },
        { kind: 'macvtap', name: 'mt0', parent: 'v0' },
        { kind: 'macvlan', name: 'mv0', parent: 'v0', macvlan: { mode: 'bridge' } },
        { kind: 'vlan', name: 'vl0', parent: 'v0', vlan: { id: 5 } },
        { kind: 'bond', name: 'bond7' },
        { kind: 'dummy', name: 'dummy7' },
        { kind: 'vxlan', name: 'vx0', vxlan: { id: 7 } },
        { kind: 'ifb', name: 'ifb7' },
      ] as const
      for (const spec of specs) if (kernel.supports[`link ${spec.kind}`] === true) await kernel.link.add(spec)
      const there = new Set((await kernel.link.list()).map(({ name }) => name))
      for (const name of made) if (there.has(name)) await compare(kernel, name, local)
      expect(there.size).toBeGreaterThan(4)
    } finally {
      for (const { name } of await kernel.link.list()) {
        if (name !== 'lo' && made.includes(name as never) && (await kernel.link.get(name)) !== undefined)
          await kernel.link.delete(name)
      }
    }
  })

  it('of cards that are ours, down and up, with the drivers of real ones', async (context) => {
    const kernel = ready(context)
    if (process.env.VNET_GUEST !== 'qemu')
      return context.skip('lacks capability: network cards that are ours (the guest of QEMU has some)')
    const drivers = ['e1000', 'e1000e', 'virtio_net']
    const cards = async () => kernel.nic.list({ physical: true })
    try {
      expect(spawnSync('modprobe', ['-a', ...drivers], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
      const names = (await cards()).map(({ name }) => name as string)
      expect((await cards()).map(({ driver }) => driver).sort()).toEqual(drivers)
      for (const name of names) await compare(kernel, name, local)
      for (const name of names) await kernel.link.set(name, { up: true })
      // What the driver says of a cable is settled with the carrier, which some look for by and by.
      const carriers = async () => (await cards()).map(({ carrier }) => carrier)
      await expect.poll(carriers, { timeout: 60_000, interval: 500 }).toEqual([true, true, true])
      for (const name of names) await compare(kernel, name, local)
      const told = new Map((await cards()).map((card) => [card.driver, card]))
      expect(told.get('e1000')).toMatchObject({
        speed: 1000,
        duplex: 'full',
        port: 'tp',
        rings: { rx: { most: 4096 } },
      })
      expect(told.get('e1000e')?.firmware).toMatch(/^\d+\.\d+-\d+$/)
      for (const { device, busAddress, permanentMac, mac } of told.values()) {
        expect(device?.bus).toMatch(/^(pci|virtio)$/)
        expect(busAddress).toMatch(/^0000:00:0\d\.0$/)
        expect(permanentMac).toBe(mac)
      }
    } finally {
      spawnSync('modprobe', ['-r', ...drivers])
    }
    // Without their drivers they are there all the same, and have no link.
    expect((await cards()).map(({ name, because }) => [name, /no driver/.test(because)])).toEqual(
      Array(3).fill([undefined, true]),
    )
  })

  it('of the cards of this machine, which are only read', async (context) => {
    const kernel = ready(context)
    const pid = processOutside()
    if (pid === undefined)
      return context.skip('lacks capability: a namespace outside the sandbox, which may be entered')
    await using outside = await kernel.namespace.open({ pid })
    const inside: Ask = (...argv) => local('nsenter', '-t', String(pid), '-n', '--', ...argv)
    const cards = await outside.nic.list({ physical: true })
    const here = cards.filter(({ name }) => name !== undefined)
    if (here.length === 0) return context.skip('lacks capability: a network card')
    for (const { name } of here) await compare(outside, name as string, inside)
    // From here, the same cards have no link, and are known to be elsewhere or out of sight.
    const unseen = (await kernel.nic.list({ physical: true })).filter(({ name }) => name === undefined)
    for (const { device } of here) expect(unseen.map((one) => one.device)).toContainEqual(device)
  })
})

/** A process above this one that is in another network namespace; `undefined` where there is none that we may enter. */
function processOutside(): number | undefined {
  const own = readlinkSync('/proc/self/ns/net')
  for (let pid = process.ppid; pid > 0; ) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/net`) !== own) {
        return spawnSync('nsenter', ['-t', String(pid), '-n', 'true']).status === 0 ? pid : undefined
      }
      pid = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
    } catch {
      return undefined
    }
  }
  return undefined
}
