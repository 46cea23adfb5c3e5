/** WireGuard devices as `wg show` of wireguard-tools writes them, and as its `wg-json` does. @module */
import type { WireguardDevice, WireguardPeer } from '@vnet/core'

/** `wg show`: the device, and its peers, the one last heard of first. Without secrets keys are told to be hidden. */
export function wireguardText(device: WireguardDevice, secrets: boolean, now: number): string {
  const { name, publicKey, privateKey, listenPort, fwmark, peers } = device
  const lines = [
    `interface: ${name}`,
    ...line('public key', publicKey),
    ...line('private key', publicKey === undefined ? undefined : secrets ? privateKey : '(hidden)'),
    ...line('listening port', listenPort === 0 ? undefined : String(listenPort)),
    ...line('fwmark', fwmark === 0 ? undefined : `0x${fwmark.toString(16)}`),
  ]
  const latest = [...peers].sort((a, b) => (b.lastHandshake ?? 0) - (a.lastHandshake ?? 0))
  const blocks = latest.map((peer) => peerLines(peer, secrets, now).join('\n'))
  return `${[lines.join('\n'), ...blocks].join('\n\n')}\n`
}

function peerLines(peer: WireguardPeer, secrets: boolean, now: number): readonly string[] {
  const { publicKey, presharedKey, hasPresharedKey, endpoint, allowedIps, lastHandshake } = peer
  const { rxBytes, txBytes, persistentKeepalive } = peer
  return [
    `peer: ${publicKey}`,
    ...line('preshared key', hasPresharedKey ? (secrets ? presharedKey : '(hidden)') : undefined),
    ...line('endpoint', endpoint),
    ...line('allowed ips', allowedIps.length === 0 ? '(none)' : allowedIps.join(', ')),
    ...line(
      'latest handshake',
      lastHandshake === undefined ? undefined : ago(Math.floor(now) - Math.floor(lastHandshake)),
    ),
    ...line('transfer', rxBytes + txBytes === 0 ? undefined : `${octets(rxBytes)} received, ${octets(txBytes)} sent`),
    ...line('persistent keepalive', persistentKeepalive === 0 ? undefined : `every ${duration(persistentKeepalive)}`),
  ]
}

const line = (title: string, value: string | undefined): string[] =>
  value === undefined ? [] : [`  ${title}: ${value}`]

function ago(seconds: number): string {
  if (seconds === 0) return 'Now'
  return seconds < 0 ? '(System clock wound backward; connection problems may ensue)' : `${duration(seconds)} ago`
}

const units = [
  ['year', 365 * 86400],
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** Seconds in words: `2 minutes, 1 second`. */
function duration(seconds: number): string {
  const words: string[] = []
  let left = seconds
  for (const [unit, size] of units) {
    const count = Math.floor(left / size)
    left -= count * size
    if (count > 0) words.push(`${count} ${unit}${count === 1 ? '' : 's'}`)
  }
  return words.join(', ')
}

/** Octets in words: `1.50 KiB`. */
function octets(count: number): string {
  const names = ['KiB', 'MiB', 'GiB', 'TiB']
  if (count < 1024) return `${count} B`
  const step = Math.min(Math.floor(Math.log2(count) / 10), names.length)
  return `${(count / 1024 ** step).toFixed(2)} ${names[step - 1]}`
}

/** The devices in the shape of `wg-json`: by name, their peers by public key; what is not set is left out. */
export function wireguardsJson(devices: readonly WireguardDevice[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    devices.map(({ name, privateKey, publicKey, listenPort, fwmark, peers }) => [
      name,
      {
        privateKey,
        publicKey,
        listenPort: listenPort || undefined,
        fwmark: fwmark || undefined,
        peers: Object.fromEntries(peers.map((peer) => [peer.publicKey, peerJson(peer)])),
      },
    ]),
  )
}

function peerJson(peer: WireguardPeer): Readonly<Record<string, unknown>> {
  return {
    presharedKey: peer.presharedKey,
    endpoint: peer.endpoint,
    latestHandshake: peer.lastHandshake === undefined ? undefined : Math.floor(peer.lastHandshake),
    transferRx: peer.rxBytes || undefined,
    transferTx: peer.txBytes || undefined,
    persistentKeepalive: peer.persistentKeepalive || undefined,
    allowedIps: peer.allowedIps,
  }
}
