/** `vnet capture` beside tcpdump, and its files before tshark. */
import { type Block, readCapture } from '@vnet/wire'
import { expect, it } from 'vitest'
import { onBothBindings } from './capture-lab.js'
import { record } from './recorder.js'

const programs = ['tcpdump', 'tshark', 'ip', 'ping'] as const

const packetsOf = (blocks: readonly Block[]) => blocks.flatMap((block) => (block.block === 'packet' ? [block] : []))
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** The kernel has counted what was captured and dropped, and what came after the last look: its own checks of neighbours. */
function expectCounted(received: number | undefined, told: number): void {
  expect(received).toBeGreaterThanOrEqual(told)
  expect(received).toBeLessThan(told + 10)
}

onBothBindings('vnet capture', ({ test }) => {
  test(
    'the frames of tcpdump, as lines, as JSON and as files, of several namespaces in order',
    ['tcpdump -r', ...programs],
    (run) => {
      const { stdout, stderr, read, text } = run(`
tcpdump -i v0 --immediate-mode -U --time-stamp-precision=nano -w $DIR/tcpdump.pcap 2>$DIR/tcpdump.err & pids[tcpdump]=$!
ready tcpdump
start lines capture v0
start json --json capture v0
start file capture v0 eth0@blue -w $DIR/file.pcapng
start pipe capture v0 -w -
now >$DIR/begin
ping -c 2 -i 0.2 10.0.0.2 >/dev/null; ping -c 1 -s 4000 10.0.0.2 >/dev/null
ping -6 -c 2 -i 0.2 fd00::2 >/dev/null
echo hello >/dev/udp/10.0.0.2/9999
ip neighbour flush dev v0; ping -c 1 10.0.0.2 >/dev/null; ping -6 -c 1 fd00::2 >/dev/null
now >$DIR/end
# What was sent a moment ago is there too.
stop lines; stop json; stop file; stop pipe
sleep 0.3; kill -INT \${pids[tcpdump]}; wait \${pids[tcpdump]}
tcpdump -nS --time-stamp-precision=nano -r $DIR/tcpdump.pcap 2>/dev/null >$DIR/tcpdump.txt
for name in file.pcapng pipe.out; do
  tshark -r $DIR/$name -T fields -e frame.interface_name -e _ws.expert.message 2>$DIR/tshark.err >$DIR/tshark.$name; echo "tshark $?"
  grep -v 'Running as user' $DIR/tshark.err
done
`)
      expect(stderr).toBe('')
      expect(stdout).toBe('lines 0\njson 0\nfile 0\npipe 0\ntshark 0\ntshark 0\n')
      const [begin, end] = [BigInt(text('begin').trim()), BigInt(text('end').trim())]
      const timely = <T extends { readonly timestamp: bigint }>(list: readonly T[]) =>
        list.filter(({ timestamp }) => timestamp >= begin && timestamp <= end)

      const wanted = timely(packetsOf(readCapture(read('tcpdump.pcap'))))
      expect(wanted.length).toBeGreaterThan(20)
      const blocks = readCapture(read('file.pcapng'))
      const all = timely(packetsOf(blocks))
      const here = all.filter((packet) => packet.interface === 0)
      for (const frames of [here, timely(packetsOf(readCapture(read('pipe.out'))))]) {
        expect(frames.map(({ bytes }) => hex(bytes))).toEqual(wanted.map(({ bytes }) => hex(bytes)))
        frames.forEach(({ timestamp }, i) => {
          const apart = Number(timestamp - (wanted[i]?.timestamp ?? 0n))
          expect(Math.abs(apart), `frame ${i}`).toBeLessThan(1_000_000)
        })
      }
      // The other end has the same frames, the other way round, and all are in order of time.
      const there = all.filter((packet) => packet.interface === 1)
      expect(there.map(({ bytes }) => hex(bytes))).toEqual(wanted.map(({ bytes }) => hex(bytes)))
      expect(here.map(({ flags = 0 }) => flags & 3)).toEqual(there.map(({ flags = 0 }) => 3 - (flags & 3)))
      expect(new Set(here.map(({ flags = 0 }) => flags & 3))).toEqual(new Set([1, 2]))
      expect(all.every(({ timestamp }, i) => timestamp >= (all[i - 1]?.timestamp ?? 0n))).toBe(true)

      const interfaces = blocks.filter(({ block }) => block === 'interface')
      expect(interfaces).toMatchObject([
        { name: 'v0', linkType: 1, timestampResolution: 9, mac: '02:00:00:00:00:01', description: 'veth' },
        { name: 'eth0@blue', linkType: 1, timestampResolution: 9, mac: '02:00:00:00:00:02' },
      ])
      const statistics = blocks.filter(({ block }) => block === 'statistics')
      const count = (place: number) => BigInt(packetsOf(blocks).filter((packet) => packet.interface === place).length)
      expect(statistics).toMatchObject([
        { interface: 0, dropped: 0n, delivered: count(0) },
        { interface: 1, dropped: 0n, delivered: count(1) },
      ])
      expect(text('file.err')).toBe(
        `listening on v0, eth0@blue\n${packetsOf(blocks).length} frames captured, 0 dropped by the kernel\n`,
      )

      // The lines, times and all, are those that tcpdump prints.
      const [first, last] = [wanted[0], wanted.at(-1)].map((packet) => packet?.timestamp ?? 0n)
      const fraction = (time = 0n) => String(time % 1_000_000_000n).padStart(9, '0')
      const part = (name: string) => {
        const lines = text(name).trimEnd().split('\n')
        const at = (time?: bigint) => lines.findIndex((line) => line.slice(9, 18) === fraction(time))
        return lines.slice(at(first), at(last) + 1)
      }
      expect(part('lines.out')).toEqual(part('tcpdump.txt'))
      const objects = text('json.out')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { time: string; bytes: string; link: string; text: string })
      const iso = (time = 0n) => `${new Date(Number(time / 1_000_000n)).toISOString().slice(0, 19)}.${fraction(time)}Z`
      const own = objects.filter(({ time }) => time >= iso(first) && time <= iso(last))
      expect(own.map(({ bytes }) => bytes)).toEqual(wanted.map(({ bytes }) => hex(bytes)))
      expect(own.every(({ link, time }) => link === 'v0' && /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z$/.test(time))).toBe(true)
      const json = text('json.err')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown)
      expect(json).toMatchObject([
        { listening: ['v0'] },
        { captured: objects.length, dropped: 0, links: [{ link: 'v0', dropped: 0 }] },
      ])
      expectCounted((json[1] as { links: { received: number }[] }).links[0]?.received, objects.length)
    },
  )

  test('--count is exact, --snap-length and --direction hold, a filter too', ['ip', 'tshark'], (run) => {
    const { stdout, stderr, text, read } = run(`
flood() { while true; do for i in {1..50}; do printf %0100d $i >/dev/udp/10.0.0.2/99; done; sleep 0.01; done; }
flood 2>/dev/null & flooding=$!
vnet capture v0 --count 3 2>$DIR/err | wc -l; tail -1 $DIR/err
vnet capture v0 -c 1 -s 50 --filter 'udp port 99' 2>/dev/null | sed -E 's/^[^ ]+ //; s/1\\.[0-9]+ >/1.PORT >/'
vnet capture any -c 7 -w $DIR/seven.pcapng 2>/dev/null
vnet capture v0 eth0@blue -c 11 -s 50 --direction in --filter 'udp port 99' -w $DIR/eleven.pcapng 2>/dev/null
kill $flooding
tshark -r $DIR/seven.pcapng 2>/dev/null | wc -l; tshark -r $DIR/eleven.pcapng -T fields -e frame.interface_name -e frame.cap_len -e udp.dstport 2>/dev/null | sort | uniq -c | tr -s ' ' >$DIR/eleven.txt
`)
    expect(stderr).toBe('')
    expect(stdout).toBe(
      '3\n3 frames captured, 0 dropped by the kernel\nIP 10.0.0.1.PORT > 10.0.0.2.99: UDP, length 100\n7\n',
    )
    // None comes in at v0.
    expect(text('eleven.txt')).toMatch(/^ 11 eth0@blue\t50\t99\n$/)
    const blocks = readCapture(read('eleven.pcapng'))
    expect(blocks.filter(({ block }) => block === 'interface')).toMatchObject([
      { snapLength: 50, filter: 'udp port 99' },
      { snapLength: 50, filter: 'udp port 99' },
    ])
  })

  test('ends well: a reader that has enough, SIGINT, a link that goes', ['ip', 'ping'], (run) => {
    const { stdout, text } = run(`
ping -i 0.1 10.0.0.2 >/dev/null & pinging=$!
vnet capture v0 2>/dev/null | head -1 | wc -l; echo "\${PIPESTATUS[@]}"
vnet capture v0 -w - 2>/dev/null | head -c 100 | wc -c; echo "\${PIPESTATUS[@]}"
start down capture v0
ip link set v0 down; wait \${pids[down]}; echo "down $?"
ip link set v0 up
start any capture any
start gone capture v0
ip link delete v0; wait \${pids[gone]}; echo "gone $?"
sleep 0.3; stop any
kill $pinging
`)
    expect(stdout).toBe('1\n0 0 0\n100\n0 0 0\ndown 1\ngone 1\nany 0\n')
    expect(text('down.err')).toMatch(
      /^listening on v0\n\d+ frames? captured, 0 dropped by the kernel\nvnet: capture read v0: Network is down \(ENETDOWN\)\nhint: .*set it up.*\n$/,
    )
    expect(text('gone.err')).toMatch(/vnet: capture read v0: No such device \(ENODEV\)\nhint: .*deleted.*\n$/)
    expect(text('any.err')).toMatch(/^listening on any\n\d+ frames? captured, 0 dropped by the kernel\n$/)
  })

  test('a reader that is too slow is told what was dropped', ['ip', 'ping'], (run) => {
    const { stdout, read, text } = run(`
mkfifo $DIR/fifo
exec 5<>$DIR/fifo
start slow --json capture v0 --buffer 524288 -w $DIR/fifo
ping -q -f -c 8000 -s 1400 10.0.0.2 | grep -o '8000 received'
exec 6<$DIR/fifo 5<&-
cat <&6 >$DIR/slow.pcapng & reading=$!
sleep 0.2; stop slow; wait $reading
`)
    expect(stdout).toBe('8000 received\nslow 0\n')
    const summary = JSON.parse(text('slow.err').trim().split('\n')[1] ?? '') as {
      captured: number
      dropped: number
      links: { received: number }[]
    }
    expect(summary.dropped).toBeGreaterThan(1000)
    expectCounted(summary.links[0]?.received, summary.captured + summary.dropped)
    const blocks = readCapture(read('slow.pcapng'))
    expect(packetsOf(blocks).length).toBe(summary.captured)
    expect(blocks.at(-1)).toMatchObject({ block: 'statistics', dropped: BigInt(summary.dropped) })
  })

  test('what is wrong is told, with its status', ['ip'], (run) => {
    const cases: readonly (readonly [words: string, said: RegExp])[] = [
      ['v0 --filter "icmp and"', /capture open v0: Invalid argument \(EINVAL\): .*syntax error/],
      ['v0 --filter "port 99999"', /\(EINVAL\): illegal port number 99999/],
      [
        'v0 --filter "host example"',
        /\(EINVAL\): unknown host 'example' \(at character 6\)\nhint: names are not looked up/,
      ],
      ['nosuch', /capture open nosuch: No such device \(ENODEV\)/],
      ['v0@nosuch', /nosuch: No such file or directory \(ENOENT\)/],
      ['v0 -w $DIR/no/such', /capture write \S+: No such file or directory \(ENOENT\)/],
      ['off', /capture open off: Network is down \(ENETDOWN\)/],
    ]
    const { stdout, text } = run(`
ip link add off type veth peer name off1
${cases.map(([words], i) => `vnet capture ${words} 2>$DIR/${i}; echo $?`).join('\n')}
`)
    expect(stdout).toBe('1\n'.repeat(cases.length))
    for (const [i, [words, said]] of cases.entries()) {
      expect(text(String(i)), words).toMatch(said)
      expect(text(String(i)), words).not.toMatch(/^ +at /m)
    }
  })
})

it.each<[words: string, said: RegExp]>([
  ['v0 --filter=', /options.filter/],
  ['v0 --count 0', /--count takes a number from 1/],
  ['v0 --count x', /--count takes a whole number/],
  ['v0 --snap-length 0', /options.snapLength/],
  ['v0 --snap-length 262145', /options.snapLength/],
  ['v0 --buffer 1', /options.buffer/],
  ['v0 --direction up', /direction/],
  ['v0 -w x -e', /--link-level is for lines/],
  ['any --promiscuous', /options.promiscuous/],
])('vnet capture %s: wrong usage', async (words, said) => {
  const { status, err } = await record(`capture ${words}`)
  expect([status, err]).toEqual([2, expect.stringMatching(said)])
})
