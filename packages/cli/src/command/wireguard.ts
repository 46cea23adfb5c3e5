/** `vnet wireguard`: keys and peers of WireGuard links, as `wg`. @module */
import type { Host, WireguardChange, WireguardDevice, WireguardPeerSpec } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { keyFile, readKey } from '../key-file.js'
import { missing } from '../missing.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { wireguardsJson, wireguardText } from '../render/wireguard.js'
import { UsageError } from '../usage.js'

const text: take.Value = { placeholder: 'text', read: (given) => given }
const prefixes: take.Value = { placeholder: 'prefixes', read: (given) => given, list: true }

const device: readonly take.Parameter[] = [
  {
    flag: 'private-key',
    property: 'privateKey',
    about: 'file with the private key, - for standard input',
    value: keyFile,
  },
  take.whole('listenPort', 'UDP port, 0 for one that is free'),
  take.whole('fwmark', 'mark of the packets sent, 0 for none'),
  take.flag('replacePeers', 'remove the peers that are there first'),
]
const aboutPeer: readonly take.Parameter[] = [
  { flag: 'preshared-key', property: 'presharedKey', about: 'file with a key that both share', value: keyFile },
  { flag: 'endpoint', property: 'endpoint', about: 'where it is: 192.0.2.1:51820', value: text },
  take.whole('persistentKeepalive', 'seconds between packets that keep a NAT open, 0 for none'),
  {
    flag: 'allowed-ips',
    property: 'allowedIps',
    about: 'the addresses behind it, in place of those there are',
    value: prefixes,
  },
  { flag: 'add-allowed-ips', property: 'addAllowedIps', about: 'more addresses behind it', value: prefixes },
  take.flag('remove', 'remove the peer'),
]
const peerKey: take.Parameter = { flag: 'peer', property: 'publicKey', about: 'public key of a peer', value: text }
const secrets = take.flag('secrets', 'show private and preshared keys')

/** Declares `wireguard` and its verbs. */
export function defineWireguard(wireguard: Command, context: Context): void {
  withExample(wireguard, 'vnet wireguard show')

  const show = define(wireguard, 'show', 'devices with their peers, as wg show', 'vnet wireguard show wg0')
  takes(show, '[links...]', 'only these', 'link')
  take.declare(show, [secrets])
  show.action(async (words: readonly string[], given: Record<string, unknown>) => {
    const options = take.collect([secrets], given) as { readonly secrets?: boolean }
    await context.withHost(
      async (host) => {
        const links = words.length > 0 ? words.map(take.linkRef) : await namesOfAll(host)
        const devices: WireguardDevice[] = []
        for (const link of links) {
          const found = await host.wireguard.get(link, options)
          if (found !== undefined) devices.push(found)
          else if (words.length > 0) throw missing('wireguard get', 'ENODEV', link)
        }
        if (context.settings.json) printJson(context, wireguardsJson(devices))
        else {
          const texts = devices.map((one) => wireguardText(one, options.secrets === true, Date.now() / 1000))
          context.terminal.out(texts.join('\n'))
        }
      },
      { reading: true },
    )
  })

  const example = 'vnet wireguard set wg0 --private-key wg0.key --listen-port 51820'
  const set = define(wireguard, 'set', 'change a device, or one of its peers, as wg set', example)
  takes(set, '<link>', 'the link, of kind wireguard', 'link')
  take.declare(set, device)
  take.declare(set, [peerKey, ...aboutPeer], 'A peer:')
  set.action(async (word: string, given: Record<string, unknown>) => {
    if (given.privateKey === '-' && given.presharedKey === '-') {
      throw new UsageError('standard input has one key only', 'name a file for the other')
    }
    const change = await withKeys(take.collect(device, given), 'privateKey')
    const peer = await peerOf(given)
    const whole = { ...change, ...(peer === undefined ? {} : { peers: [peer] }) }
    await context.withHost((host) => host.wireguard.set(take.linkRef(word), whole as Omit<WireguardChange, 'link'>))
  })
}

async function namesOfAll(host: Host): Promise<string[]> {
  return (await host.link.list({ kind: 'wireguard' })).map(({ name }) => name)
}

/** The peer that the options are about. */
async function peerOf(given: Record<string, unknown>): Promise<WireguardPeerSpec | undefined> {
  const { publicKey } = take.collect([peerKey], given)
  const { addAllowedIps, ...peer } = take.collect(aboutPeer, given)
  const [stray] = take.givenOf(aboutPeer, given)
  if (publicKey === undefined) {
    if (stray !== undefined) throw new UsageError(`--${stray.flag} is about a peer`, 'say which: --peer KEY')
    return undefined
  }
  if (addAllowedIps !== undefined && peer.allowedIps !== undefined) {
    throw new UsageError('--allowed-ips and --add-allowed-ips contradict each other')
  }
  const addresses =
    addAllowedIps !== undefined
      ? { allowedIps: addAllowedIps }
      : peer.allowedIps !== undefined
        ? { replaceAllowedIps: true }
        : {}
  return (await withKeys({ publicKey, ...peer, ...addresses }, 'presharedKey')) as unknown as WireguardPeerSpec
}

/** The properties with the key of a file in place of the file's name; an empty file takes the key away. */
async function withKeys(properties: Record<string, unknown>, property: string): Promise<Record<string, unknown>> {
  const file = properties[property]
  if (typeof file !== 'string') return properties
  const key = await readKey(file)
  return { ...properties, [property]: key === '' ? null : key }
}
