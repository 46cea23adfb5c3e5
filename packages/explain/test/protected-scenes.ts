/** Links that seal what they carry: MACsec and WireGuard. @module */
import { address, both, pair, type Scene, type Stage, veth } from './stage.js'

const macsec = [...veth, 'link macsec', 'packets macsec'] as const
const wireguard = [...veth, 'link wireguard', 'packets wireguard'] as const

const keys = ['00112233445566778899aabbccddeeff', 'ffeeddccbbaa99887766554433221100'] as const

/** MACsec links on both ends of a cable, each with the other's key where it is to have it. */
async function sealed(stage: Stage, { known }: { readonly known: boolean }): Promise<void> {
  await pair(stage)
  const sci = new Map<string, string>()
  for (const [place] of both) {
    const ns = await stage.at(place)
    const link = await ns.link.add({ kind: 'macsec', name: 'm0', parent: 'eth0', macsec: { encrypt: true }, up: true })
    sci.set(place, link.macsec?.sci as string)
  }
  for (const [place, own, other] of both) {
    const ns = await stage.at(place)
    const sending = { link: 'm0', association: 0, packetNumber: 1, active: true } as const
    await ns.macsecSa.add({ ...sending, key: keys[own - 1] as string, keyId: `0${own}` })
    await address(stage, `${place} m0`, `10.4.0.${own}/24`)
    if (place === 'b' && !known) continue
    const theirs = sci.get(place === 'a' ? 'b' : 'a') as string
    await ns.macsecSc.add({ link: 'm0', sci: theirs })
    await ns.macsecSa.add({ ...sending, sci: theirs, key: keys[other - 1] as string, keyId: `0${other}` })
  }
}

/** Key pairs of Curve25519, of `a` and of `b`. */
const pairs = {
  a: ['YJIdmSkOuG8I7VBUMlAZS6Fl0yvNEX/whRjeb1wx2kg=', 'WnUs/MJcupOTGi5GxSpceciCiGcPIORqDaThw2Z8KlU='],
  b: ['QBOJlH86Thl2MCI2EAbfKe/2NfbOe/BzsIYJdN1XdkQ=', 'ynYseyGvudoXtOOQcc8r0EOthLwhaSBA39ZoWblXhzA='],
} as const

/** WireGuard links on a cable; what `b` takes from `a`. */
async function tunnelled(stage: Stage, taken: string): Promise<void> {
  await pair(stage)
  for (const [place, own, other] of both) {
    const ns = await stage.at(place)
    await ns.link.add({ kind: 'wireguard', name: 'wg0' })
    const peer = {
      publicKey: pairs[place === 'a' ? 'b' : 'a'][1],
      endpoint: `10.0.0.${other}:51820`,
      allowedIps: [place === 'b' ? taken : `10.3.0.${other}/32`],
    }
    await ns.wireguard.set('wg0', { privateKey: pairs[place][0], listenPort: 51820, peers: [peer] })
    await address(stage, `${place} wg0`, `10.3.0.${own}/24`)
    await ns.link.set('wg0', { up: true })
  }
}

export const protectedScenes: readonly Scene[] = [
  { name: 'MACsec', needs: macsec, to: '10.4.0.2', build: (stage) => sealed(stage, { known: true }) },
  {
    name: 'MACsec whose far end has no key',
    needs: macsec,
    to: '10.4.0.2',
    cause: 'no-key',
    at: 'b m0',
    build: (stage) => sealed(stage, { known: false }),
  },
  {
    name: 'MACsec at one end only',
    needs: macsec,
    to: '10.4.0.2',
    cause: 'no-key',
    at: 'b eth0',
    build: async (stage) => {
      await sealed(stage, { known: true })
      await (await stage.at('b')).link.delete('m0')
    },
  },
  { name: 'WireGuard', needs: wireguard, to: '10.3.0.2', build: (stage) => tunnelled(stage, '10.3.0.1/32') },
  {
    name: 'WireGuard that allows the peer other addresses',
    needs: wireguard,
    to: '10.3.0.2',
    cause: 'no-tunnel',
    at: 'b',
    build: (stage) => tunnelled(stage, '10.3.0.99/32'),
  },
  {
    name: 'an address that no peer of WireGuard is allowed',
    needs: wireguard,
    to: '10.3.0.7',
    cause: 'no-tunnel',
    at: 'a wg0',
    build: (stage) => tunnelled(stage, '10.3.0.1/32'),
  },
]
