/** What a line says of a layer whose beginning alone was kept: as much as tcpdump does. @module */
import type { Line } from './frame-line.js'
import { ipProtocols, ipv4HeaderSizeAt } from './ipv4.js'
import type { Layer, LayerOf } from './layer.js'
import { u16At } from './octets.js'
import { type Shown, shownOf, stagesOf, stpVersion } from './snapped-stage.js'
import { shownTcp } from './snapped-tcp.js'

const protocolNames: { readonly [name: string]: string | undefined } = {
  ethernet: 'ether',
  ipv4: 'ip',
  ipv6: 'ip6',
  icmpv6: 'icmp6',
  dhcp: 'bootp',
  bpdu: 'stp',
  'pppoe-discovery': 'pppoe',
  'pppoe-session': 'pppoe',
  'ipv6-routing': 'rt6',
  'ipv6-fragment': 'frag6',
  authentication: 'ah',
}

/** Numbers of the headers that are read by one codec. */
const extensionNames = new Map<number, string>([
  [ipProtocols.hopByHop, 'hbhopt'],
  [ipProtocols.destinationOptions, 'dstopt'],
  [ipProtocols.routing, 'rt6'],
  [ipProtocols.fragment, 'frag6'],
  [ipProtocols.authentication, 'ah'],
])

/** What tcpdump calls a layer; `before` is the one around it. */
export function protocolName(name: string, before: Layer | undefined): string {
  const number = before !== undefined && 'nextHeader' in before ? before.nextHeader : undefined
  if (name === 'ipv6-extension' || name === 'ipv6-options') return extensionNames.get(number ?? -1) ?? 'ip6'
  return protocolNames[name] ?? name
}

/** What a line says of layer `i` of a frame of which the first `kept` octets were kept. */
export function shownPart(line: Line, i: number, frame: Uint8Array, kept: number): Shown {
  const layer = line.layers[i] as Layer
  const start = line.starts[i] as number
  const mine = Math.max(0, kept - start)
  const whole = line.part(i)
  if (layer.layer === 'tcp') return shownTcp(line, i, frame, kept)
  const fragment = shownFragment(line, i, frame, kept, whole)
  if (fragment !== undefined) return fragment
  if (layer.layer === 'bpdu' && mine === 3) return { text: stpVersion(frame, start, kept), cut: ' [|stp]' }
  if (layer.layer === 'ipv4') return shownIpv4(line, layer, frame, start, mine, whole)
  if (layer.layer === 'llc' && layer.snap !== undefined && mine >= 3) {
    return shownOf(
      [
        [3, line.linkLevel ? whole.replace(/oui .*/, '') : ''],
        [8, whole],
      ],
      mine,
      'snap',
    )
  }
  const size = (line.starts[i + 1] ?? (line.ends[i] as number)) - start
  const protocol =
    layer.layer === 'ipv6-options'
      ? layer.kind === 'hop-by-hop'
        ? 'hbhopt'
        : 'dstopt'
      : protocolName(layer.layer, undefined)
  return shownOf(stagesOf(line, i, layer, whole, size), mine, protocol)
}

function shownIpv4(
  line: Line,
  layer: LayerOf<'ipv4'>,
  frame: Uint8Array,
  start: number,
  kept: number,
  whole: string,
): Shown {
  const header = ipv4HeaderSizeAt(frame, start)
  if (kept >= 20 && kept < header) {
    return { text: line.head(layer), cut: ` [remaining caplen(${kept}) < header length(${header})] [|ip]` }
  }
  return shownOf(
    [
      [0, ''],
      [1, line.linkLevel ? '' : 'IP '],
      [20, whole],
    ],
    kept,
    'ip',
  )
}

/** The first fragment of a packet, with as much as it tells of the header inside. */
function shownFragment(line: Line, i: number, frame: Uint8Array, kept: number, whole: string): Shown | undefined {
  const layer = line.layers[i] as Layer
  const next = line.layers[i + 1]
  if ((layer.layer !== 'ipv4' && layer.layer !== 'ipv6-fragment') || !layer.moreFragments || next?.layer !== 'payload')
    return undefined
  const isFour = layer.layer === 'ipv4'
  if ((isFour ? layer.fragmentOffset : layer.offset) > 0) return undefined
  const start = line.starts[i + 1] as number
  const mine = kept - start
  if (mine < 0 || (mine === 0 && !isFour)) {
    if (isFour || kept < (line.starts[i] as number) + 4) return undefined
    return { text: whole.replace(/\) .*/, ') ') }
  }
  const head = isFour ? line.head(layer) : whole.replace(/\) .*/, ') ')
  const protocol = isFour ? layer.protocol : layer.nextHeader
  const pair = { sourcePort: u16At(frame, start), destinationPort: u16At(frame, start + 2) }
  const ports = `${isFour ? line.version(layer) : head}${line.addresses(i + 1, pair)}: `
  if (protocol === ipProtocols.udp)
    return shownOf(
      [
        [0, head],
        [4, ports],
        [8, whole],
      ],
      mine,
      'udp',
    )
  if (protocol === ipProtocols.icmp)
    return shownOf(
      [
        [0, head],
        [8, whole],
      ],
      mine,
      'icmp',
    )
  if (protocol === ipProtocols.icmpv6) {
    return shownOf(
      [
        [0, head],
        [1, whole.replace(/(ICMP6, [^,]*).*/, '$1')],
        [8, whole],
      ],
      mine,
      'icmp6',
    )
  }
  if (protocol !== ipProtocols.tcp || mine >= ((frame[start + 12] as number) >> 4) * 4) return { text: whole }
  return { text: mine < 4 ? head : ports, cut: mine < 4 ? '[|tcp]' : ' [|tcp]' }
}
