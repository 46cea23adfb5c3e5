/** Frames of a TUN in batches: places, room, refusals, ends; and ports in worker threads. @module */
import { strict as assert } from 'node:assert'
import { deleteLink, linksOf, openTun, setUp } from './octets.js'
import { codeOf, type Place, runChild, type Surroundings, until } from './surroundings.js'

const O_RDWR_NONBLOCK = 0o4002
const FIONBIO = 0x5421
const [EAGAIN_IS_ZERO, EBADF, EBADFD, EINVAL, EIO] = [0, 9, 77, 22, 5] as const

/** A TUN that is up and does not block; returns its descriptor. */
function tun({ syscalls, namespace, netlink }: Place, name = 't0', up = true): number {
  const fd = openTun(syscalls, namespace, name)
  syscalls.ioctl(fd, FIONBIO, new Uint8Array(Int32Array.of(1).buffer))
  if (up) setUp(syscalls, netlink, linksOf(syscalls, netlink).get(name) as number, true)
  return fd
}

/** A slab with packets of these lengths, each the least that a TUN takes for IPv4, and their spans. */
function packets(lengths: readonly number[], first = 0x45): { slab: Uint8Array; spans: Int32Array } {
  const slab = new Uint8Array(65_536)
  const spans = new Int32Array(lengths.flatMap((length, i) => [32 + i * 2048, length]))
  for (let i = 0; i < lengths.length; i++) slab[32 + i * 2048] = first
  return { slab, spans }
}

/** Declares the tests. */
export function batchTests({ binding, it, syscalls, withTun, inNamespace }: Surroundings): void {
  it('tells in words how batches move', () => {
    assert.match(syscalls().transfer(), /^(io_uring, 64 frames a call|one system call a frame \(.+\))$/)
  })

  it('refuses arguments that are none, before anything is read or written', () => {
    const calls = syscalls()
    const { slab, spans } = packets([40])
    const [refused, none] = [new Int32Array(3), new Int32Array(0)]
    const wrong: (() => unknown)[] = [
      () => calls.readBatch(0.5, slab, spans, 1, 0, 0, 100),
      () => calls.readBatch(0, [] as never, spans, 1, 0, 0, 100),
      () => calls.readBatch(0, slab, new Uint8Array(8) as never, 1, 0, 0, 100),
      () => calls.readBatch(0, slab, spans, -1, 0, 0, 100),
      () => calls.writeBatch(0, slab, spans, 0, 2, 0, refused),
      () => calls.writeBatch(0, slab, spans, 0, 1, 0, none),
      () => calls.writeBatch(0, slab, spans, 0, 1, 33, refused),
      () => calls.writeBatch(0, slab, new Int32Array([65_530, 40]), 0, 1, 0, refused),
      () => calls.writeBatch(0, slab, new Int32Array([0, -1]), 0, 1, 0, refused),
    ]
    for (const call of wrong) assert.throws(call, TypeError, String(call))
  })

  it('returns the error number of a descriptor that is none', () => {
    const { slab, spans } = packets([40])
    assert.equal(syscalls().readBatch(1_000_000, slab, spans, 1, 0, 0, 100), -EBADF)
    assert.equal(syscalls().writeBatch(1_000_000, slab, spans, 0, 1, 0, new Int32Array(3)), -EBADF)
  })

  withTun('is 0 when it would block, and -EBADFD before it is attached and after the link is gone', (place) => {
    const { slab, spans } = packets([40])
    const refused = new Int32Array(3)
    const bare = place.syscalls.open('/dev/net/tun', O_RDWR_NONBLOCK, place.namespace)
    assert.equal(place.syscalls.readBatch(bare, slab, spans, 1, 0, 0, 100), -EBADFD)
    assert.equal(place.syscalls.writeBatch(bare, slab, spans, 0, 1, 0, refused), -EBADFD)
    place.syscalls.close(bare)
    const fd = tun(place, 't0', false)
    assert.equal(place.syscalls.readBatch(fd, slab, spans, 1, 0, 0, 100), EAGAIN_IS_ZERO)
    deleteLink(place.syscalls, place.netlink, linksOf(place.syscalls, place.netlink).get('t0') as number)
    assert.equal(place.syscalls.readBatch(fd, slab, spans, 1, 0, 0, 100), -EBADFD)
    assert.equal(place.syscalls.writeBatch(fd, slab, spans, 0, 1, 0, refused), -EBADFD)
    place.syscalls.close(fd)
  })

  withTun('writes from the front, tells what was refused and why, and goes on', (place) => {
    const fd = tun(place, 't0', false)
    const { slab, spans } = packets([40, 40, 40, 40])
    const refused = new Int32Array(9)
    assert.equal(place.syscalls.writeBatch(fd, slab, spans, 0, 4, 0, refused), 4)
    assert.deepEqual([...refused], [4, 0, EIO, 1, EIO, 2, EIO, 3, EIO])
    setUp(place.syscalls, place.netlink, linksOf(place.syscalls, place.netlink).get('t0') as number, true)
    slab[32 + 2048] = 0
    assert.equal(place.syscalls.writeBatch(fd, slab, spans, 0, 4, 0, refused), 4)
    assert.deepEqual([...refused.subarray(0, 3)], [1, 1, EINVAL])
    assert.equal(place.syscalls.writeBatch(fd, slab, spans, 2, 4, 0, refused), 2)
    assert.equal(refused[0], 0)
    // A list that has no more room stops it.
    slab[32 + 2 * 2048] = 0
    assert.equal(place.syscalls.writeBatch(fd, slab, spans, 0, 4, 0, new Int32Array(3)), 2)
    assert.equal(place.syscalls.writeBatch(fd, slab, spans, 1, 1, 0, refused), 0)
    place.syscalls.close(fd)
  })

  withTun('reads frames in order, each behind its headroom, as many as asked for', async (place) => {
    const { syscalls: calls, netlink } = place
    const fd = tun(place)
    const slab = new Uint8Array(262_144).fill(0xee)
    const spans = new Int32Array(128)
    // An IPv6 TUN that comes up says several things by itself.
    const all: Uint8Array[] = []
    await until(() => {
      const count = calls.readBatch(fd, slab, spans, 64, 40, 0, 2000)
      assert.ok(count >= 0)
      for (let i = 0; i < count; i++) {
        const [offset, length] = [spans[2 * i] as number, spans[2 * i + 1] as number]
        assert.ok(length > 0 && offset >= 40)
        assert.ok(slab.subarray(offset - 40, offset).every((octet) => octet === 0xee))
        assert.equal((slab[offset] as number) >> 4, 6)
        all.push(slab.slice(offset, offset + length))
        slab.fill(0xee)
      }
      return all.length > 0
    })
    deleteLink(calls, netlink, linksOf(calls, netlink).get('t0') as number)
    calls.close(fd)
  })

  withTun('skips what is in front of a frame, and tells one that was cut', async (place) => {
    const { syscalls: calls } = place
    const fd = tun(place)
    const [slab, spans] = [new Uint8Array(65_536), new Int32Array(2)]
    const read = async (room: number, skip: number, most: number): Promise<[number, number]> => {
      await until(() => calls.readBatch(fd, slab.subarray(0, room), spans, 1, 8, skip, most) === 1)
      return [spans[0] as number, spans[1] as number]
    }
    const [offset, length] = await read(65_536, 4, 1600)
    assert.equal(offset, 12)
    assert.ok(length > 30)
    const [, cut] = await read(24, 0, 16)
    assert.equal(cut, -16)
    assert.equal(calls.readBatch(fd, slab.subarray(0, 20), spans, 1, 8, 0, 16), 0, 'no room, so nothing is read')
    calls.close(fd)
  })

  withTun('slabs and spans in shared memory', (place) => {
    const fd = tun(place)
    const slab = new Uint8Array(new SharedArrayBuffer(65_536))
    const spans = new Int32Array(new SharedArrayBuffer(16))
    slab[64] = 0x45
    spans.set([64, 40])
    const refused = new Int32Array(3)
    assert.equal(place.syscalls.writeBatch(fd, slab, spans, 0, 1, 0, refused), 1)
    assert.equal(refused[0], 0)
    assert.ok(place.syscalls.readBatch(fd, slab, spans, 2, 0, 0, 2000) >= 0)
    place.syscalls.close(fd)
  })

  inNamespace('loads a program, and refuses one that the kernel does not accept', ({ syscalls: calls }) => {
    // r0 = 0; exit
    const program = new Uint8Array([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0])
    try {
      calls.close(calls.loadProgram(program, 'MIT'))
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'EPERM')
    }
    assert.match(
      codeOf(() => calls.loadProgram(program.subarray(0, 8), 'MIT')),
      /EINVAL|EPERM/,
    )
    assert.throws(() => calls.loadProgram('' as never, 'MIT'), TypeError)
  })

  const { driver } = binding
  if (driver === undefined) return
  const opening = `const { ${driver}: open } = await import(${JSON.stringify(binding.module)})\n`

  withTun('worker threads: a queue each, and batches in memory that they share', () => {
    assert.equal(runChild(binding, twoWorkers(opening)), 'queues 2 frames 200 shared true')
  })

  for (const io of ['on', 'off'] as const) {
    withTun(`long runs of frames keep their order around one that is refused, io_uring ${io}`, () => {
      const said = runChild(binding, longRun(opening, io)).split('\n')
      assert.equal(said[1], 'taken 150 malformed 1 read 149 in order true')
      assert.match(said[0] as string, io === 'on' ? /^(io_uring, |one system call )/ : /off by VNET_IO_URING/)
    })
  }

  withTun('a process ends by itself when nobody reads a port any more', () => {
    const script = `
      ${opening}
      const driver = await open()
      const connection = await driver.connect((await driver.openNamespace('new')).ref)
      const spec = { kind: 'tun', create: 'auto', multiQueue: false, queues: 1, receive: 'whole', merge: false, headerSize: 12, batchSize: 64, up: true }
      const port = await connection.openPort(spec)
      for await (const batch of port) if (batch.count > 0) break
      console.log(port.counters.readFrames > 0)`
    assert.equal(runChild(binding, script), 'true')
  })
}

const options = `kind: 'tap', create: 'auto', receive: 'whole', merge: false, headerSize: 12, batchSize: 64, queues: 1`

/** Numbered frames through a bridge from one TAP to another, one of them too short for a frame; a foreign frame is passed over. */
const longRun = (opening: string, io: 'on' | 'off'): string => `${opening}
  process.env.VNET_IO_URING = '${io}'
  const driver = await open()
  const connection = await driver.connect({ fd: syscalls.createNamespace() })
  const done = (results) => results.map((result) => { if (!result.ok) throw result.error; return result.value })
  done(await connection.execute([{ operation: 'link add', spec: { kind: 'bridge', name: 'br0', up: true } }]))
  const ports = []
  for (const name of ['tap0', 'tap1']) {
    ports.push(await connection.openPort({ ${options}, name, multiQueue: false, up: true, batchSize: 150 }))
    done(await connection.execute([{ operation: 'link set', spec: { link: name, master: 'br0' } }]))
  }
  const [from, to] = ports
  const batch = from.createBatch()
  const frame = new Uint8Array(60).fill(0xff, 0, 6)
  frame.set([2, 0, 0, 0, 0, 1, 0x88, 0xb5], 6)
  for (let number = 0; number < 150; number++) {
    frame[14] = number
    batch.add(number === 70 ? frame.subarray(0, 8) : frame)
  }
  const into = to.createBatch()
  const probe = from.createBatch()
  probe.add(frame.slice().fill(0xb6, 13, 14))
  const probing = setInterval(() => from.write(probe), 10)
  for (let isForwarding = false; !isForwarding; ) {
    await to.read(into)
    for (const each of into) isForwarding ||= each[12] === 0x88 && each[13] === 0xb6
  }
  clearInterval(probing)
  const taken = from.write(batch)
  const numbers = []
  while (numbers.length < 149) {
    await to.read(into)
    for (const each of into) if (each[12] === 0x88 && each[13] === 0xb5) numbers.push(each[14])
  }
  const inOrder = numbers.every((number, i) => number === (i < 70 ? i : i + 1))
  console.log(from.transfer)
  console.log('taken', taken, 'malformed', from.counters.dropped.malformed, 'read', numbers.length, 'in order', inOrder)
  process.exit(0)`

/** What each worker does: reads into a batch in shared memory, posts where it lies, and waits until that was looked at. */
const worker = `
  import { workerData } from 'node:worker_threads'
  const driver = await open()
  const connection = await driver.connect({ fd: workerData.namespace })
  const port = await connection.openPort({ ${options}, name: 'tap1', multiQueue: true })
  const batch = port.createBatch({ shared: true })
  parentPort.postMessage('attached')
  for (let turn = 0; ; turn++) {
    await port.read(batch)
    parentPort.postMessage(batch.parts())
    Atomics.wait(workerData.turns, 0, turn)
  }`

/** Two workers attach a queue each to one link; the main thread reads their frames where they lie, without a copy. */
const twoWorkers = (opening: string): string => `${opening}
  const driver = await open()
  const namespace = syscalls.createNamespace()
  const connection = await driver.connect({ fd: namespace })
  const done = (results) => results.map((result) => { if (!result.ok) throw result.error; return result.value })
  done(await connection.execute([{ operation: 'link add', spec: { kind: 'bridge', name: 'br0', up: true } }]))
  const port = await connection.openPort({ ${options}, name: 'tap0', multiQueue: false, up: true })
  let frames = 0
  const seen = { shared: true }
  const start = () => new Promise((attached, failed) => {
    const turns = new Int32Array(new SharedArrayBuffer(4))
    const source = prologue + ${JSON.stringify(opening + worker)}
    const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)), { workerData: { namespace, turns } })
    worker.on('error', failed)
    worker.on('message', (message) => {
      if (message === 'attached') return attached(worker)
      const batch = port.createBatch().constructor.of(message)
      seen.shared &&= batch.slab.buffer instanceof SharedArrayBuffer && batch.spans.buffer instanceof SharedArrayBuffer
      for (const frame of batch) if (frame[12] === 0x88 && frame[13] === 0xb5) frames++
      Atomics.add(turns, 0, 1)
      Atomics.notify(turns, 0)
    })
  })
  await Promise.all([start(), start()])
  done(await connection.execute([
    { operation: 'link set', spec: { link: 'tap0', master: 'br0', up: true } },
    { operation: 'link set', spec: { link: 'tap1', master: 'br0', up: true } },
  ]))
  const state = async () => done(await connection.execute([{ operation: 'link get', spec: { link: 'tap1' } }]))[0]
  while ((await state()).port?.state !== 'forwarding') await new Promise((resolve) => setTimeout(resolve, 5))
  const batch = port.createBatch()
  for (let i = 0; i < 50; i++) {
    const frame = new Uint8Array(64)
    frame.set([2, 0, 0, 0, 0, 0x22, 2, 0, 0, 0, 1, i, 0x88, 0xb5])
    batch.add(frame)
  }
  for (let round = 1; round <= 4; round++) {
    port.write(batch)
    while (frames < round * 50) await new Promise(setImmediate)
  }
  console.log('queues', (await state()).tun.queues, 'frames', frames, 'shared', seen.shared)
  process.exit(0)`
