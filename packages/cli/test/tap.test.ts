/** `vnet tap respond`: a host that the kernel's own ARP, Neighbour Discovery and ping believe in. */
import { expect, it } from 'vitest'
import { onBothBindings } from './capture-lab.js'
import { record } from './recorder.js'

onBothBindings('vnet tap respond', ({ test }) => {
  test('answers ARP, Neighbour Discovery and pings of every size, until SIGINT', ['ip', 'ping'], (run) => {
    const { stdout, stderr, text } = run(`
start host tap respond --on tap0 --address 10.9.0.2/24,fd09::2/64 --mac 02:00:00:00:99:02
ip address add 10.9.0.1/24 dev tap0; ip -6 address add fd09::1/64 dev tap0 nodad
answers() { ping -q -c 2 -i 0.2 -W 5 "$@" | grep -o '[0-9]* received'; }
answers 10.9.0.2; answers -s 0 10.9.0.2; answers -s 1472 10.9.0.2; answers -s 4000 10.9.0.2; answers -s 65000 10.9.0.2
answers -6 fd09::2; answers -6 -s 1452 fd09::2; answers -6 -s 4000 fd09::2; answers -6 -s 65000 fd09::2
ping -q -c 1 -W 1 10.9.0.3 | grep -o '[0-9]* received'
ip neighbour show dev tap0 | grep lladdr | cut -d' ' -f1-3 | sort
stop host
ip link show tap0 2>&1
`)
    expect(stderr).toBe('')
    expect(stdout).toBe(
      `${'2 received\n'.repeat(9)}0 received\n${['10.9.0.2', 'fd09::2'].map((one) => `${one} lladdr 02:00:00:00:99:02\n`).join('')}host 0\nDevice "tap0" does not exist.\n`,
    )
    const lines = text('host.out').split('\n')
    expect(lines[0]).toBe('tap0 answers for 10.9.0.2, fd09::2 with 02:00:00:00:99:02')
    expect(lines).toEqual(
      expect.arrayContaining([
        '10.9.0.1 asks for the MAC of 10.9.0.2 (ARP)',
        'fd09::1 asks for the MAC of fd09::2 (Neighbour Discovery)',
        '10.9.0.1 pings 10.9.0.2: sequence 2, 56 octets',
        '10.9.0.1 pings 10.9.0.2: sequence 1, 65000 octets',
        'fd09::1 pings fd09::2: sequence 2, 65000 octets',
      ]),
    )
    expect(text('host.err')).toMatch(/^\d+ answers: \d+ of ARP, \d+ of Neighbour Discovery, 18 of ping\n$/)
  })

  test('in another namespace, on a TAP that is there, as JSON, so many answers', ['ip', 'ping'], (run) => {
    const { stdout, stderr, text } = run(`
ip -n blue tuntap add tap7 mode tap
start host --json tap respond --on tap7@blue --address 10.9.0.2 --count 3
ip -n blue address add 10.9.0.1/24 dev tap7
ip netns exec blue ping -q -c 5 -i 0.2 -W 1 10.9.0.2 | grep -o '[0-9]* received'
wait \${pids[host]}; echo "host $?"
ip -n blue -br link show tap7 | cut -d' ' -f1; ip -br link | grep -c tap
start quiet tap respond --on tap7@blue --address 10.9.0.2 --quiet
ip netns exec blue ping -q -c 2 -i 0.2 -W 5 10.9.0.2 | grep -o '[0-9]* received'
stop quiet
`)
    expect(stderr).toBe('')
    expect(stdout).toBe('2 received\nhost 0\ntap7\n0\n2 received\nquiet 0\n')
    const [ready, ...answers] = text('host.out')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { mac?: string })
    expect(ready).toMatchObject({ kind: 'ready', link: 'tap7@blue', addresses: ['10.9.0.2'] })
    // A random one, locally administered.
    expect(ready?.mac).toMatch(/^02(:[0-9a-f]{2}){5}$/)
    expect(answers).toMatchObject([
      { kind: 'arp', from: '10.9.0.1', address: '10.9.0.2' },
      { kind: 'echo', sequence: 1, size: 56 },
      { kind: 'echo', sequence: 2, size: 56 },
    ])
    expect(JSON.parse(text('host.err'))).toEqual({ answers: 3, arp: 1, neighbour: 0, echo: 2 })
    expect(text('quiet.out')).toMatch(/^tap7@blue answers for 10\.9\.0\.2 with 02:\S+\n$/)
  })

  test('what is wrong is told, with its status', ['ip'], (run) => {
    const cases: readonly (readonly [words: string, said: RegExp])[] = [
      ['--on v0 --address 10.0.0.2', /tap open v0: Invalid argument \(EINVAL\)/],
      ['--on tun0 --address 10.0.0.2', /tap open tun0: Invalid argument \(EINVAL\)/],
      ['--on tap0@nosuch --address 10.0.0.2', /nosuch: No such file or directory \(ENOENT\)/],
    ]
    const { stdout, text } = run(`
ip tuntap add tun0 mode tun
${cases.map(([words], i) => `vnet tap respond ${words} 2>$DIR/${i}; echo $?`).join('\n')}
start gone tap respond --on tap5 --address 10.9.0.2
ip link delete tap5; wait \${pids[gone]}; echo $?
`)
    expect(stdout).toBe('1\n'.repeat(cases.length + 1))
    for (const [i, [words, said]] of cases.entries()) expect(text(String(i)), words).toMatch(said)
    expect(text('gone.err')).toMatch(/vnet: port read tap5: .*\(EBADFD\)\nhint: the link was deleted/)
  })
})

it.each<[words: string, said: RegExp]>([
  ['--on tap0 --address 10.9.0.2.3', /--address takes an address such as/],
  ['--on tap0 --address 10.9.0.2/33', /--address takes an address such as/],
  ['--on tap0 --address 10.9.0.2,', /--address takes an address such as/],
  ['--on tap0 --address 224.0.0.1', /224\.0\.0\.1 is not the address of a host/],
  ['--on tap0 --address ff02::1', /ff02::1 is not the address of a host/],
  ['--on tap0 --address 0.0.0.0', /0\.0\.0\.0 is not the address of a host/],
  ['--on tap0 --address 10.0.0.2 --mac zz', /"zz" is not a MAC address/],
  ['--on tap0 --address 10.0.0.2 --mac 01:00:5e:00:00:01', /01:00:5e:00:00:01 is not the MAC address of a host/],
  ['--on tap0', /--address/],
  ['--address 10.0.0.2', /--on/],
  ['--on #3 --address 10.0.0.2', /the name of a TAP, not an index/],
  ['--on tap0 --address 10.0.0.2 --count 0', /--count takes a number from 1/],
  ['--on a234567890123456 --address 10.0.0.2', /16 octets/],
])('vnet tap respond %s: wrong usage', async (words, said) => {
  const { status, err } = await record(`tap respond ${words}`)
  expect([status, err]).toEqual([2, expect.stringMatching(said)])
})
