/** What only the mock has: its clock, its chance, forks, and why frames were dropped. @module */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { assertReach, createLab, type Lab, type LabOptions, labMatchers } from '../src/index.js'
import { framesIn } from './capture-file.js'

const pair = { driver: 'mock', hosts: ['a', 'b'], links: [['a', 'b']] } as const satisfies LabOptions
const chain = {
  driver: 'mock',
  hosts: ['a', 'b'],
  routers: ['r'],
  links: [
    ['a', 'r'],
    ['r', 'b'],
  ],
} as const satisfies LabOptions

describe('evidence', () => {
  it('says of each frame that was dropped why, where it was', async () => {
    const artifacts = mkdtempSync(join(tmpdir(), 'vnet-lab-'))
    await using lab = await createLab({ ...chain, artifacts })
    await lab.node('r').namespace.route.add({ destination: '203.0.113.0/24', type: 'blackhole' })
    await lab.reach('a', 'b', { family: 4 })
    await lab.reach('a', 'b', { address: '203.0.113.1' })
    await lab.reach('a', 'b', { address: '10.0.1.9', timeout: 5 })
    const { frames = '', dropCount, text } = await lab.evidence('a path/with: signs')
    expect(frames).toBe(join(artifacts, 'a-path-with-signs.pcapng'))
    const all = framesIn(frames)
    const dropped = all.filter(({ comments }) => comments.length > 0)
    expect(dropped).toHaveLength(dropCount)
    expect(
      dropped.map(({ link, comments: [comment] }) => `${link} ${comment?.split(': ').slice(0, 2).join(' ')}`),
    ).toEqual(expect.arrayContaining(['r:eth0 dropped blackhole', 'r:eth1 dropped neighbour-failed']))
    expect(dropped.find(({ comments }) => comments[0]?.includes('blackhole'))?.line).toMatch(
      /^IP 10\.0\.0\.1 > 203\.0\.113\.1: ICMP echo request/,
    )
    expect(text).toContain('r:eth0 blackhole: IP 10.0.0.1 > 203.0.113.1: ICMP echo request')
    const times = all.map(({ time }) => time)
    expect(times).toEqual([...times].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0)))
    // Each frame of an echo is met at both ends of both cables.
    expect(
      all.filter(({ line }) => /10\.0\.0\.1 > 10\.0\.1\.2: ICMP echo request/.test(line)).map(({ link }) => link),
    ).toEqual(['a:eth0', 'r:eth0', 'r:eth1', 'b:eth0'])
  })

  it('is told in words where no folder is known', async () => {
    await using lab = await createLab({ ...pair, artifacts: '' })
    await lab.cable('a', 'b').cut()
    const error = (await assertReach(lab, 'a', 'b', { family: 4 }).catch((thrown: unknown) => thrown)) as Error
    expect(error.message).toMatch(/set VNET_LAB_ARTIFACTS/)
  })

  it('that cannot be written does not hide the failure', async () => {
    await using lab = await createLab({ ...pair, artifacts: '/dev/null/nowhere' })
    await lab.cable('a', 'b').cut()
    const error = (await assertReach(lab, 'a', 'b', { family: 4 }).catch((thrown: unknown) => thrown)) as Error
    expect(error.message).toMatch(/^expected a to reach b: .*\nEvidence could not be written: /)
  })

  it('is none where nothing is recorded', async () => {
    await using lab = await createLab({ ...pair, record: false })
    expect((await lab.evidence()).text).toBe('Evidence: none, as record is false')
  })
})

describe('time and chance', () => {
  it('waits without waiting', async () => {
    await using lab = await createLab(pair)
    const { namespace } = lab.node('a')
    await namespace.address.add({ link: 'eth0', address: '192.0.2.1/32', validLifetime: 3600 })
    const begun = lab.clock.now()
    await lab.wait(3601)
    expect(lab.clock.now() - begun).toBeCloseTo(3601)
    expect((await namespace.address.list({ family: 4 })).map(({ address }) => address)).not.toContain('192.0.2.1')
  })

  it('loses the same frames for the same seed', async ({ skip }) => {
    await using asked = await createLab(pair)
    const answer = asked.host.supports['traffic control']
    if (answer !== true) skip(`lacks capability: traffic control (${answer})`)
    const losses = async (seed: number) => {
      await using lab = await createLab({ ...pair, seed, links: [['a', 'b', { impair: { loss: 0.5, delay: 10 } }]] })
      const heard: boolean[] = []
      for (let i = 0; i < 20; i++) heard.push((await lab.reach('a', 'b', { family: 4 })).all)
      return heard
    }
    const first = await losses(7)
    expect(await losses(7)).toEqual(first)
    expect(await losses(8)).not.toEqual(first)
    expect(new Set(first).size).toBe(2)
  })

  it('runs by itself where that is wished', async () => {
    await using lab = await createLab({ ...pair, clock: 'real' })
    await assertReach(lab, 'a', 'b')
    expect(() => lab.clock).toThrow(expect.objectContaining({ code: 'VNET_UNSUPPORTED', operation: 'lab clock' }))
  })
})

describe('a fork', () => {
  it('goes its own way', async () => {
    await using lab = await createLab({ ...chain, families: [4] })
    await lab.cable('a', 'r').cut()
    const before = lab.clock.now()
    const fork = await lab.fork()
    expect(fork.cable('a', 'r').isCut).toBe(true)
    await fork.heal()
    await assertReach(fork, 'a', 'b')
    expect((await lab.reach('a', 'b')).some).toBe(false)
    await lab.heal()
    await assertReach(lab, 'a', 'b')
    await fork.wait(100)
    expect(fork.clock.now()).toBeGreaterThanOrEqual(before + 100)
    expect(lab.clock.now()).toBeLessThan(before + 100)
    await fork.close()
    await assertReach(lab, 'a', 'b')
  })
})

describe('a NAT box', () => {
  const home = {
    driver: 'mock',
    hosts: ['a', 'p'],
    nats: { home: { type: 'port-restricted', lifetimes: { udp: 30 } } },
    links: [
      ['a', 'home'],
      ['home', 'p'],
    ],
  } as const satisfies LabOptions
  /** A socket of the client's that has sent to the server, and where the server saw it. */
  async function meet(lab: Lab) {
    const [inside, outside] = await Promise.all(
      ['a', 'p'].map((node) => lab.node(node).namespace.openSocket({ kind: 'udp4' })),
    )
    if (inside === undefined || outside === undefined) throw new TypeError('there are two')
    outside.bind({ port: 9 })
    await inside.send(Uint8Array.of(1), { address: lab.node('p').address(), port: 9 })
    const { from } = await outside.receive()
    return { inside, outside, from: from as NonNullable<typeof from> }
  }

  it('forgets by the clock of the lab, and when it is reset', async () => {
    await using lab = await createLab(home)
    const { inside, outside, from } = await meet(lab)
    const heard = async () => {
      await outside.send(Uint8Array.of(2), from)
      await lab.wait(0)
      return inside.take() !== undefined
    }
    await lab.wait(29)
    expect(await heard()).toBe(true)
    expect(lab.nat('home').mappings[0]?.expiresIn).toBeCloseTo(1)
    await lab.wait(1)
    expect([await heard(), lab.nat('home').mappings]).toEqual([false, []])
    await inside.send(Uint8Array.of(1), { address: lab.node('p').address(), port: 9 })
    const again = (await outside.receive()).from as typeof from
    lab.nat('home').reset()
    await outside.send(Uint8Array.of(2), again)
    await lab.wait(0)
    expect(inside.take()).toBeUndefined()
    expect(lab.nat('home').drops).toMatchObject({ 'nat-no-mapping': 2, 'nat-filtered': 0 })
  })

  it('goes on in a fork with the mappings that it has', async () => {
    await using lab = await createLab(home)
    const { from } = await meet(lab)
    await using fork = await lab.fork()
    expect(fork.nat('home').mappings).toEqual(lab.nat('home').mappings)
    lab.nat('home').reset()
    const again = await fork.node('a').namespace.openSocket({ kind: 'udp4' })
    again.bind({ port: fork.nat('home').mappings[0]?.inside.port as number })
    const server = await fork.node('p').namespace.openSocket({ kind: 'udp4' })
    server.bind({ port: 9 })
    await server.send(Uint8Array.of(3), from)
    expect((await again.receive()).data).toEqual(Uint8Array.of(3))
    await assertReach(fork, 'a', 'p')
    await assertReach(lab, 'a', 'p')
  })

  it('gives the same ports for the same seed, of the lab or of its own', async () => {
    const port = async (options: Partial<LabOptions>) => {
      await using lab = await createLab({ ...home, ...options })
      return (await meet(lab)).from.port
    }
    const first = await port({ seed: 7 })
    expect([await port({ seed: 7 }), await port({ seed: 8, nats: { home: { seed: 7 } } })]).toEqual([first, first])
    expect(await port({ seed: 8 })).not.toBe(first)
  })

  it('needs TUN ports and settings', async () => {
    for (const lacks of ['sysctl', 'tun port'] as const)
      await expect(createLab({ ...home, mock: { lacks: [lacks] } })).rejects.toMatchObject({
        code: 'VNET_UNSUPPORTED',
        operation: 'lab create',
        subject: lacks,
        hint: expect.stringMatching(/./),
      })
  })
})

describe('what is wrong', () => {
  it('is told with the capability that is missing, and leaves nothing', async () => {
    const without = (lacks: NonNullable<LabOptions['mock']>['lacks'] & {}, options: LabOptions = pair) =>
      createLab({ ...options, mock: { lacks } })
    await expect(without(['sysctl'], chain)).rejects.toMatchObject({ code: 'VNET_UNSUPPORTED', subject: 'sysctl' })
    await expect(without(['link veth'])).rejects.toMatchObject({ code: 'EOPNOTSUPP' })
    await using lab = await without(['qdisc netem'])
    await expect(lab.impair('a', 'b', { loss: 1 })).rejects.toMatchObject({
      code: 'VNET_UNSUPPORTED',
      subject: 'qdisc netem',
    })
  })

  it('is told with what there is', async () => {
    await using lab = await createLab(pair)
    expect(() => lab.node('c')).toThrow('lab node: name: there is no node "c"')
    expect(() => lab.nat('a')).toThrow('lab nat: name: a is no NAT box')
    await expect(lab.reach('a', 'b', { udp: 0 })).rejects.toThrow('lab reach: udp: 0 is no port')
    expect(() => lab.cable('a', 'a')).toThrow('there is no cable between a and a')
    await expect(lab.partition(['a'], ['c'])).rejects.toThrow('there is no node "c"')
    await expect(lab.cable('a', 'b').impair({}, 'c')).rejects.toThrow('c is no end of a:eth0 – b:eth0')
    expect(() => lab.node('a').address(4)).not.toThrow()
    await expect(lab.reach('a', 'b', { address: '10.0.0.2', family: 6 })).rejects.toThrow(
      '10.0.0.2 is no address of IPv6',
    )
    await using switched = await createLab({ driver: 'mock', switches: ['s'], hosts: ['a'], links: [['a', 's']] })
    expect(() => switched.node('s').address(6)).toThrow('s has no address of IPv6')
    await expect(switched.reach('a', 's')).rejects.toThrow('a and s have no addresses to ask with')
    await expect(labMatchers.toReach.call({}, {}, 'a', 'b')).rejects.toThrow(
      'expect toReach: received: a lab is needed',
    )
  })
})
