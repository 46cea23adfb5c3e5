/** Generic netlink: numbers of families, messages that are split and joined, refusals; with a kernel that answers as told. */
import { cleanRequest, formatWireguardKey, type LooseRequest, openHost } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { linuxDriver } from '../src/driver.js'
import type { MessageWriter } from '../src/netlink/writer.js'
import {
  type Answer,
  done,
  message,
  type SentMessage,
  scriptedKernel,
  verdict,
} from '../src/testing/scripted-kernel.js'
import { emptying, removal, whole } from './wireguard-octets.js'

const GENL_ID_CTRL = 16
const [getDevice, setDevice] = [0, 1]
const far = '3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08='
const allOptions = {
  publicKey: far,
  presharedKey: 'Sl2dW6TOLeFyjjv0gDUPJeB+IclH0Z4zdvCbPB4WF0I=',
  endpoint: '[fe80::1%1]:51820',
  persistentKeepalive: 61,
  allowedIps: ['10.0.0.0/24', '::/0'],
  replaceAllowedIps: true,
}
const other = { publicKey: 'j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=', endpoint: '192.0.2.1:7' }
const privateKey = 'dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo='
const recorded: readonly [title: string, spec: object, wanted: string][] = [
  ['all options', { link: 3, privateKey, listenPort: 5000, fwmark: 7, peers: [allOptions, other] }, whole],
  ['a removal', { link: 3, peers: [{ publicKey: far, remove: true }] }, removal],
  ['nothing left', { link: 3, privateKey: null, fwmark: 0, listenPort: 0, replacePeers: true }, emptying],
]
const key = (last: number) => Uint8Array.from({ length: 32 }, (_, at) => (at === 31 ? last : 1))

/** Answers a question about a family with this number; `undefined`: there is no such family. */
const family = (sequence: number, number: number | undefined): Answer[] =>
  number === undefined
    ? [verdict(sequence, 2)]
    : [
        message(GENL_ID_CTRL, 0, sequence, (to) => {
          to.u32(0x0201)
          to.u16Attribute(1, number)
          to.textAttribute(2, 'wireguard')
        }),
        verdict(sequence, 0),
      ]

/** One message about a device with some peers, each with some allowed addresses. */
const device = (
  type: number,
  sequence: number,
  peers: readonly (readonly [last: number, hosts: readonly number[]])[],
) =>
  message(type, 2, sequence, (to: MessageWriter) => {
    to.u32(0x0100)
    to.u16Attribute(6, 51820)
    to.u32Attribute(7, 9)
    to.u32Attribute(1, 3)
    to.textAttribute(2, 'wg0')
    const list = to.nest(8)
    for (const [last, hosts] of peers) {
      const peer = to.nest(0)
      to.octetsAttribute(1, key(last))
      const allowed = to.nest(9)
      for (const host of hosts) {
        const one = to.nest(0)
        to.u8Attribute(3, 32)
        to.u16Attribute(1, 2)
        to.octetsAttribute(2, Uint8Array.of(10, 0, 0, host))
        to.endNest(one)
      }
      to.endNest(allowed)
      to.endNest(peer)
    }
    to.endNest(list)
  })

const command = ({ bytes }: SentMessage) => bytes[16]

/** The attributes with those inside, without regard to their order; links are told by name there, by index here. */
function dissected(bytes: Uint8Array, start: number, end: number = bytes.length, top = true): unknown[] {
  const found = attributesOf(bytes, start, end).map(([type, at, length]): [number, unknown] => {
    const nested = (((bytes[at + 3] as number) << 8) & 0x8000) !== 0
    const value = nested ? dissected(bytes, at + 4, at + length, false) : Buffer.from(bytes.slice(at + 4, at + length))
    return [type, nested ? value : (value as Buffer).toString('hex')]
  })
  return found.filter(([type]) => !top || type > 2).sort(([a], [b]) => a - b)
}

/** Number, place and length of each attribute of a run; of a request when nothing else is said. */
function attributesOf(bytes: Uint8Array, start = 20, end: number = bytes.length): [number, number, number][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const found: [number, number, number][] = []
  for (let at = start; at + 4 <= end; at += (view.getUint16(at, true) + 3) & ~3) {
    found.push([view.getUint16(at + 2, true) & 0x3fff, at, view.getUint16(at, true)])
  }
  return found
}

async function connect(script: (sent: SentMessage) => readonly Answer[]) {
  const kernel = scriptedKernel((sent) => (started ? script(sent) : [verdict(sent.sequence, 22)]))
  let started = false
  const driver = await linuxDriver(kernel)
  started = true
  const host = await openHost({ driver })
  kernel.sent.length = 0
  return { host, kernel }
}

describe('families', () => {
  it('are asked for once, and again when their number is no longer known', async () => {
    let number = 30
    const { host, kernel } = await connect((sent) => {
      if (sent.type === GENL_ID_CTRL) return family(sent.sequence, number)
      if (sent.type !== number) return [verdict(sent.sequence, 2)]
      return [device(number, sent.sequence, []), done(sent.sequence)]
    })
    for (let i = 0; i < 3; i++) expect((await host.wireguard.get(3))?.name).toBe('wg0')
    expect(kernel.sent.map(({ type }) => type)).toEqual([GENL_ID_CTRL, 30, 30, 30])
    number = 31
    kernel.sent.length = 0
    expect((await host.wireguard.get(3))?.name).toBe('wg0')
    await host.wireguard.get(3)
    expect(kernel.sent.map(({ type }) => type)).toEqual([30, GENL_ID_CTRL, 31, 31])
    await host.close()
  })

  it('that are not there are EOPNOTSUPP, with what the kernel lacks', async () => {
    const { host } = await connect(({ sequence }) => family(sequence, undefined))
    const error = await host.wireguard.set(3, { fwmark: 1 }).catch((caught) => caught)
    expect(error).toMatchObject({ code: 'EOPNOTSUPP', operation: 'wireguard set', subject: '#3' })
    expect(error.hint).toContain('CONFIG_WIREGUARD')
    await host.close()
  })
})

describe('a device in several messages', () => {
  it('is put together: the rest of a peer begins the next message', async () => {
    const { host } = await connect(({ type, sequence: s }) =>
      type === GENL_ID_CTRL
        ? family(s, 30)
        : [
            device(30, s, [
              [1, [1]],
              [2, [2, 3]],
            ]),
            device(30, s, [[2, [4]]]),
            device(30, s, [
              [2, [5]],
              [3, []],
            ]),
            done(s),
          ],
    )
    const found = await host.wireguard.get(3)
    expect(found).toMatchObject({ link: 3, listenPort: 51820, fwmark: 9 })
    expect(found?.peers.map(({ publicKey, allowedIps }) => [publicKey, ...allowedIps])).toEqual([
      [formatWireguardKey(key(1)), '10.0.0.1/32'],
      [formatWireguardKey(key(2)), '10.0.0.2/32', '10.0.0.3/32', '10.0.0.4/32', '10.0.0.5/32'],
      [formatWireguardKey(key(3))],
    ])
    await host.close()
  })

  it('is read again when it changed under way', async () => {
    let readings = 0
    const { host } = await connect(({ type, sequence: s }) =>
      type === GENL_ID_CTRL ? family(s, 30) : [device(30, s, [[1, [++readings]]]), done(s, 0, readings < 3 ? 0x10 : 0)],
    )
    expect((await host.wireguard.get(3))?.peers[0]?.allowedIps).toEqual(['10.0.0.3/32'])
    await host.close()
  })

  it('that is cut is a decode error', async () => {
    const { host } = await connect(({ type, sequence: s }) => {
      if (type === GENL_ID_CTRL) return family(s, 30)
      const whole = device(30, s, [[1, [1]]])
      const cut = whole.slice(0, whole.length - 8)
      new DataView(cut.buffer).setUint32(0, cut.length, true)
      return [cut, done(s)]
    })
    await expect(host.wireguard.get(3)).rejects.toMatchObject({ code: 'VNET_DECODE' })
    await host.close()
  })
})

describe('a change in several messages', () => {
  const peers = Array.from({ length: 1200 }, (_, at) => ({
    publicKey: Uint8Array.from({ length: 32 }, (_, place) => (place === 0 ? at & 255 : place === 1 ? at >> 8 : 7)),
    allowedIps: [`10.1.${at >> 8}.${at & 255}/32`],
  }))

  it('tells the device in the first, and stops at the one that is refused', async () => {
    let changes = 0
    const { host, kernel } = await connect((sent) => {
      if (sent.type === GENL_ID_CTRL) return family(sent.sequence, 30)
      return [verdict(sent.sequence, ++changes === 3 ? 12 : 0)]
    })
    const error = await host.wireguard.set(3, { replacePeers: true, fwmark: 5, peers }).catch((caught) => caught)
    expect(error).toMatchObject({ code: 'ENOMEM', operation: 'wireguard set' })
    const told = Number(/first (\d+) are set/.exec(error.hint)?.[1])
    expect(told).toBeGreaterThan(100)
    expect(told).toBeLessThan(1200)
    const sent = kernel.sent.filter((one) => one.type === 30)
    expect(sent).toHaveLength(3)
    expect(sent.map((one) => one.bytes.length).every((length) => length < 65536)).toBe(true)
    // WGDEVICE_A_FLAGS and WGDEVICE_A_FWMARK.
    expect(sent.map((one) => attributesOf(one.bytes).map(([type]) => type))).toEqual([
      [1, 5, 7, 8],
      [1, 8],
      [1, 8],
    ])
    await host.close()
  })

  it('names the field that an offset points at', async () => {
    const { host } = await connect((sent) => {
      if (sent.type === GENL_ID_CTRL) return family(sent.sequence, 30)
      const at = attributesOf(sent.bytes).find(([type]) => type === 6)?.[1]
      return [verdict(sent.sequence, 98, undefined, at)]
    })
    const error = await host.wireguard.set(3, { fwmark: 5, listenPort: 9 }).catch((caught) => caught)
    expect(error).toMatchObject({ code: 'EADDRINUSE', attribute: 'spec.listenPort' })
    await host.close()
  })
})

describe('requests about WireGuard devices equal those of wg', () => {
  it.each(recorded)('%s', async (_, spec, wanted) => {
    const sent: Uint8Array[] = []
    const { host } = await connect((one) => {
      if (one.type === GENL_ID_CTRL) return family(one.sequence, 30)
      sent.push(one.bytes)
      return [verdict(one.sequence, 0)]
    })
    const request = cleanRequest({ operation: 'wireguard set', spec } as LooseRequest)
    expect(request.operation).toBe('wireguard set')
    await host.execute([{ operation: 'wireguard set', spec } as LooseRequest])
    expect(sent).toHaveLength(1)
    const [bytes] = sent as [Uint8Array]
    const octets = Uint8Array.from(Buffer.from(wanted, 'hex'))
    expect(bytes[16]).toBe(setDevice)
    expect(dissected(bytes, 20)).toEqual(dissected(octets, 4))
    await host.close()
  })

  it('asks for one device', async () => {
    const { host, kernel } = await connect((one) =>
      one.type === GENL_ID_CTRL ? family(one.sequence, 30) : [done(one.sequence)],
    )
    await host.wireguard.get(3)
    const asked = kernel.sent.at(-1) as SentMessage
    expect([command(asked), asked.flags & 0x300, attributesOf(asked.bytes).map(([type]) => type)]).toEqual([
      getDevice,
      0x300,
      [1],
    ])
    await host.close()
  })
})
