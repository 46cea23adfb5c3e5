/** `vnet switch` without a kernel: what it refuses, what it understands, and what it tells over ports in memory. */
import { type Host, isVnetError, openHost, type Port, type TunPort, VnetError } from '@vnet/core'
import { mockDriver } from '@vnet/mock'
import { memoryPorts } from '@vnet/switch'
import { readCapture } from '@vnet/wire'
import { describe, expect, it } from 'vitest'
import type { Sink } from '../src/capture/sink.js'
import { readerGone } from '../src/interrupt.js'
import { main } from '../src/main.js'
import { readFault } from '../src/switch/disturbance.js'
import { LiveReport } from '../src/switch/live.js'
import { type OpenedPort, openPorts } from '../src/switch/opened.js'
import { planOf, type SwitchChoice } from '../src/switch/plan.js'
import { readPort } from '../src/switch/port.js'
import { LineReport, type Report } from '../src/switch/report.js'
import { runSwitch } from '../src/switch/run.js'
import { readVlans, vlanText } from '../src/switch/vlan.js'
import { paletteFor } from '../src/terminal.js'
import { record, testTerminal } from './recorder.js'
import { frame, receive, send, until } from './switch-frames.js'

describe('wrong usage', () => {
  const two = '--port tap:tap0 --port tap:tap1@blue'
  it.each([
    ['', "required option '--port <port>' not specified", ''],
    ['--port tap0', '--port takes tap:NAME[@NAMESPACE], not "tap0"', 'write tap:tap0'],
    ['--port link:eth0', '--port takes tap:NAME[@NAMESPACE], not "link:eth0"', 'only a TAP gives and takes frames'],
    ['--port tap:', 'a name cannot be empty', ''],
    ['--port tap:sixteen-letters0', 'has 16 octets, at most 15 are allowed', ''],
    ['--port tap:tap%d', 'holds /, :, % or white space', ''],
    ['--port tap:tap0 --port tap:tap0', 'the TAP is a port already', ''],
    ['--port tap:tap0,name=a --port tap:tap1,name=a', 'there is a port a already', 'name=… gives it another name'],
    ['--port tap:tap0,name=a:b', 'no white space, : and =', ''],
    ['--port tap:tap0,islated', '"islated" is not one of its words', 'did you mean isolated?'],
    ['--port tap:tap0,isolated=yes', 'isolated takes no value', ''],
    ['--port tap:tap0,isolated,isolated', 'isolated is given twice', ''],
    ['--port tap:tap0,cost', 'write cost=N', ''],
    ['--port tap:tap0,cost=', 'write cost=N', ''],
    ['--port tap:tap0,cost=5', 'needs stp of the switch', ''],
    ['--port tap:tap0,cost=0 --stp', '0 is not a whole number from 1 to 200000000', ''],
    ['--port tap:tap0,priority=100 --stp', '100 is no multiple of 16', ''],
    ['--port tap:tap0,allow=zz', 'a MAC address is needed', ''],
    ['--port tap:tap0,mtu=67', 'an MTU of 67 octets is too small', ''],
    [`${two} --vlan tap1:10`, '--vlan names none of the ports tap0, tap1@blue: "tap1:10"', 'write tap0:10'],
    [`${two} --vlan tap0:0`, '--vlan tap0: vlan.id: 0 is not a whole number from 1 to 4094', ''],
    [`${two} --vlan tap0:4095`, '4095 is not a whole number from 1 to 4094', ''],
    [`${two} --vlan tap0:trunk=20-10`, 'a range is [first, last]', ''],
    [`${two} --vlan tap0:trunk=x`, 'takes two numbers such as 10-20, not "x"', ''],
    [`${two} --vlan tap0:10,20`, '"10,20" names no VLANs', 'trunk=10,20-30,native=1'],
    [`${two} --vlan tap0:native=1`, 'native is for a trunk', ''],
    [`${two} --vlan tap0:tagged=10,pvid=1`, 'the port is no member of VLAN 1', ''],
    [`${two} --vlan tap0:10 --vlan tap0:20`, 'tap0 has its VLANs already', ''],
    [`${two} --vlan-protocol 802.1ad`, '--vlan-protocol needs --vlan', ''],
    [`${two} --stp mstp`, '"mstp" is not one of its words', 'did you mean stp?'],
    [`${two} --priority 4096`, '--priority needs --stp', ''],
    [`${two} --stp --max-age 40`, '--max-age: stp.maxAge: 40 is above 2 × (forwardDelay − 1)', 'give them together'],
    [`${two} --stp --forward-delay 3`, '3 is not a whole number from 4 to 30', ''],
    [`${two} --mac 01:00:00:00:00:01`, '--mac: mac: the address of a single station is needed', ''],
    [`${two} --ageing-time 1e9`, '--ageing-time takes seconds', ''],
    [`${two} --group-forward-mask 1`, 'bits 0 to 2 cannot be set', ''],
    [`${two} --static 02:00:00:00:00:01`, '--static takes MAC=PORT with a port of tap0, tap1@blue', ''],
    [`${two} --static 02:00:00:00:00:01=tap1`, '--static takes MAC=PORT', ''],
    [`${two} --static xx=tap0`, 'a MAC address is needed', ''],
    [`${two} --static 02:00:00:00:00:01=tap0,vlan=10`, '10 is not a whole number from 0 to 0', ''],
    [`${two} --fault loss=1%`, '--fault names none of the ports', 'write tap0:loss=1%'],
    [`${two} --fault tap0:loss=101%`, '--fault tap0: in.loss: 1.01 is not from 0 to 1', ''],
    [`${two} --fault tap0:los=1%`, '"los" is not one of its words', 'did you mean loss?'],
    [`${two} --fault tap0:jitter=5ms`, 'is more than the delay', ''],
    [`${two} --fault tap0:delay=5m`, 'takes a time such as 20ms', ''],
    [`${two} --fault tap0:loss=1% --fault tap0:in,loss=2%`, 'tap0 has faults on the way in already', ''],
    [`${two} --seed 1`, '--seed needs --fault', ''],
    [`${two} --storm broadcast=0`, 'takes frames a second such as 1000', ''],
    [`${two} --storm broadcast=5 --storm unknown=5`, 'the limits of all ports are given twice', ''],
    [`${two} --nosuch`, "unknown option '--nosuch'", ''],
    [`${two} tap2`, 'too many arguments', ''],
  ])('%s', async (line, message, hint) => {
    const { status, out, err, requests } = await record(`switch ${line}`)
    expect(err).toContain(message)
    expect(err).toMatch(/^vnet: /)
    if (hint !== '') expect(err).toContain(hint)
    expect([status, out, requests]).toEqual([2, '', []])
  })

  it('writes no pcapng to a terminal', async () => {
    const { status, err } = await record(`switch ${two} --capture -`, { interactive: true })
    expect(status).toBe(2)
    expect(err).toContain('pcapng is not for a terminal')
  })
})

describe('on the mock', () => {
  it('passes frames between two TAPs until it is interrupted', async () => {
    const driver = mockDriver()
    const host = await openHost({ driver })
    const terminal = testTerminal()
    const running = main(['switch', '--port', 'tap:tap0', '--port', 'tap:tap1'], terminal, driver)
    while ((await host.link.list({ kind: 'tap', up: true })).length < 2) await new Promise(setImmediate)
    const outside = []
    for (const number of [0, 1]) {
      await host.link.add({ kind: 'bridge', name: `b${number}`, up: true })
      await host.link.set(`tap${number}`, { master: `b${number}` })
      const port = await host.openTap({ name: `x${number}`, up: true })
      await host.link.set(port.name, { master: `b${number}` })
      outside.push(port)
    }
    const [from, to] = outside as [TunPort, TunPort]
    const sent = frame('ff:ff:ff:ff:ff:ff', '02:00:00:00:00:11')
    send(from, sent)
    const seen: string[] = []
    while (!seen.includes(Buffer.from(sent).toString('hex'))) {
      for (const one of await receive(to)) seen.push(Buffer.from(one).toString('hex'))
    }
    process.emit('SIGINT')
    expect(await running).toBe(0)
    expect(terminal.printed.err).toBe('')
    for (const port of outside) await port.close()
    await host.close()
  })
})

describe('what is understood', () => {
  it.each([
    ['10', { mode: 'access', id: 10 }, '10'],
    ['trunk', { mode: 'trunk', allowed: [[1, 4094]] }, 'trunk 1-4094'],
    ['trunk=10,20-30,native=1', { mode: 'trunk', allowed: [10, [20, 30]], native: 1 }, 'trunk 10,20-30 native 1'],
    ['trunk,native=5', { mode: 'trunk', allowed: [[1, 4094]], native: 5 }, 'trunk 1-4094 native 5'],
    [
      'tagged=10,20,untagged=1-2,pvid=1',
      { mode: 'hybrid', tagged: [10, 20], untagged: [[1, 2]], pvid: 1 },
      'tagged 10,20 untagged 1-2 pvid 1',
    ],
  ])('VLANs %s', (text, expected, shown) => {
    expect(readVlans(text)).toEqual(expected)
    expect(vlanText(readVlans(text))).toBe(shown)
  })

  it('faults of both ways, or of one', () => {
    expect(readFault('loss=1%,delay=20ms')).toEqual({
      in: { loss: 0.01, delay: 0.02 },
      out: { loss: 0.01, delay: 0.02 },
    })
    expect(readFault('out,loss=0.5')).toEqual({ out: { loss: 0.5 } })
    expect(readFault('delay=100us,jitter=0.00005,in')).toEqual({ in: { delay: 100e-6, jitter: 0.00005 } })
  })

  it('ports with their settings', () => {
    expect(readPort('tap:tap0')).toMatchObject({ name: 'tap0', link: 'tap0', namespace: '', options: {} })
    expect(
      readPort('tap:tap0@/run/netns/a:b,mtu=9000,no-learning,deny=02:00:00:00:00:01+02:00:00:00:00:02,cost=7,edge'),
    ).toEqual({
      written: expect.any(String),
      name: 'tap0@/run/netns/a:b',
      link: 'tap0',
      namespace: '/run/netns/a:b',
      mtu: 9000,
      options: {
        learning: false,
        deny: ['02:00:00:00:00:01', '02:00:00:00:00:02'],
        stp: { cost: 7, edge: true },
      },
    })
  })

  it('the whole plan', () => {
    const plan = planOf({
      ports: [readPort('tap:tap0'), readPort('tap:tap0@a:b')],
      stp: 'stp',
      priority: 4096,
      vlan: ['tap0@a:b:trunk=10', 'tap0:10'],
      vlanProtocol: '802.1ad',
      mac: '02:00:00:00:00:fe',
      static: ['02:00:00:00:00:01=tap0@a:b,vlan=10,sticky'],
      storm: ['broadcast=100/10,unknown=50', 'tap0:broadcast=1'],
      fault: ['tap0:in,loss=1%', 'tap0:out,loss=2%'],
      seed: 5,
    })
    expect(plan).toMatchObject({
      options: { host: false, stp: { version: 'stp', priority: 4096 }, vlanFiltering: true, vlanProtocol: 0x88a8 },
      seed: 5,
      ports: [
        {
          options: { vlan: { mode: 'access', id: 10 }, storm: { broadcast: { rate: 1 }, unknown: { rate: 50 } } },
          fault: { in: { loss: 0.01 }, out: { loss: 0.02 } },
        },
        { options: { vlan: { mode: 'trunk' }, storm: { broadcast: { rate: 100, burst: 10 } } } },
      ],
      stations: [{ mac: '02:00:00:00:00:01', vlan: 10, sticky: true }],
    })
    expect(plan.stations[0]?.port).toBe(plan.ports[1])
  })
})

/** A port in memory that passes for a TAP, and its other end. */
function tap(name: string): readonly [near: TunPort, far: Port] {
  const [near, far] = memoryPorts({ names: [name, `${name}-far`] })
  return [Object.assign(near, { kind: 'tap', index: 7 }) as unknown as TunPort, far]
}

/** A sink that keeps what it gets. */
function keeping(
  write?: () => Promise<boolean>,
): Sink & { readonly text: () => string; readonly octets: () => Buffer } {
  const chunks: Uint8Array[] = []
  return {
    async write(bytes) {
      chunks.push(bytes.slice())
      return write === undefined ? true : await write()
    },
    close: async () => undefined,
    octets: () => Buffer.concat(chunks),
    text: () => Buffer.concat(chunks).toString(),
  }
}

/** A switch over ports in memory. */
function running(choice: Omit<SwitchChoice, 'ports'> & { readonly count?: number }, report: Report, sink?: Sink) {
  const { count = 2, ...more } = choice
  const names = Array.from({ length: count }, (_, i) => `tap${i}`)
  const plan = planOf({ ports: names.map((name) => readPort(`tap:${name}`)), ...more })
  const taps = names.map(tap)
  const opened: OpenedPort[] = plan.ports.map((port, i) => ({
    plan: port,
    port: (taps[i] as readonly [TunPort, Port])[0],
    made: i === 0,
    up: i !== 1,
  }))
  const ending = new AbortController()
  const options = { report, signal: ending.signal, ...(sink === undefined ? {} : { sink }) }
  return {
    ended: runSwitch(plan, opened, options),
    stop: (reason?: unknown) => ending.abort(reason),
    near: taps.map(([near]) => near),
    far: taps.map(([, far]) => far),
  }
}

describe('over ports in memory', () => {
  it('tells as JSON what happens, and at the end what passed', async () => {
    const sink = keeping()
    const { ended, stop, far } = running(
      { vlan: ['tap0:10', 'tap1:10'], static: ['02:00:00:00:00:99=tap1,vlan=10'] },
      new LineReport(sink, true),
    )
    send(far[0], frame('ff:ff:ff:ff:ff:ff', '02:00:00:00:00:01'))
    expect(await receive(far[1])).toHaveLength(1)
    send(far[1], frame('02:00:00:00:00:01', '02:00:00:00:00:01'))
    await until(() => sink.text().includes('moved'))
    stop()
    await ended
    const told = sink
      .text()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    for (const { time } of told) expect(time).toMatch(/^\d{4}-\d\d-\d\dT/)
    expect(told.map(({ kind }) => kind)).toEqual(['port', 'port', 'learned', 'ready', 'learned', 'moved', 'end'])
    expect(told[2]).toMatchObject({ mac: '02:00:00:00:00:99', port: 'tap1', vlan: 10, static: true })
    expect(told[3]).toMatchObject({
      vlanFiltering: true,
      ports: [
        { number: 1, port: 'tap0', link: 'tap0', made: true, up: true, vlan: { mode: 'access', id: 10 } },
        { number: 2, port: 'tap1', made: false, up: false },
      ],
    })
    expect(told[5]).toMatchObject({ mac: '02:00:00:00:00:01', from: 'tap0', port: 'tap1', vlan: 10 })
    expect(told[6]).toMatchObject({
      stations: 2,
      ports: [
        { port: 'tap0', inFrames: 1, outFrames: 0, link: { readFrames: 1 } },
        { port: 'tap1', inFrames: 1, outFrames: 1, stations: 2, dropped: { samePort: 1 } },
      ],
    })
  })

  it('goes on without a port that ends, and ends as a failure without any', async () => {
    const sink = keeping()
    const { ended, near, far } = running({ count: 3 }, new LineReport(sink, false))
    send(far[0], frame('ff:ff:ff:ff:ff:ff', '02:00:00:00:00:01'))
    expect(await receive(far[1])).toHaveLength(1)
    expect(await receive(far[2])).toHaveLength(1)
    await near[0]?.close()
    await until(() => sink.text().includes('tap0 has ended'))
    send(far[1], frame('ff:ff:ff:ff:ff:ff', '02:00:00:00:00:02'))
    expect(await receive(far[2])).toHaveLength(1)
    const failing = expect(ended).rejects.toSatisfy((error) => isVnetError(error) && error.code === 'VNET_CLOSED')
    await near[1]?.close()
    await near[2]?.close()
    await failing
    const lines = sink.text().split('\n')
    expect(lines).toContain('tap0: made and set up; it goes away with the switch (mtu 1500)')
    expect(lines).toContain('tap1: attached, and down: vnet link set tap1 --up (mtu 1500)')
    expect(lines).toContain('02:00:00:00:00:01 learned at tap0')
    expect(lines).toContain('02:00:00:00:00:01 forgotten at tap0: flushed')
    expect(lines.slice(-5)).toEqual([
      'PORT  STATE  IN  OUT  STATIONS  DROPPED',
      'tap0  ended   1    0         0  0',
      'tap1  ended   1    1         0  0',
      'tap2  ended   0    2         0  0',
      '',
    ])
  })

  it('captures all ports, and counts what a slow reader misses', async () => {
    let go: () => void = () => undefined
    const stuck = new Promise<boolean>((resolve) => {
      go = () => resolve(true)
    })
    const capture = keeping(() => stuck)
    const { ended, stop, far } = running({}, new LineReport(keeping(), false), capture)
    // 16 MiB may wait; each frame is there twice, in and out.
    const sent = 8_000
    const long = frame('ff:ff:ff:ff:ff:ff', '02:00:00:00:00:01', 1514)
    for (let i = 0; i < sent; i += 50) {
      send(far[0], ...Array.from({ length: 50 }, () => long))
      for (let got = 0; got < 50; ) got += (await receive(far[1])).length
    }
    stop()
    go()
    await ended
    const blocks = readCapture(capture.octets())
    const packets = blocks.filter(({ block }) => block === 'packet').length
    expect(blocks.filter(({ block }) => block === 'interface')).toMatchObject([{ name: 'tap0' }, { name: 'tap1' }])
    const statistics = blocks.filter(({ block }) => block === 'statistics') as { received: bigint; dropped: bigint }[]
    expect(statistics.map(({ received }) => received)).toEqual([BigInt(sent), BigInt(sent)])
    const dropped = statistics.reduce((sum, one) => sum + Number(one.dropped), 0)
    expect(dropped).toBeGreaterThan(0)
    expect(packets + dropped).toBe(2 * sent)
  })

  it('ends when nobody reads the capture any more, and fails when it cannot be written', async () => {
    const left = running(
      {},
      new LineReport(keeping(), false),
      keeping(async () => false),
    )
    await left.ended
    const failure = new VnetError({ code: 'ENOSPC', operation: 'capture write', subject: 'x' })
    const full = running(
      {},
      new LineReport(keeping(), false),
      keeping(async () => Promise.reject(failure)),
    )
    await expect(full.ended).rejects.toBe(failure)
    for (const { near } of [left, full]) await expect(near[0]?.writable()).rejects.toSatisfy(isVnetError)
  })

  it('writes nothing more when nobody reads what it tells', async () => {
    const sink = keeping()
    const { ended, stop } = running({}, new LineReport(sink, false))
    await until(() => sink.text().includes('ready'))
    const told = sink.text()
    stop(readerGone)
    await ended
    expect(sink.text()).toBe(told)
  })

  it('counts events that a slow reader misses', async () => {
    let go: () => void = () => undefined
    let slow = new Promise<boolean>((resolve) => {
      go = () => resolve(true)
    })
    const sink = keeping(() => slow)
    const { ended, stop, far } = running({ maxLearned: 2 }, new LineReport(sink, true))
    const stations = 12_000
    for (let i = 0; i < stations; i += 50) {
      const mac = (n: number) =>
        `02:00:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`
      send(far[0], ...Array.from({ length: 50 }, (_, n) => frame('ff:ff:ff:ff:ff:ff', mac(i + n))))
      for (let got = 0; got < 50; ) got += (await receive(far[1])).length
    }
    go()
    slow = Promise.resolve(true)
    stop()
    await ended
    const told = sink
      .text()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const missed = told.find(({ kind }) => kind === 'missed').events
    const news = told.filter(({ kind }) => kind === 'learned' || kind === 'forgotten').length
    expect(missed).toBeGreaterThan(0)
    expect(missed + news).toBe(2 * stations - 2)
  })

  it('disturbs the same frames for the same seed', async () => {
    const survivors = async () => {
      const { ended, stop, far } = running({ fault: ['tap0:in,loss=50%'], seed: 3 }, new LineReport(keeping(), true))
      const frames = Array.from({ length: 40 }, (_, i) => frame('ff:ff:ff:ff:ff:ff', '02:00:00:00:00:01', 60 + i))
      send(far[0], ...frames)
      const got = (await receive(far[1])).map(({ length }) => length)
      stop()
      await ended
      return got
    }
    const first = await survivors()
    expect(first.length).toBeGreaterThan(5)
    expect(first.length).toBeLessThan(35)
    expect(await survivors()).toEqual(first)
  })

  it('draws over its table, within the window', async () => {
    const terminal = testTerminal({ interactive: true, columns: 40, rows: 20 })
    const { ended, stop, far } = running({ stp: 'rstp' }, new LiveReport(terminal, paletteFor(terminal, 'never')))
    const many = Array.from({ length: 30 }, (_, i) => frame('ff:ff:ff:ff:ff:ff', `02:00:00:00:00:${i + 10}`))
    await until(() => terminal.printed.out.includes('forwarding'))
    send(far[0], ...many)
    await until(() => terminal.printed.out.includes(' more'))
    stop()
    await ended
    const [, text = ''] = terminal.printed.out.split('Ctrl-C ends it\n\n')
    // Each drawing goes up by the lines of the one before, and clears what is left of it.
    const drawings = text.split('\u001b[J').slice(0, -1)
    expect(drawings.length).toBeGreaterThan(2)
    let lines = 0
    for (const drawing of drawings) {
      expect(drawing.startsWith(lines === 0 ? '\r' : `\u001b[${lines}F`)).toBe(true)
      const body = drawing.slice(lines === 0 ? 1 : `\u001b[${lines}F`.length).split('\u001b[K\n')
      lines = body.length - 1
      expect(lines).toBeLessThan(20)
      for (const line of body) expect(line.length).toBeLessThanOrEqual(40)
    }
    expect(drawings.at(-1)).toContain('root of the spanning…')
    expect(drawings.at(-1)).toMatch(/tap0 +designated +forwarding/)
  })
})

describe('opening', () => {
  it('leaves nothing behind when the third port fails', async () => {
    const closed: string[] = []
    const port = (name: string) => ({ name, close: async () => void closed.push(name) }) as unknown as TunPort
    const failure = new VnetError({ code: 'EPERM', operation: 'tap open', subject: 'tap2' })
    const host = {
      openTap: async ({ name }: { name: string }) => {
        if (name === 'tap2') throw failure
        return port(name)
      },
    } as unknown as Host
    const plans = ['tap0', 'tap1', 'tap2'].map((name) => readPort(`tap:${name}`))
    await expect(openPorts(host, plans)).rejects.toBe(failure)
    expect(closed).toEqual(['tap0', 'tap1'])
  })

  it('opens all namespaces before any port', async () => {
    const asked: string[] = []
    const host = {
      namespace: {
        open: async (name: string) => {
          asked.push(`namespace ${name}`)
          throw new VnetError({ code: 'ENOENT', operation: 'connect', subject: name })
        },
      },
      openTap: async () => asked.push('tap'),
    } as unknown as Host
    await expect(openPorts(host, [readPort('tap:tap0'), readPort('tap:tap0@nosuch')])).rejects.toMatchObject({
      code: 'ENOENT',
    })
    expect(asked).toEqual(['namespace nosuch'])
  })
})
