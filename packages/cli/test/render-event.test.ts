/** Events as lines and as JSON. @module */
import type { Link, NetworkEvent } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { namesOf } from '../src/names.js'
import { eventJson, eventLines } from '../src/render/event.js'

const link = (state: string, forwardDelayTimer: number): Link =>
  ({
    ...{ index: 3, name: 'v0', type: 'ether', up: true, flags: ['UP'], operationalState: 'up', mtu: 1500, linkMode: 0 },
    ...{ group: 0, txQueueLength: 1000, altNames: [], other: [], kind: 'veth', portKind: 'bridge' },
    port: { state, forwardDelayTimer },
  }) as unknown as Link

describe('a port that STP moves on', () => {
  const object = link('learning', 2)
  const event: NetworkEvent = { kind: 'link set', group: 'link', object, before: link('listening', 0) }
  const names = namesOf([object])

  it('is a line that says what changed, timers left aside', () => {
    expect(eventLines(event, names, ['link'])).toEqual([
      'link set 3: v0: <UP> mtu 1500 state UP (port.state listening → learning)',
    ])
  })
  it('differs in JSON too', () => {
    const told = eventJson(event, names, ['link'])
    const state = (part: unknown) =>
      (part as { linkinfo: { info_slave_data: { state: string } } }).linkinfo.info_slave_data.state
    expect([state(told?.before), state(told?.object)]).toEqual(['listening', 'learning'])
  })
})
