/** NAT boxes of each type in one network, the same on the mock and on a kernel. @module */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Datagram, NetworkSocket } from '@vnet/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CableSpec, createLab, type Lab, type LabOptions, type NatOptions, type NatType } from '../../src/index.js'
import { patience, reasonOf } from '../backend.js'
import { framesIn } from '../capture-file.js'

const boxes = {
  full: 'full-cone',
  restricted: 'restricted',
  port: 'port-restricted',
  port2: 'port-restricted',
  symmetric: 'symmetric',
  symmetric2: { type: 'symmetric', keepPort: true },
} as const satisfies Record<string, NatType | NatOptions>
const clients = Object.keys(boxes) as Client[]

/** A client behind each box, a second one behind the first; two servers outside. */
const network: LabOptions = {
  hosts: [...clients, 'other', 'p', 'q'],
  nats: Object.fromEntries(Object.entries(boxes).map(([name, box]) => [`nat-${name}`, box])),
  switches: ['net'],
  links: [
    ['nat-full', 'other'],
    ...clients.flatMap((name): CableSpec[] => [
      // Wider than the outside.
      [name, `nat-${name}`, { mtu: 1600 }],
      [`nat-${name}`, 'net'],
    ]),
    ['p', 'net'],
    ['q', 'net'],
  ],
}

type Client = keyof typeof boxes
const types: readonly (readonly [client: Client, type: NatType])[] = [
  ['full', 'full-cone'],
  ['restricted', 'restricted'],
  ['port', 'port-restricted'],
  ['symmetric', 'symmetric'],
]

const text = (datagram: Datagram) => new TextDecoder().decode(datagram.data)
const octets = (word: string) => new TextEncoder().encode(word)

/** Tells each client its port, as it is seen, and how many octets came; once the client has ended. */
const tcpServer = `require('node:net').createServer({ allowHalfOpen: true }, (socket) => {
  let count = 0
  socket.on('data', (data) => { count += data.length })
  socket.on('end', () => socket.end(socket.remotePort + ' ' + count))
}).listen(8080)`

/** Sends a million octets, as soon as there is a server, and prints its answer. */
const tcpClient = (server: string) => `(function connect() {
  const socket = require('node:net').connect(8080, '${server}')
  socket.on('error', ({ code }) => code === 'ECONNREFUSED' ? setTimeout(connect, 20) : process.exit(1))
  socket.on('connect', () => socket.end(Buffer.alloc(1e6)))
  socket.pipe(process.stdout)
})()`

// One binding: the boxes are the same on both, and sockets and ports have tests of their own.
const backends = await Promise.all(
  (['mock', 'napi'] as const).map(async (driver) => ({
    driver,
    reason: await reasonOf(driver, ['sysctl', 'tun port', 'socket']),
  })),
)

describe.each(backends)('NAT boxes on $driver', ({ driver, reason }) => {
  // Answers come at once, except on a machine that is busy with something else.
  const timeout = 10 * patience
  let lab: Lab
  const sockets: NetworkSocket[] = []

  beforeAll(async () => {
    if (reason !== undefined) return
    lab = await createLab({ ...network, driver, artifacts: mkdtempSync(join(tmpdir(), 'vnet-lab-')), name: 'nat' })
  })
  afterAll(() => lab?.close())
  beforeEach(async ({ skip }) => {
    if (reason !== undefined) skip(reason)
    for (const client of clients) boxOf(client).reset()
    for (const socket of sockets.splice(0)) await socket.close()
  })

  const boxOf = (client: Client) => lab.nat(`nat-${client}`)
  const dropped = (client: Client) => Object.values(boxOf(client).drops).reduce((sum, count) => sum + count, 0)

  async function open(node: string, port: number): Promise<NetworkSocket> {
    const socket = await lab.node(node).namespace.openSocket({ kind: 'udp4' })
    sockets.push(socket)
    socket.bind({ port })
    return socket
  }

  /** Lets time pass until something is there; `undefined` once it does not come. */
  async function soon<T>(look: () => T | undefined): Promise<T | undefined> {
    for (let passed = 0; passed < 10 * patience; passed += 0.01) {
      const found = look()
      if (found !== undefined) return found
      await lab.wait(0.01)
    }
    return undefined
  }

  /** Sends, and tells who it seems to come from. */
  async function seen(
    from: NetworkSocket,
    to: NetworkSocket,
    address: string,
  ): Promise<{ address: string; port: number }> {
    await from.send(octets('seen'), { address, port: to.address.port })
    const datagram = await soon(() => to.take())
    return { address: datagram?.from?.address ?? 'nobody', port: datagram?.from?.port ?? 0 }
  }

  /** A datagram from outside as the client hears it; `undefined` where its box has dropped it. */
  async function heard(
    client: Client,
    socket: NetworkSocket,
    from: NetworkSocket,
    to: { address: string; port: number },
  ) {
    const before = dropped(client)
    await from.send(octets('knock'), to)
    const outcome = await soon(() => socket.take() ?? (dropped(client) > before ? 'dropped' : undefined))
    expect(outcome, 'what became of it').toBeDefined()
    if (typeof outcome !== 'object') return undefined
    expect(text(outcome)).toBe('knock')
    return outcome
  }

  const servers = async () => ({ p1: await open('p', 3478), p2: await open('p', 3479), q1: await open('q', 3478) })

  it.each(types)('%s: who sees which port, and who may answer', async (client, type) => {
    const [p, q] = [lab.node('p').address(), lab.node('q').address()]
    const { p1, p2, q1 } = await servers()
    const socket = await open(client, 5000)
    const first = await seen(socket, p1, p)
    expect(first.address).toBe(boxOf(client).address)
    const answers: (Datagram | undefined)[] = []
    for (const from of [p1, p2, q1]) answers.push(await heard(client, socket, from, first))
    expect(answers.map((answer) => answer !== undefined)).toEqual(
      {
        'full-cone': [true, true, true],
        restricted: [true, true, false],
        'port-restricted': [true, false, false],
        symmetric: [true, false, false],
      }[type],
    )
    const others = [await seen(socket, p2, p), await seen(socket, q1, q)]
    const isSame = type !== 'symmetric'
    expect(others.map(({ port }) => port === first.port)).toEqual([isSame, isSame])
    expect(await heard(client, socket, q1, others[1] as typeof first)).toBeDefined()
    const { mappings } = boxOf(client)
    expect(mappings.map(({ outside }) => outside.port)).toEqual(
      isSame ? [first.port] : [first.port, ...others.map(({ port }) => port)],
    )
    expect(mappings[0]).toMatchObject({
      protocol: 'udp',
      inside: { address: lab.node(client).address(), port: 5000 },
      outside: first,
      remotes: [{ address: p, port: 3478 }, ...(isSame ? [{}, {}] : [])],
    })
  })

  it('two clients behind one box have ports of their own, and meet by them', async () => {
    const { p1 } = await servers()
    const [full, other] = [await open('full', 5000), await open('other', 5000)]
    const p = lab.node('p').address()
    const [one, two] = [await seen(full, p1, p), await seen(other, p1, p)]
    expect([one.address, one.port === two.port]).toEqual([two.address, false])
    await full.send(octets('over the box'), two)
    const datagram = await soon(() => other.take())
    expect([datagram && text(datagram), datagram?.from]).toEqual(['over the box', expect.objectContaining(one)])
    // Without it, for both are inside.
    expect((await lab.reach('full', 'other', { timeout })).all).toBe(true)
    expect(boxOf('full').mappings).toHaveLength(2)
  })

  it.each([
    ['restricted', 'port', true],
    ['port', 'port2', true],
    ['restricted', 'symmetric', true],
    ['port', 'symmetric', false],
    ['symmetric', 'symmetric2', false],
  ] as const)('hole punching, %s with %s: %s', async (one, other, works) => {
    const { p1 } = await servers()
    const sides = []
    for (const client of [one, other]) {
      const socket = await open(client, 5000)
      sides.push({ client, socket, outside: await seen(socket, p1, lab.node('p').address()), hears: false })
    }
    const [first, second] = sides as [(typeof sides)[0], (typeof sides)[0]]
    const peers = new Map([
      [first, second.outside],
      [second, first.outside],
    ])
    for (let round = 0; round < 2; round++) {
      for (const [from, to] of [
        [first, second],
        [second, first],
      ] as const) {
        const datagram = await heard(to.client, to.socket, from.socket, peers.get(from) as typeof from.outside)
        if (datagram?.from === undefined) continue
        to.hears = true
        // From here on to where it came from, which need not be where the server saw it.
        peers.set(to, datagram.from)
      }
    }
    expect(sides.map(({ hears }) => hears)).toEqual([works, works])
  })

  it('what a box drops is told in the evidence, with what it looked like', async () => {
    const { p1, q1 } = await servers()
    const socket = await open('port', 5000)
    const outside = await seen(socket, p1, lab.node('p').address())
    expect(await heard('port', socket, q1, outside)).toBeUndefined()
    const { frames = '', events = '', text } = await lab.evidence()
    const line = `IP ${lab.node('q').address()}.3478 > ${outside.address}.${outside.port}: UDP, length 5`
    expect(text).toContain(`nat-port:outside nat-filtered: ${line}`)
    expect(framesIn(frames)).toContainEqual(
      expect.objectContaining({
        link: 'nat-port:outside',
        line: expect.stringContaining(line),
        comments: [expect.stringMatching(/^dropped: nat-filtered: .*no host inside has sent to where it comes from$/)],
      }),
    )
    const lines = readFileSync(events, 'utf8').trimEnd().split('\n')
    expect(lines.map((each) => JSON.parse(each))).toContainEqual(
      expect.objectContaining({ action: 'nat mapping', detail: expect.objectContaining({ nat: 'nat-port', outside }) }),
    )
  })

  it('ping and UDP go out, and nothing comes in unasked', async () => {
    const { answers } = await lab.reach('port', 'p', { timeout })
    expect(answers[0]?.reply?.ttl).toBe(63)
    expect(await lab.reach('port', 'p', { udp: 7, timeout })).toMatchObject({ all: true })
    expect(await lab.reach('p', 'port', { timeout })).toMatchObject({ some: false })
    const { address } = boxOf('port')
    for (const from of ['p', 'port', 'nat-port'])
      expect(await lab.reach(from, 'nat-port', { address, timeout }), from).toMatchObject({ all: true })
    expect(await lab.reach('nat-port', 'p', { timeout })).toMatchObject({ all: true })
  })

  // The mock has no TCP.
  const onKernel =
    driver === 'mock' ? [] : ['a TCP connection of the kernel passes, of which the box cuts nothing short']
  it.for(onKernel)('%s', async (_, { skip }) => {
    const able = lab.host.supports['namespace exec']
    if (able !== true) skip(`lacks capability: namespace exec (${able})`)
    const run = (node: string, script: string) =>
      lab.node(node).namespace.run({ command: process.execPath, args: ['-e', script], stdio: 'pipe' })
    const server = await run('q', tcpServer)
    const client = await run('symmetric', tcpClient(lab.node('q').address()))
    const { code, stdout, stderr } = await client.ended
    server.kill()
    await server.ended
    const [, port] = /^(\d+) 1000000$/.exec(stdout) ?? []
    expect([code, stderr, port]).toEqual([0, '', expect.any(String)])
    // Others may be of attempts before the server listened.
    const mapping = () => boxOf('symmetric').mappings.find(({ outside }) => outside.port === Number(port))
    expect(mapping()).toMatchObject({ protocol: 'tcp', remotes: [{ port: 8080 }] })
    // It has been closed, so it is not remembered for hours.
    expect(await soon(() => ((mapping()?.expiresIn ?? 0) <= 240 ? 'soon' : undefined))).toBe('soon')
  })

  it('ICMP errors find the client: nobody listens, and the way is too narrow', async () => {
    const socket = await lab.node('port').namespace.openSocket({ kind: 'udp4' })
    sockets.push(socket)
    socket.connect({ address: lab.node('p').address(), port: 9 })
    await socket.send(octets('anybody?'))
    const error = await soon(() => {
      try {
        socket.take()
        return undefined
      } catch (thrown) {
        return thrown
      }
    })
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
    // The client's own cable takes 1600 octets, the outside 1500: its kernel hears of that from the box, and cuts the next one.
    const options = { udp: 7, size: 1540, timeout: patience, within: timeout }
    expect(await lab.reach('port', 'p', options)).toMatchObject({ all: true })
    expect(await lab.reach('port', 'q', { udp: 7, size: 4000, timeout })).toMatchObject({ all: true })
  })

  it('a cable of the box that was cut and mended leads through it again', async () => {
    await lab.partition(['restricted'], ['nat-restricted', 'p'])
    expect(await lab.reach('restricted', 'p', { timeout: 0.2 })).toMatchObject({ some: false })
    await lab.heal()
    const options = { udp: 7, timeout: patience, within: timeout }
    expect(await lab.reach('restricted', 'p', options)).toMatchObject({ all: true })
    await lab.cable('nat-restricted', 'net').cut()
    await lab.heal()
    expect(await lab.reach('restricted', 'q', options)).toMatchObject({ all: true })
  })
})
