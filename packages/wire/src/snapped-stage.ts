/** What a line can say of a layer, by how much of it was kept. @module */
import { formatDiscovery } from './format-link.js'
import type { Line } from './frame-line.js'
import type { Layer, LayerOf } from './layer.js'

/** Text of a layer, and how the line ends with it where it needs more than was kept. */
export interface Shown {
  readonly text: string
  /** ` [|tcp]`; absent where the layer is printed as any. */
  readonly cut?: string
}

/** Texts, each with the octets of the layer that it needs, in ascending order; the last one is the whole, or says as much. */
export type Stages = readonly (readonly [octets: number, text: string, isWhole?: true])[]

/** The furthest stage that `kept` octets allow. */
export function shownOf(stages: Stages, kept: number, protocol: string): Shown {
  let reached = 0
  while (reached + 1 < stages.length && (stages[reached + 1]?.[0] as number) <= kept) reached++
  const [, text = '', isWhole = reached === stages.length - 1] = stages[reached] ?? []
  return isWhole ? { text } : { text, cut: ` [|${protocol}]` }
}

/** What a line says of layer `i`, which prints `whole`; its header has `size` octets. */
export function stagesOf(line: Line, i: number, layer: Layer, whole: string, size: number): Stages {
  const all = (octets: number): Stages => [
    [0, ''],
    [octets, whole],
  ]
  switch (layer.layer) {
    case 'ethernet':
      return all(14)
    case 'vlan':
    case 'ipv6-fragment':
      return all(4)
    case 'arp':
      return all(28)
    case 'ipv6':
      return all(40)
    case 'llc':
      return all(3)
    case 'pppoe-session':
      return all(6)
    case 'ppp':
      return all(2)
    case 'udp': {
      const packet = line.packetAround(i)
      return [
        [0, packet === undefined ? '' : line.addressesOf(packet)],
        [4, `${line.addresses(i, layer)}: `],
        [8, whole],
      ]
    }
    case 'icmp':
      return all(layer.kind === 'problem' ? icmpProblemSize(layer) : 8)
    case 'icmpv6':
      return icmpv6Stages(layer, whole)
    case 'igmp':
      return igmpStages(layer, whole)
    case 'dhcp': {
      const name = whole.replace(/( from|, length).*/, '')
      return [
        [0, ''],
        [1, name],
        // The client's MAC lies behind the addresses.
        [layer.operation === 1 && layer.hardwareType === 1 ? 34 : 3, whole],
      ]
    }
    case 'bpdu':
      return bpduStages(layer, whole)
    case 'pppoe-discovery': {
      const until = (k: number) => layer.tags.slice(0, k).reduce((at, { bytes }) => at + 4 + bytes.length, 6)
      const stages = Array.from({ length: layer.tags.length + 1 }, (_, k): [number, string] => [
        until(k),
        formatDiscovery({ ...layer, tags: layer.tags.slice(0, k) }),
      ])
      return [[0, ''], ...stages]
    }
    case 'vxlan':
      return [
        [0, 'VXLAN'],
        [1, whole.replace(/vni .*/, '')],
        [8, whole],
      ]
    case 'gre': {
      // A field of four octets after the other.
      const fields = whole.split(', ').slice(1, size / 4)
      const named = fields
        .slice(0, -1)
        .map((_, k): [number, string] => [8 + 4 * k, ['GREv0', ...fields.slice(0, k + 1)].join(', ')])
      return [[0, ''], [2, 'GREv0'], ...named, [size, whole]]
    }
    case 'payload':
      return [[0, whole]]
    default:
      return all(size)
  }
}

/** The header that is quoted, and of a port that is unreachable the ports. */
function icmpProblemSize({ type, code, quotation }: Extract<LayerOf<'icmp'>, { kind: 'problem' }>): number {
  if (type === 3 && code === 3) return 8 + Math.max(20, ((quotation[0] ?? 0) & 15) * 4) + 4
  return type === 12 ? 8 : 28
}

function icmpv6Stages(layer: LayerOf<'icmpv6'>, whole: string): Stages {
  const name = whole.replace(/(ICMP6, multicast listener \w+( v2)?|ICMP6, [^,]*).*/, '$1')
  const length = whole.replace(/.*(, length \d+)$/, '$1')
  const from = (octets: number): Stages => [
    [0, ''],
    [1, name],
    [octets, whole],
  ]
  switch (layer.kind) {
    case 'problem': {
      if (layer.type !== 1) return from(layer.type === 3 ? 48 : 8)
      const reason = whole.split(', ').slice(0, 3).join(', ')
      const first = layer.code === 4 ? reason : reason.replace(/ [0-9a-f:]+$/, '')
      return [
        [0, ''],
        [1, name],
        [2, first],
        [layer.code === 4 ? 52 : 48, whole],
      ]
    }
    case 'router-solicitation':
    case 'router-advertisement':
      return from(2)
    case 'neighbour-solicitation':
    case 'neighbour-advertisement':
      return from(24)
    case 'redirect':
      return from(40)
    case 'mld-query':
      if (layer.version2 === undefined) break
      return [
        [0, ''],
        [1, 'ICMP6, multicast listener query'],
        [2, name],
        [24, whole.replace(/(\[gaddr [^,\]]*).*/, '$1')],
        [28, whole],
      ]
    case 'mld-report':
      break
    default:
      return from(8)
  }
  // Version 1: what does not fit in is left out without a word.
  return [
    [0, ''],
    [1, name],
    [2, `${name}${length}`, true],
    [24, whole],
  ]
}

function igmpStages(layer: LayerOf<'igmp'>, whole: string): Stages {
  if (layer.kind === 'report3')
    return [
      [0, ''],
      [1, 'igmp v3 report'],
      [8, whole],
    ]
  if (layer.kind !== 'query')
    return [
      [0, ''],
      [layer.kind === 'other' ? 1 : 8, whole],
    ]
  const version = whole.replace(/ \[gaddr.*/, '')
  if (layer.version3 === undefined)
    return [
      [0, ''],
      [1, 'igmp query'],
      [2, version],
      [8, whole],
    ]
  return [
    [0, ''],
    [1, 'igmp query v3'],
    [2, version],
    [8, whole.replace(/(\[gaddr [^,\]]*).*/, '$1')],
    [12, whole],
  ]
}

/** What three octets of a BPDU tell. */
export function stpVersion(frame: Uint8Array, start: number, kept: number): string {
  if (kept < start + 3) return ''
  const version = frame[start + 2]
  return version === 2 ? 'STP 802.1w' : version === 3 ? 'STP 802.1s' : 'STP 802.1d'
}

function bpduStages(layer: LayerOf<'bpdu'>, whole: string): Stages {
  const [version = '', kind = '', flags = ''] = /^(STP [^,]*)(, [^,]*)(, Flags \[[^\]]*\])?/.exec(whole)?.slice(1) ?? []
  if (layer.kind === 'topology-change')
    return [
      [0, ''],
      [3, version],
      [4, whole],
    ]
  return [
    [0, ''],
    [3, version],
    [4, version + kind],
    [5, version + kind + flags],
    [27, whole],
  ]
}
