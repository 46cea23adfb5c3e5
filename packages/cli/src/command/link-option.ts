/** The options of links: those of every kind, those of each kind, those of a port, those of a veth's other end. @module */
import { bondPortFields, bridgePortFields, factsOf, type KindProperty, kindOptions } from '@vnet/core'
import { type Purpose, parametersOf } from '../field-parameter.js'
import { group } from '../named-parameter.js'
import * as take from '../parameter.js'

/** Where the options of a kind go; kinds without options of their own have no section. */
export function sectionOf(kind: string | undefined): KindProperty | undefined {
  return factsOf(kind)?.property
}

/** The options of a kind. */
export function kindParameters(section: KindProperty, purpose: Purpose): readonly take.Parameter[] {
  return parametersOf(kindOptions[section].fields, purpose, {
    taken: new Set(birth.map(({ flag }) => flag)),
    instead: `${section}-`,
  })
}

/** The options of a bridge port: `--port-cost`. */
export function portParameters(purpose: Purpose): readonly take.Parameter[] {
  return parametersOf(bridgePortFields, purpose, { prefix: 'port-' })
}

/** The options of a port of a bond: `--bond-port-queue-id`. */
export const bondPortParameters: readonly take.Parameter[] = parametersOf(bondPortFields, 'set', {
  prefix: 'bond-port-',
})

/** What can be chosen for a link of any kind. */
export const settings: readonly take.Parameter[] = [
  take.flag('up', 'administratively up, or down', { contrary: 'down' }),
  take.whole('mtu', 'largest packet in octets, without the Ethernet header'),
  take.text('mac', 'mac', 'link-layer address'),
  take.link('master', 'the bridge that it becomes a port of', { contrary: 'no-master', contraryGives: null }),
  take.text('alias', 'text', 'text for people; empty removes it'),
  group('group', 'group of links: a number or a name'),
  take.whole('txQueueLength', 'length of the transmit queue, packets'),
  take.toggle('promiscuous', 'receive every frame'),
  take.toggle('allMulticast', 'receive every multicast frame'),
  take.toggle('arp', 'answer and send ARP'),
  take.toggle('multicast', 'may send multicast'),
  take.toggle('carrier', 'carrier, where the driver lets it be set'),
  take.namespace('namespace', 'the namespace that it goes to', { flag: 'to-namespace' }),
]

/** What can be chosen when a link is made. */
export const birth: readonly take.Parameter[] = [
  ...settings.map((parameter) => (parameter.flag === 'master' ? withoutContrary(parameter) : parameter)),
  take.whole('index', 'its index; without it the kernel chooses'),
  take.whole('txQueues', 'transmit queues'),
  take.whole('rxQueues', 'receive queues'),
]

/** The lower link; some kinds need it. */
export const parent = (required: boolean): take.Parameter =>
  take.link('parent', 'the lower link', required ? { required } : {})

/** What can be chosen for the other end of a veth pair. */
export const peer: readonly take.Parameter[] = [
  take.text('name', 'name', 'name of the other end', { flag: 'peer' }),
  take.namespace('namespace', 'namespace of the other end', { flag: 'peer-namespace' }),
  take.flag('up', 'the other end up, or down', { flag: 'peer-up', contrary: 'peer-down' }),
  take.whole('mtu', 'MTU of the other end, octets', { flag: 'peer-mtu' }),
  take.text('mac', 'mac', 'MAC of the other end', { flag: 'peer-mac' }),
  take.whole('index', 'index of the other end', { flag: 'peer-index' }),
  take.text('alias', 'text', 'text for people at the other end', { flag: 'peer-alias' }),
  group('group', 'group of the other end', { flag: 'peer-group' }),
  take.whole('txQueueLength', 'transmit queue of the other end, packets', { flag: 'peer-tx-queue-length' }),
  take.whole('txQueues', 'transmit queues of the other end', { flag: 'peer-tx-queues' }),
  take.whole('rxQueues', 'receive queues of the other end', { flag: 'peer-rx-queues' }),
]

function withoutContrary({ contrary: _, contraryGives: __, ...parameter }: take.Parameter): take.Parameter {
  return parameter
}
