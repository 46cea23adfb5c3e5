/** Several cables that are used as one: bonds, teams, HSR. @module */
import { address, both, type Scene, type Stage, set, twoCables, veth } from './stage.js'

/** Teams on two cables. */
async function teams(stage: Stage, mode: 'activebackup' | 'broadcast'): Promise<void> {
  await twoCables(stage)
  for (const [place, last] of both) {
    const ns = await stage.at(place)
    await ns.link.add({ kind: 'team', name: 't0' })
    await ns.team.set('t0', { mode })
    for (const port of ['s0', 's1']) {
      await ns.link.set(port, { up: false })
      await ns.link.set(port, { master: 't0' })
      await ns.link.set(port, { up: true })
    }
    await ns.link.set('t0', { up: true })
    await address(stage, `${place} t0`, `10.8.0.${last}/24`)
  }
}

/** Two hosts in a ring. */
async function ring(stage: Stage): Promise<void> {
  await twoCables(stage)
  for (const [place, last] of both) {
    const ns = await stage.at(place)
    await ns.link.add({ kind: 'hsr', name: 'h0', up: true, hsr: { slave1: 's0', slave2: 's1', version: 1 } })
    await address(stage, `${place} h0`, `10.8.0.${last}/24`)
  }
}

const team = [...veth, 'link team', 'packets team'] as const
const hsr = [...veth, 'link hsr', 'packets hsr'] as const

export const trunkScenes: readonly Scene[] = [
  {
    name: 'a bond of two cables, of which one is cut',
    needs: [...veth, 'link bond', 'packets bond'],
    to: '10.8.0.2',
    build: async (stage) => {
      await twoCables(stage)
      for (const [place, last] of both) {
        const ns = await stage.at(place)
        await ns.link.add({ kind: 'bond', name: 'bond9', bond: { mode: 'active-backup', miimon: 10 } })
        for (const port of ['s0', 's1']) {
          await ns.link.set(port, { up: false })
          await ns.link.set(port, { master: 'bond9' })
        }
        await ns.link.set('bond9', { up: true })
        await address(stage, `${place} bond9`, `10.8.0.${last}/24`)
      }
      await set(stage, 'b s0', { up: false })
      // The bonds look each ten milliseconds, and not before their ports have a carrier.
      await new Promise((resolve) => setTimeout(resolve, 300))
    },
  },
  {
    name: 'a team of two cables that both end up in',
    needs: team,
    to: '10.8.0.2',
    build: async (stage) => {
      await teams(stage, 'activebackup')
      for (const [place] of both) {
        const ns = await stage.at(place)
        await ns.team.set('t0', { activePort: 's1' })
        await ns.link.set('s1', { mac: (await ns.link.get('t0'))?.mac as string })
      }
    },
  },
  {
    // In this mode nobody but a program gives a port the MAC of its team.
    name: 'a team whose active port has a MAC of its own',
    needs: team,
    to: '10.8.0.2',
    cause: 'wrong-mac',
    at: 'a t0',
    build: async (stage) => {
      await teams(stage, 'activebackup')
      for (const [place] of both) await (await stage.at(place)).team.set('t0', { activePort: 's1' })
    },
  },
  {
    name: 'a team whose far end listens at the other cable',
    needs: team,
    to: '10.8.0.2',
    cause: 'port-refuses',
    at: 'b s0',
    build: async (stage) => {
      await teams(stage, 'activebackup')
      for (const [place, last] of both) await (await stage.at(place)).team.set('t0', { activePort: `s${last - 1}` })
    },
  },
  {
    name: 'a team that sends by all cables, of which one is cut',
    needs: team,
    to: '10.8.0.2',
    build: async (stage) => {
      await teams(stage, 'broadcast')
      await set(stage, 'b s0', { up: false })
    },
  },
  {
    name: 'a ring of HSR, of which one way is cut',
    needs: hsr,
    to: '10.8.0.2',
    build: async (stage) => {
      await ring(stage)
      await set(stage, 'b s0', { up: false })
    },
  },
  {
    name: 'a ring of HSR, and nobody there who has the address',
    needs: hsr,
    to: '10.8.0.3',
    cause: 'no-neighbour',
    at: 'b h0',
    build: (stage) => ring(stage),
  },
]
