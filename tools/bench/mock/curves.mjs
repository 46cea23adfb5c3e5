/** What is measured of the mock with few and with many objects there: how they are filled in, and the operation. */

const dist = (name) => new URL(`../../../packages/${name}/dist/index.js`, import.meta.url)

const CHUNK = 10_000
const sizes = [100, 1000, 10_000, 100_000]

/** A mock whose time stands still, so that what falls due does not disturb. */
export async function open() {
  const { openHost } = await import(dist('core'))
  const { manualClock, mockDriver } = await import(dist('mock'))
  const clock = manualClock()
  const host = await openHost({ driver: mockDriver({ seed: 1, clock }) })
  return { host, clock, close: () => host.close() }
}

async function fill(host, operation, count, spec) {
  for (let from = 0; from < count; from += CHUNK) {
    const length = Math.min(CHUNK, count - from)
    const results = await host.execute(Array.from({ length }, (_, i) => ({ operation, spec: spec(from + i) })))
    const refused = results.find((result) => !result.ok)
    if (refused) throw refused.error
  }
}

/** Numbers from 0 to `count`, all over it. */
const scattered = (i, count) => (i * 7919) % count
const hexadecimal = (number) => number.toString(16)
const octets = (i) => [i >> 16, (i >> 8) & 255, i & 255]

const link = (i) => ({ kind: 'dummy', name: `d${i}` })
const address = {
  4: (i) => `10.${octets(i).join('.')}`,
  6: (i) => `fd00::${hexadecimal(i >> 16)}:${hexadecimal(i & 65535)}`,
}
const route = (family) => (i) => ({ destination: `${address[family](i)}/${family === 4 ? 32 : 128}`, link: 'd0' })
const mac = (i) =>
  `02:00:00:${octets(i)
    .map((octet) => hexadecimal(octet).padStart(2, '0'))
    .join(':')}`
const neighbour = (family) => (i) => ({ link: 'd0', address: address[family](i), mac: mac(i) })
const entry = (i) => ({ link: 'd0', mac: mac(i), master: true, state: 'static' })

/** Links that nobody set up. */
const links = { sizes, fill: ({ host }, count) => fill(host, 'link add', count, link) }
/** Links that are up, each with an address, routes and groups of its own. */
const linksUp = {
  sizes,
  async fill({ host, clock }, count) {
    await fill(host, 'link add', count, (i) => ({ ...link(i), up: true }))
    clock.advance(60)
  },
}
/** Objects on one link. */
const onOne = (operation, spec, more = {}) => ({
  sizes,
  async fill({ host, clock }, count) {
    if (more.master) await host.link.add({ kind: 'bridge', name: 'br0', up: true })
    await host.link.add({ ...link(0), up: true, ...(more.master ? { master: 'br0' } : {}) })
    clock.advance(60)
    await fill(host, operation, count, spec)
  },
})
const routes = (family) => onOne('route add', route(family))
const neighbours = (family) => onOne('neighbour add', neighbour(family))
const entries = onOne('fdb add', entry, { master: true })

const ofFamily = (family) => [
  {
    title: `an IPv${family} route looked up`,
    ...routes(family),
    step: ({ host }, i, count) => host.route.get(address[family](scattered(i, count))),
  },
  {
    title: `an IPv${family} route added and deleted`,
    ...routes(family),
    async step({ host }) {
      const spec = { destination: family === 4 ? '10.200.0.0/24' : 'fd01::/64', link: 'd0' }
      await host.route.add(spec)
      await host.route.delete(spec)
    },
  },
  {
    title: `an IPv${family} neighbour looked up`,
    ...neighbours(family),
    step: ({ host }, i, count) => host.neighbour.get({ link: 'd0', address: address[family](scattered(i, count)) }),
  },
  {
    title: `an IPv${family} neighbour added and deleted`,
    ...neighbours(family),
    async step({ host }, i) {
      const spec = neighbour(family)(1_000_000 + i)
      await host.neighbour.add(spec)
      await host.neighbour.delete({ link: 'd0', address: spec.address })
    },
  },
]

/** The curves. `perObject` of lists: what counts is the time for one of the objects. */
export const curves = [
  {
    title: 'a link looked up by name',
    ...links,
    step: ({ host }, i, count) => host.link.get(`d${scattered(i, count)}`),
  },
  {
    title: 'a link added and deleted',
    ...links,
    async step({ host }, i) {
      await host.link.add({ kind: 'dummy', name: `x${i}` })
      await host.link.delete(`x${i}`)
    },
  },
  { title: 'a link of a list', ...links, perObject: true, step: ({ host }) => host.link.list() },
  {
    title: 'a link set up and down, where all are up',
    ...linksUp,
    async step({ host }, i, count) {
      const name = `d${scattered(i, count)}`
      await host.link.set(name, { up: false })
      await host.link.set(name, { up: true })
    },
  },
  {
    title: 'a link added, up, and deleted, where all are up',
    ...linksUp,
    async step({ host }, i) {
      await host.link.add({ kind: 'dummy', name: `x${i}`, up: true })
      await host.link.delete(`x${i}`)
    },
  },
  {
    title: 'an IPv6 route looked up by a link, where all have one',
    ...linksUp,
    step: ({ host }, i, count) => host.route.get({ to: 'fe80::1', outputLink: `d${scattered(i, count)}` }),
  },
  ...ofFamily(4),
  ...ofFamily(6),
  { title: 'an IPv6 route of a list', ...routes(6), perObject: true, step: ({ host }) => host.route.list() },
  {
    title: 'an FDB entry looked up',
    ...entries,
    step: ({ host }, i, count) => host.fdb.get({ link: 'd0', mac: mac(scattered(i, count)), master: true }),
  },
  {
    title: 'an FDB entry added and deleted',
    ...entries,
    async step({ host }, i) {
      const spec = entry(1_000_000 + i)
      await host.fdb.add(spec)
      await host.fdb.delete({ link: 'd0', mac: spec.mac, master: true })
    },
  },
]
