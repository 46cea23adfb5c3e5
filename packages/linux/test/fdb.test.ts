import { cleanRequest, type LooseRequest } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import { decodeFdbEntry, fdbCodecs } from '../src/rtnetlink/fdb.js'
import { loadFixture } from './fixtures/load.js'

const mac = '02:00:00:00:0f:01'

/** The body of a request about the link of this index. */
function encoded(operation: 'fdb get' | 'fdb add' | 'fdb flush', spec: object, link: number): number[] {
  const request = cleanRequest({ operation, spec } as LooseRequest)
  const to = new MessageWriter()
  const codec = fdbCodecs[operation] as unknown as (typeof fdbCodecs)['fdb get']
  codec.encode(to, request.spec as never, {
    linkIndex: () => link,
    namespaceFd: () => 3,
    timerFrequency: () => 1e9,
  })
  return [...to.bytes.slice(16, to.length)]
}

describe('one FDB entry', () => {
  it.each([
    ['get-port-master', { link: 'v0', mac, master: true }],
    ['get-vxlan', { link: 'vx0', mac: '02:00:00:00:0f:06' }],
  ] as const)('%s is asked for and read as bridge does', (name, spec) => {
    const { requests, replies, json } = loadFixture(`fdb/${name}`)
    const recorded = requests.at(-1) as Uint8Array
    const link = new DataView(recorded.buffer, recorded.byteOffset).getUint32(20, true)
    expect(encoded('fdb get', spec, link)).toEqual([...recorded.slice(16)])
    const reply = replies.at(-1) as Uint8Array
    const [told] = json as [{ mac: string; state: string; dst?: string; port?: number; vni?: number }]
    expect(decodeFdbEntry(new Octets(reply), 16, reply.length)).toMatchObject({
      mac: told.mac,
      state: told.state,
      ...(told.dst === undefined ? {} : { remote: told.dst, port: told.port, vni: told.vni }),
    })
  })
})

describe('what iproute2 6.1 does not record', () => {
  const u32 = (value: number) => [value & 0xff, (value >> 8) & 0xff, 0, 0]
  const lladdr = [10, 0, 2, 0, 2, 0, 0, 0, 0x0f, 1, 0, 0]

  it('a nexthop object: NDA_NH_ID', () => {
    // struct ndmsg: AF_BRIDGE, the link, NUD_PERMANENT | NUD_NOARP, NTF_SELF.
    const header = [7, 0, 0, 0, ...u32(5), 0xc0, 0, 2, 0]
    expect(encoded('fdb add', { link: 'vx0', mac, nexthop: 300 }, 5)).toEqual([
      ...header,
      ...lladdr,
      ...[8, 0, 13, 0, ...u32(300)],
    ])
    const entry = Uint8Array.from([...header, ...lladdr, 8, 0, 13, 0, ...u32(300)])
    expect(decodeFdbEntry(new Octets(entry), 0, entry.length)).toMatchObject({ mac, nexthop: 300, other: [] })
  })

  it('what a flush of a VXLAN chooses by', () => {
    const spec = { link: 'vx0', remote: '192.0.2.2', udpPort: 4790, vni: 99, sourceVni: 7, nexthop: 3, router: true }
    expect(encoded('fdb flush', spec, 5)).toEqual([
      ...[7, 0, 0, 0, ...u32(5), 0, 0, 0x82, 0],
      ...[8, 0, 1, 0, 192, 0, 2, 2],
      ...[6, 0, 6, 0, 0x12, 0xb6, 0, 0],
      ...[8, 0, 7, 0, ...u32(99)],
      ...[8, 0, 11, 0, ...u32(7)],
      ...[8, 0, 13, 0, ...u32(3)],
      ...[5, 0, 17, 0, 0x80, 0, 0, 0],
    ])
  })
})
