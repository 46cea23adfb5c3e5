import { cleanRequest, type LooseRequest } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import { bridgeVlanGlobalCodecs, decodeBridgeVlanGlobals } from '../src/rtnetlink/bridge-vlan-global.js'
import type { OperationCodec } from '../src/rtnetlink/codec.js'
import { loadFixture } from './fixtures/load.js'

const all = {
  ...{ multicastSnooping: true, multicastQuerier: true, multicastIgmpVersion: 3, multicastMldVersion: 2 },
  ...{ multicastLastMemberCount: 3, multicastLastMemberInterval: 2 },
  ...{ multicastStartupQueryCount: 4, multicastStartupQueryInterval: 30 },
  ...{ multicastMembershipInterval: 260, multicastQuerierInterval: 255 },
  ...{ multicastQueryInterval: 125, multicastQueryResponseInterval: 10 },
}

describe('options of VLANs as a whole', () => {
  it.each([
    ['set-global', 'bridgeVlanGlobal set', { bridge: 'br0', vlan: 10, multicastSnooping: false }],
    ['set-global-all', 'bridgeVlanGlobal set', { bridge: 'br0', vlan: 10, ...all }],
    ['list-global', 'bridgeVlanGlobal list', {}],
  ] as const)('%s is asked for as iproute2 does', (name, operation, spec) => {
    const recorded = loadFixture(`guest-vlan/${name}`).requests.at(-1) as Uint8Array
    const to = new MessageWriter()
    const codec = bridgeVlanGlobalCodecs[operation] as OperationCodec<never>
    codec.encode(to, cleanRequest({ operation, spec } as LooseRequest).spec as never, {
      linkIndex: () => new DataView(recorded.buffer, recorded.byteOffset).getUint32(20, true),
      namespaceFd: () => 3,
      timerFrequency: () => 1e9,
    })
    // The list of iproute2 is of one bridge, which we choose ourselves.
    const skip = operation === 'bridgeVlanGlobal list' ? 24 : 16
    expect([...to.bytes.slice(skip, to.length)]).toEqual([...recorded.slice(skip)])
  })

  it('are those that bridge -j made of the same octets, each VLAN by itself', () => {
    const { json, replies } = loadFixture('guest-vlan/list-global')
    const found = replies
      .filter((bytes) => bytes[4] === 112)
      .flatMap((bytes) => decodeBridgeVlanGlobals(new Octets(bytes), 16, bytes.length))
    expect(found.map(({ vlan }) => vlan)).toEqual([1, 10, 20, 21, 22, 23])
    const [{ vlans }] = json as [{ vlans: Record<string, number>[] }]
    const hundredths = (seconds: number | undefined) => Math.round((seconds as number) * 100)
    for (const told of vlans) {
      const entry = found.find(({ vlan }) => vlan === told.vlan)
      expect([entry?.multicastSnooping, entry?.multicastQuerier].map(Number)).toEqual([
        told.mcast_snooping,
        told.mcast_querier,
      ])
      expect(entry).toMatchObject({
        multicastIgmpVersion: told.mcast_igmp_version,
        multicastMldVersion: told.mcast_mld_version,
        multicastLastMemberCount: told.mcast_last_member_count,
        multicastStartupQueryCount: told.mcast_startup_query_count,
      })
      expect(hundredths(entry?.multicastStartupQueryInterval)).toBe(told.mcast_startup_query_interval)
      expect(hundredths(entry?.multicastMembershipInterval)).toBe(told.mcast_membership_interval)
      expect(hundredths(entry?.multicastQueryResponseInterval)).toBe(told.mcast_query_response_interval)
    }
  })
})
