/** Frames through a bridge of the mock beside those through a bare switch, and how long networks of the mock take that are left alone. */
import { fileURLToPath } from 'node:url'
import { summary } from '../statistics.mjs'

const dist = (name) => new URL(`../../../packages/${name}/dist/index.js`, import.meta.url)

const HOSTS = 4
const FRAMES = 64
const SIZE = 64

/** The bridge is to carry so many frames a second, or this part of what the bare switch does. */
export const framesGoal = { rate: 500_000, part: 0.5 }
/** Seconds that a lab of a hundred hosts and twenty switches may take until all hosts reach each other. */
export const labGoal = 2
/** Seconds that a year of idle bridges may take. */
export const yearGoal = 1

/** Seconds of the processor since then. */
function seconds(from) {
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1e6
}

/** What each of the stations sends to the others, in turn. */
function framesOf(FrameBatch, station) {
  const batch = new FrameBatch({ frames: FRAMES, bytes: FRAMES * 128 })
  for (let i = 0; i < FRAMES; i++) {
    const frame = new Uint8Array(SIZE)
    frame.set([2, 0, 0, 0, 0, 1 + ((station + 1 + (i % (HOSTS - 1))) % HOSTS)])
    frame.set([2, 0, 0, 0, 0, 1 + station, 0x88, 0xb5], 6)
    batch.add(frame)
  }
  return batch
}

/** Four TAPs at a bridge: what each sends is read at the others. */
async function throughMock() {
  const { FrameBatch, openHost } = await import(dist('core'))
  const { manualClock, mockDriver } = await import(dist('mock'))
  const clock = manualClock()
  const host = await openHost({ driver: mockDriver({ seed: 1, clock }) })
  await host.link.add({ kind: 'bridge', name: 'br0', up: true })
  const ports = []
  for (let i = 0; i < HOSTS; i++) {
    // Without IPv6 nobody says anything but the stations.
    ports.push(await host.openTap({ name: `tap${i}` }))
    await host.sysctl.set(`net.ipv6.conf.tap${i}.disable_ipv6`, 1)
    await host.link.set(`tap${i}`, { master: 'br0', up: true })
  }
  clock.advance(60)
  const sent = ports.map((_, station) => framesOf(FrameBatch, station))
  const read = ports.map((port) => port.createBatch())
  const turn = async (from) => {
    ports[from].write(sent[from])
    let taken = 0
    for (let to = 0; to < HOSTS; to++) if (to !== from) taken += await ports[to].read(read[to])
    return taken
  }
  // Until all are known, frames go to everybody.
  for (let from = 0; from < HOSTS; from++) {
    ports[from].write(framesOf(FrameBatch, from))
    for (let to = 0; to < HOSTS; to++) if (to !== from) await ports[to].read(read[to])
  }
  return {
    async run(turns) {
      const from = process.cpuUsage()
      let taken = 0
      for (let i = 0; i < turns; i++) taken += await turn(i % HOSTS)
      const { user, system } = process.cpuUsage(from)
      return { ns: ((user + system) * 1000) / (turns * FRAMES), taken: taken / turns }
    },
    end: () => host.close(),
  }
}

/** The same frames through the switch that the mock's bridges are made of, with nothing around it. */
async function throughSwitch() {
  const { FrameBatch } = await import(dist('core'))
  const { Switch } = await import(dist('switch'))
  const bridge = new Switch({ mac: '02:00:00:00:ff:ff' })
  for (let port = 0; port < HOSTS; port++) bridge.addPort(0, { mtu: 1500 })
  const sent = Array.from({ length: HOSTS }, (_, station) => framesOf(FrameBatch, station))
  let taken = 0
  const deliver = (_port, frames) => {
    taken += frames.count
  }
  return {
    async run(turns) {
      taken = 0
      const from = process.cpuUsage()
      for (let i = 0; i < turns; i++) {
        bridge.forward(sent[i % HOSTS], 1 + (i % HOSTS), i * 1e-5)
        bridge.deliver(deliver)
      }
      const { user, system } = process.cpuUsage(from)
      return { ns: ((user + system) * 1000) / (turns * FRAMES), taken: taken / turns }
    },
  }
}

/** Frames a second through both, in turn. */
export async function measureFrames({ rounds, turns = 4000 }) {
  const [mock, bare] = [await throughMock(), await throughSwitch()]
  const pairs = []
  for (let round = -3; round < rounds; round++) {
    const pair = [await bare.run(turns), await mock.run(turns)]
    if (round < 0) continue
    for (const { taken } of pair) if (taken !== FRAMES) throw new Error(`${taken} of ${FRAMES} frames came through`)
    pairs.push(pair.map(({ ns }) => ns))
  }
  await mock.end()
  const rate = summary(pairs.map(([, ns]) => 1e9 / ns))
  const part = summary(pairs.map(([bareNs, ns]) => bareNs / ns))
  return { rate, part, met: rate.median >= framesGoal.rate || part.median >= framesGoal.part }
}

/** Seconds of the processor until the farthest hosts of a lab reach each other, from its first request on. */
export async function measureLab({ rounds, hosts = 100, switches = 20 }) {
  const { assertReach, createLab } = await import(dist('test'))
  const times = []
  for (let round = -1; round < rounds; round++) {
    const from = process.cpuUsage()
    const lab = await createLab({
      driver: 'mock',
      record: false,
      hosts: Array.from({ length: hosts }, (_, i) => `h${i}`),
      switches: Object.fromEntries(Array.from({ length: switches }, (_, i) => [`s${i}`, { stp: true }])),
      links: [
        ...Array.from({ length: hosts }, (_, i) => [`h${i}`, `s${i % switches}`]),
        // A ring with chords: each switch has more than one way to each other.
        ...Array.from({ length: switches }, (_, i) => [`s${i}`, `s${(i + 1) % switches}`]),
        ...Array.from({ length: switches }, (_, i) => [`s${i}`, `s${(i + 7) % switches}`]),
      ],
    })
    for (const far of [1, 7, 10, 13]) await assertReach(lab, 'h0', `h${far}`, { family: 4, within: 120 })
    if (round >= 0) times.push(seconds(from))
    await lab.close()
  }
  const time = summary(times)
  return { hosts, switches, time, met: time.median <= labGoal }
}

/** Seconds of the processor that a year of two bridges takes which nobody uses. */
export async function measureYear({ rounds }) {
  const { openHost } = await import(dist('core'))
  const { manualClock, mockDriver } = await import(dist('mock'))
  const times = []
  for (let round = -1; round < rounds; round++) {
    const clock = manualClock()
    const host = await openHost({ driver: mockDriver({ seed: 1, clock }) })
    for (const name of ['br0', 'br1']) await host.link.add({ kind: 'bridge', name, up: true })
    const from = process.cpuUsage()
    clock.advance(365 * 86_400)
    await host.link.list()
    if (round >= 0) times.push(seconds(from))
    await host.close()
  }
  const time = summary(times)
  return { time, met: time.median <= yearGoal }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await measureFrames({ rounds: 3, turns: 1000 }))
  console.log(await measureLab({ rounds: 1 }))
  console.log(await measureYear({ rounds: 1 }))
}
