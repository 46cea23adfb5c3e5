/** Tunnels between hosts. @module */
import { address, both, pair, type Scene, veth } from './stage.js'

export const tunnelScenes: readonly Scene[] = [
  {
    name: 'a VXLAN between two hosts',
    needs: [...veth, 'link vxlan', 'packets vxlan'],
    to: '10.7.0.2',
    build: async (stage) => {
      await pair(stage)
      for (const [place, local, remote] of both) {
        const ns = await stage.at(place)
        await ns.link.add({
          kind: 'vxlan',
          name: 'vx0',
          vxlan: { id: 7, local: `10.0.0.${local}`, remote: `10.0.0.${remote}` },
          up: true,
        })
        await address(stage, `${place} vx0`, `10.7.0.${local}/24`)
      }
    },
  },
  {
    name: 'VXLANs with different identifiers',
    needs: [...veth, 'link vxlan', 'packets vxlan'],
    to: '10.7.0.2',
    cause: 'no-tunnel',
    at: 'b',
    build: async (stage) => {
      await pair(stage)
      for (const [place, local, remote] of both) {
        const ns = await stage.at(place)
        await ns.link.add({
          kind: 'vxlan',
          name: 'vx0',
          vxlan: { id: 6 + local, local: `10.0.0.${local}`, remote: `10.0.0.${remote}` },
          up: true,
        })
        await address(stage, `${place} vx0`, `10.7.0.${local}/24`)
      }
    },
  },
  ...(['gre', 'ipip', 'sit'] as const).map((kind): Scene => {
    const inner = kind === 'sit' ? ['2001:db8:7::1', '2001:db8:7::2'] : ['10.7.0.1', '10.7.0.2']
    return {
      name: `${kind} between two hosts`,
      needs: [...veth, `link ${kind}`, `packets ${kind}`],
      to: inner[1] as string,
      build: async (stage) => {
        await pair(stage)
        for (const [place, local, remote] of both) {
          const ends = { local: `10.0.0.${local}`, remote: `10.0.0.${remote}` }
          await (await stage.at(place)).link.add({ kind, name: 't0', [kind]: ends, up: true } as never)
          await address(stage, `${place} t0`, `${inner[local - 1]}/${kind === 'sit' ? 64 : 24}`)
        }
      },
    }
  }),
  {
    name: 'a tunnel whose outer packets would go through itself',
    needs: [...veth, 'link ipip', 'packets ipip'],
    to: '10.7.0.2',
    cause: 'loop',
    at: 'a t0',
    build: async (stage) => {
      await pair(stage)
      const a = await stage.at('a')
      await a.link.add({ kind: 'ipip', name: 't0', ipip: { local: '10.0.0.1', remote: '10.0.0.2' }, up: true })
      await address(stage, 'a t0', '10.7.0.1/24')
      await a.route.add({ destination: '10.0.0.2/32', link: 't0' })
    },
  },
]
