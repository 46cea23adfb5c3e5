/** The other opinion: what tshark and tcpdump say of a capture file, and our layers in tshark's words. */
import { spawnSync } from 'node:child_process'
import type { Layer } from '../src/index.js'

/** Why programs cannot be used here; `undefined` where all are there. Each comes with its Debian package. */
export function missing(...programs: (readonly [program: string, debianPackage: string])[]): string | undefined {
  const absent = programs.filter(([program]) => spawnSync('which', [program]).status !== 0)
  if (absent.length === 0) return undefined
  return `needs ${absent.map(([program, name]) => `${program} (Debian package ${name})`).join(', ')}`
}

export function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (error || status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`)
  return stdout
}

/** Why tcpdump cannot read this file here; `undefined` where it can. As root it changes to a user of its own. */
export function noTcpdump(file: string): string | undefined {
  const absent = missing(['tcpdump', 'tcpdump'])
  if (absent !== undefined) return absent
  const { stderr } = spawnSync('tcpdump', ['-c', '1', '-r', file], { encoding: 'utf8' })
  return stderr.includes("Couldn't change to")
    ? 'needs more users than this user namespace has, for tcpdump'
    : undefined
}

/** Every fragment, segment and checksum by itself, with the numbers that are on the wire. */
const preferences = [
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.relative_sequence_numbers:FALSE',
  'ip.check_checksum:TRUE',
  'tcp.check_checksum:TRUE',
  'udp.check_checksum:TRUE',
].flatMap((preference) => ['-o', preference])

/** The values of fields, one row a frame, one list a field: a field may be there several times. */
export function tsharkFields(file: string, fields: readonly string[]): string[][][] {
  const chosen = fields.flatMap((field) => ['-e', field])
  const format = ['-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a', '-E', 'aggregator=;']
  const output = run('tshark', '-n', '-r', file, ...preferences, ...format, ...chosen)
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t').map((cell) => (cell === '' ? [] : cell.split(';'))))
}

/** Numbers, whether decimal or hexadecimal, and yes or no, as one text each. */
export function plain(value: unknown): string {
  const text = String(value).toLowerCase()
  if (text === 'true' || text === 'false') return text === 'true' ? '1' : '0'
  return /^(0x[0-9a-f]+|\d+)$/.test(text) ? String(Number(text)) : text
}

type Field = readonly [name: string, value: unknown]

/** A layer in tshark's words. */
export function fieldsOf(layer: Layer): Field[] {
  switch (layer.layer) {
    case 'ethernet':
      return [
        ['eth.dst', layer.destination],
        ['eth.src', layer.source],
        layer.type > 1500 ? ['eth.type', layer.type] : ['eth.len', layer.type],
      ]
    case 'vlan':
      // An 802.1ad tag has names of its own, so only what both have is compared here.
      return []
    case 'llc':
      return [
        ['llc.dsap', layer.destinationSap],
        ['llc.ssap', layer.sourceSap],
      ]
    case 'arp':
      return [
        ['arp.opcode', layer.operation],
        ['arp.src.hw_mac', layer.senderMac],
        ['arp.src.proto_ipv4', layer.senderIp],
        ['arp.dst.hw_mac', layer.targetMac],
        ['arp.dst.proto_ipv4', layer.targetIp],
      ]
    case 'ipv4':
      return [
        ['ip.src', layer.source],
        ['ip.dst', layer.destination],
        ['ip.ttl', layer.ttl],
        ['ip.proto', layer.protocol],
        ['ip.id', layer.identification],
        ['ip.len', layer.totalLength],
        ['ip.checksum', layer.checksum],
        ['ip.dsfield.dscp', layer.dscp],
        ['ip.dsfield.ecn', layer.ecn],
        ['ip.flags.df', layer.dontFragment],
        ['ip.flags.mf', layer.moreFragments],
        // In units of 8 octets, as on the wire.
        ['ip.frag_offset', layer.fragmentOffset / 8],
      ]
    case 'ipv6':
      return [
        ['ipv6.src', layer.source],
        ['ipv6.dst', layer.destination],
        ['ipv6.hlim', layer.hopLimit],
        ['ipv6.nxt', layer.nextHeader],
        ['ipv6.plen', layer.payloadLength],
        ['ipv6.flow', layer.flowLabel],
        ['ipv6.tclass.dscp', layer.dscp],
      ]
    case 'ipv6-options':
      return [
        [layer.kind === 'hop-by-hop' ? 'ipv6.hopopts.nxt' : 'ipv6.dstopts.nxt', layer.nextHeader],
        ...layer.options.map(({ type }) => ['ipv6.opt.type', type] as const),
      ]
    case 'ipv6-routing':
      return [
        ['ipv6.routing.type', layer.type],
        ['ipv6.routing.segleft', layer.segmentsLeft],
      ]
    case 'ipv6-fragment':
      return [
        ['ipv6.fraghdr.offset', layer.offset / 8],
        ['ipv6.fraghdr.more', layer.moreFragments],
        ['ipv6.fraghdr.ident', layer.identification],
      ]
    case 'authentication':
      return [
        ['ah.spi', layer.securityIndex],
        ['ah.sequence', layer.sequence],
      ]
    case 'icmp':
      return [
        ['icmp.type', layer.type],
        ['icmp.code', layer.code],
        ['icmp.checksum', layer.checksum],
        ...(layer.kind === 'echo'
          ? ([
              ['icmp.ident', layer.identifier],
              ['icmp.seq', layer.sequence],
            ] as const)
          : []),
        ...(layer.kind === 'problem' && layer.code === 4 ? ([['icmp.mtu', layer.parameter]] as const) : []),
      ]
    case 'icmpv6':
      return icmpv6Fields(layer)
    case 'igmp':
      return [
        ['igmp.type', layer.type],
        ['igmp.checksum', layer.checksum],
        ...(layer.kind === 'report3'
          ? layer.records.flatMap(({ type, group, sources }) => [
              ['igmp.record_type', type] as const,
              ['igmp.num_src', sources.length] as const,
              ['igmp.maddr', group] as const,
              ...sources.map((source) => ['igmp.saddr', source] as const),
            ])
          : layer.kind === 'other'
            ? []
            : [['igmp.maddr', layer.group] as const]),
      ]
    case 'udp':
      return [
        ['udp.srcport', layer.sourcePort],
        ['udp.dstport', layer.destinationPort],
        ['udp.length', layer.length],
        ['udp.checksum', layer.checksum],
      ]
    case 'tcp':
      return [
        ['tcp.srcport', layer.sourcePort],
        ['tcp.dstport', layer.destinationPort],
        ['tcp.seq_raw', layer.sequence],
        ['tcp.ack_raw', layer.acknowledgement],
        ['tcp.flags', layer.flags | (layer.reserved << 9)],
        ['tcp.window_size_value', layer.window],
        ['tcp.checksum', layer.checksum],
        ['tcp.urgent_pointer', layer.urgent],
        ...layer.options.flatMap((option): Field[] => {
          if (option.kind === 'mss') return [['tcp.options.mss_val', option.size]]
          if (option.kind === 'window-scale') return [['tcp.options.wscale.shift', option.shift]]
          if (option.kind === 'sack') return option.blocks.map(({ left }) => ['tcp.options.sack_le', left])
          if (option.kind !== 'timestamps') return []
          return [
            ['tcp.options.timestamp.tsval', option.value],
            ['tcp.options.timestamp.tsecr', option.echo],
          ]
        }),
      ]
    case 'bpdu':
      return bpduFields(layer)
    case 'dhcp':
      return dhcpFields(layer)
    case 'pppoe-discovery':
      return [
        ['pppoe.code', layer.code],
        ['pppoe.session_id', layer.session],
        ['pppoe.payload_length', layer.length],
      ]
    case 'pppoe-session':
      return [
        ['pppoe.session_id', layer.session],
        ['pppoe.payload_length', layer.length],
      ]
    case 'ppp':
      return [['ppp.protocol', layer.protocol]]
    case 'vxlan':
      return [['vxlan.vni', layer.vni]]
    case 'gre':
      return [
        ['gre.proto', layer.protocol],
        ...(layer.key === undefined ? [] : ([['gre.key', layer.key]] as const)),
        ...(layer.sequence === undefined ? [] : ([['gre.sequence_number', layer.sequence]] as const)),
        ...(layer.checksum === undefined ? [] : ([['gre.checksum', layer.checksum.value]] as const)),
      ]
    case 'payload':
      return []
  }
}

function icmpv6Fields(layer: Extract<Layer, { layer: 'icmpv6' }>): Field[] {
  const common: Field[] = [
    ['icmpv6.type', layer.type],
    ['icmpv6.code', layer.code],
    ['icmpv6.checksum', layer.checksum],
  ]
  const options = 'options' in layer ? layer.options : []
  for (const option of options) {
    if (option.kind === 'source-mac' || option.kind === 'target-mac') common.push(['icmpv6.opt.linkaddr', option.mac])
    if (option.kind === 'prefix') {
      common.push(['icmpv6.opt.prefix', option.prefix], ['icmpv6.opt.prefix.length', option.length])
      common.push(['icmpv6.opt.prefix.valid_lifetime', option.valid])
    }
    if (option.kind === 'mtu') common.push(['icmpv6.opt.mtu', option.mtu])
    if (option.kind === 'dns-servers') for (const server of option.servers) common.push(['icmpv6.opt.rdnss', server])
  }
  switch (layer.kind) {
    case 'echo':
      common.push(['icmpv6.echo.identifier', layer.identifier], ['icmpv6.echo.sequence_number', layer.sequence])
      break
    case 'neighbour-solicitation':
      common.push(['icmpv6.nd.ns.target_address', layer.target])
      break
    case 'neighbour-advertisement':
      common.push(['icmpv6.nd.na.target_address', layer.target], ['icmpv6.nd.na.flag.s', layer.solicited])
      break
    case 'router-advertisement':
      common.push(['icmpv6.nd.ra.router_lifetime', layer.lifetime], ['icmpv6.nd.ra.cur_hop_limit', layer.hopLimit])
      break
    case 'redirect':
      common.push(
        ['icmpv6.nd.rd.target_address', layer.target],
        ['icmpv6.rd.na.destination_address', layer.destination],
      )
      break
    case 'mld-query':
    case 'mld-report':
      common.push(['icmpv6.mld.multicast_address', layer.group])
      break
    case 'mld-report2':
      for (const { type, group } of layer.records) {
        common.push(['icmpv6.mldr.mar.record_type', type], ['icmpv6.mldr.mar.multicast_address', group])
      }
      break
    case 'problem':
      if (layer.type === 2) common.push(['icmpv6.mtu', layer.parameter])
  }
  return common
}

function bpduFields(layer: Extract<Layer, { layer: 'bpdu' }>): Field[] {
  const common: Field[] = [['stp.version', layer.version]]
  if (layer.kind === 'topology-change') return [...common, ['stp.type', 0x80]]
  return [
    ...common,
    ['stp.type', layer.kind === 'rapid' ? 2 : 0],
    ['stp.flags.tc', layer.topologyChange],
    ['stp.root.hw', layer.root.mac],
    ['stp.root.cost', layer.rootPathCost],
    ['stp.bridge.hw', layer.bridge.mac],
    ['stp.bridge.prio', layer.bridge.priority & 0xf000],
    ['stp.port', layer.port],
    ['stp.msg_age', layer.messageAge],
    ['stp.max_age', layer.maxAge],
    ['stp.hello', layer.helloTime],
    ['stp.forward', layer.forwardDelay],
  ]
}

function dhcpFields(layer: Extract<Layer, { layer: 'dhcp' }>): Field[] {
  const fields: Field[] = [
    ['dhcp.type', layer.operation],
    ['dhcp.id', layer.transaction],
    ['dhcp.secs', layer.seconds],
    ['dhcp.flags.bc', layer.broadcast],
    ['dhcp.ip.client', layer.clientIp],
    ['dhcp.ip.your', layer.yourIp],
    ['dhcp.ip.server', layer.serverIp],
    ['dhcp.ip.relay', layer.relayIp],
    ['dhcp.hw.mac_addr', layer.clientMac],
  ]
  const names: Readonly<Record<string, string>> = {
    'message-type': 'dhcp.option.dhcp',
    'server-identifier': 'dhcp.option.dhcp_server_id',
    'lease-time': 'dhcp.option.ip_address_lease_time',
    'requested-address': 'dhcp.option.requested_ip_address',
    'subnet-mask': 'dhcp.option.subnet_mask',
    routers: 'dhcp.option.router',
    'dns-servers': 'dhcp.option.domain_name_server',
    'broadcast-address': 'dhcp.option.broadcast_address',
    'host-name': 'dhcp.option.hostname',
    'domain-name': 'dhcp.option.domain_name',
    'vendor-class': 'dhcp.option.vendor_class_id',
    'maximum-size': 'dhcp.option.dhcp_max_message_size',
    parameters: 'dhcp.option.request_list_item',
  }
  for (const option of layer.options) {
    const name = names[option.name]
    if (name === undefined || !('value' in option)) continue
    for (const value of Array.isArray(option.value) ? option.value : [option.value]) fields.push([name, value])
  }
  return fields
}

/** Names of all fields that any of the layers has. */
export function fieldNames(frames: readonly (readonly Layer[])[]): string[] {
  return [...new Set(frames.flatMap((layers) => layers.flatMap((layer) => fieldsOf(layer).map(([name]) => name))))]
}

/** Fields that tshark also uses for what we leave as octets (route information, client identifiers), behind ours. */
const shared = new Set(['icmpv6.opt.prefix', 'icmpv6.opt.prefix.length', 'dhcp.hw.mac_addr'])

/** Where tshark says something else than our layers do, one sentence each. */
export function differences(file: string, frames: readonly (readonly Layer[])[]): string[] {
  const names = fieldNames(frames)
  const rows = tsharkFields(file, names)
  if (rows.length !== frames.length) return [`tshark has ${rows.length} frames, we have ${frames.length}`]
  return frames.flatMap((layers, i) => {
    const ours = new Map<string, string[]>()
    for (const [name, value] of layers.flatMap(fieldsOf)) ours.set(name, [...(ours.get(name) ?? []), plain(value)])
    // tshark also reads the packet that an ICMP error quotes; we leave it as octets.
    const quotes = layers.some((layer) => 'kind' in layer && (layer.kind === 'problem' || layer.kind === 'redirect'))
    return [...ours].flatMap(([name, values]) => {
      const theirs = (rows[i]?.[names.indexOf(name)] ?? []).map(plain)
      const compared = quotes || shared.has(name) ? theirs.slice(0, values.length) : theirs
      return compared.join() === values.join() ? [] : [`frame ${i + 1} ${name}: ${values} here, ${theirs} in tshark`]
    })
  })
}
