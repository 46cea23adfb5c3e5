/** `vnet dhcp`: a client and a server that meet, as commands, on the kernel; and what is told when they do not. */
import { openHost } from '@vnet/core'
import { mockDriver } from '@vnet/mock'
import { expect, it } from 'vitest'
import { main } from '../src/main.js'
import { clientTold, serverTold } from '../src/render/dhcp.js'
import { onBothBindings } from './capture-lab.js'
import { record, testTerminal } from './recorder.js'
import { vnet } from './sandbox.js'

onBothBindings('vnet dhcp', ({ test }) => {
  test('a server and a client: an address once, then one that is kept and given back', ['ip'], (run) => {
    const { stdout, stderr, text } = run(`
ip -n blue address flush dev eth0
start server --json dhcp serve --on v0 --pool 10.0.0.100-10.0.0.109 --reserve 02:00:00:00:00:02=10.0.0.7 --lease-time 600 \\
  --router 10.0.0.1 --route 10.8.0.0/16=10.0.0.9,0.0.0.0/0=10.0.0.1 --dns 10.0.0.53,10.0.0.54 --domain lab.example --mtu 1400 --leases $DIR/leases
vnet --namespace blue dhcp --on eth0 --once --probes 1 --host-name one
ip -n blue -4 -br address show dev eth0 | tr -s ' ' | cut -d' ' -f3
ip -n blue route show dev eth0 proto dhcp | sed 's/ *$//'
until grep -qs '"bound"' $DIR/leases; do sleep 0.05; done
"${process.execPath}" -e 'console.log(JSON.parse(fs.readFileSync(process.env.DIR + "/leases")).bindings.map((one) => one.address + " " + one.state).join())'
"${process.execPath}" "${vnet}" --json --namespace blue dhcp --on eth0 --probes 0 --no-mtu --metric 50 >$DIR/client.out & pids[client]=$!
until grep -qs bound $DIR/client.out; do sleep 0.05; done
ip -n blue route show default | grep 'metric 50' | sed 's/ *$//'
stop client
ip -n blue -4 -br address show dev eth0 | tr -s ' '
until grep -qs released $DIR/server.out; do sleep 0.05; done
stop server
start again --json dhcp serve --on v0 --leases $DIR/leases
stop again
`)
    expect(stderr).toBe('')
    const [first, ...rest] = stdout.split('\n')
    expect(first).toBe('10.0.0.1 offers 10.0.0.7')
    expect(
      rest.join('\n'),
    ).toBe(`eth0 has 10.0.0.7/24 from 10.0.0.1 for 600 s, 10.8.0.0/16 via 10.0.0.9, 0.0.0.0/0 via 10.0.0.1, \
DNS 10.0.0.53 10.0.0.54, domains lab.example, MTU 1400
10.0.0.7/24
default via 10.0.0.1 src 10.0.0.7
10.8.0.0/16 via 10.0.0.9 src 10.0.0.7
10.0.0.7 bound
default via 10.0.0.1 dev eth0 proto dhcp src 10.0.0.7 metric 50
client 0
server 0
again 0
`)
    const lines = (name: string) =>
      text(name)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines('server.out')[0]).toMatchObject({ kind: 'ready', link: 'v0', address: '10.0.0.1', leases: 0 })
    expect(lines('server.out')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'bound', address: '10.0.0.7', mac: '02:00:00:00:00:02', hostName: 'one' }),
        expect.objectContaining({ kind: 'released', address: '10.0.0.7' }),
      ]),
    )
    const bound = lines('client.out').find(({ kind }) => kind === 'bound')
    expect(bound).toMatchObject({
      link: 'eth0',
      address: '10.0.0.7',
      prefixLength: 24,
      seconds: 600,
      renewal: 300,
      mtu: 1400,
    })
    expect(lines('client.out').at(-1)).toMatchObject({ kind: 'state', state: 'stopped' })
    expect(lines('again.out')[0]).toMatchObject({ kind: 'ready', leases: 1 })
  })

  test('what fails is told, with its status', ['ip'], (run) => {
    const { stdout, text } = run(`
vnet dhcp --on nothing 2>$DIR/nothing; echo $?
vnet dhcp serve --on lo 2>$DIR/lo; echo $?
vnet dhcp --on v0 --timeout 0.3 2>$DIR/timeout; echo $?
vnet dhcp serve --on v0 --pool 10.9.0.1-10.9.0.2 2>$DIR/pool; echo $?
echo '{"bindings":[{}]}' >$DIR/bad
vnet dhcp serve --on v0 --leases $DIR/bad 2>$DIR/leases; echo $?
start gone --namespace blue dhcp serve --on eth0
ip -n blue link delete eth0; wait \${pids[gone]}; echo $?
`)
    expect(stdout).toBe('1\n1\n1\n2\n1\n1\n')
    expect(text('nothing')).toMatch(/dhcp client nothing: No such device \(ENODEV\)\nhint: /)
    expect(text('lo')).toMatch(/dhcp server lo: Operation not supported \(EOPNOTSUPP\)\nhint: /)
    expect(text('timeout')).toMatch(/dhcp client v0: Connection timed out \(ETIMEDOUT\)\nhint: no server answers/)
    expect(text('pool')).toMatch(/options\.subnets\.0\.pools\.0\.0: 10\.9\.0\.1 is no host of 10\.0\.0\.0\/24/)
    expect(text('leases')).toMatch(/leases read .*VNET_DECODE.*\nhint: delete/)
    expect(text('gone.err')).toMatch(/dhcp server eth0: No such device \(ENODEV\)\nhint: the link was deleted/)
  })
})

it('on the mock: a lease, and nobody who gives one', async () => {
  const driver = mockDriver()
  const host = await openHost({ driver })
  await using far = await host.namespace.add()
  await host.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'eth0', namespace: far, up: true } })
  await far.address.add({ link: 'eth0', address: '10.0.0.1/24' })
  const { dhcpServer } = await import('@vnet/dhcp')
  await using _ = await dhcpServer(far, 'eth0', { probe: false })
  const terminal = testTerminal()
  // The command closes the driver.
  expect(await main('dhcp --on v0 --once --probes 0'.split(' '), terminal, driver)).toBe(0)
  expect(terminal.printed.out).toMatch(/^v0 has 10\.0\.0\.2\/24 from 10\.0\.0\.1 for 3600 s$/m)
})

it('control characters in texts of others do not reach the terminal', () => {
  const text = 'a\u001b[1m\u009b1m\u007f'
  const binding = { address: '10.0.0.2', client: 'x', mac: 'x', state: 'offered', until: 1, hostName: text } as const
  const told = [clientTold({ kind: 'refused', reason: text }, 'v0'), serverTold({ kind: 'offered', binding }, 'v0')]
  expect(told.map((each) => each?.text)).toEqual([
    'a server refuses: "a\\u001b[1m\ufffd1m\ufffd"',
    'offered 10.0.0.2 x "a\\u001b[1m\ufffd1m\ufffd"',
  ])
})

it.each<[words: string, said: RegExp]>([
  ['dhcp', /--on is needed/],
  ['dhcp serve', /--on is needed/],
  ['dhcp serve --on v0 --pool 10.0.0.1', /--pool takes first-last/],
  ['dhcp serve --on v0 --reserve x', /--reserve takes mac=address/],
  ['dhcp --on v0 --timeout x', /--timeout takes seconds/],
  ['dhcp --on v0 extra', /argument/],
])('vnet %s: wrong usage', async (words, said) => {
  const { status, err } = await record(words)
  expect([status, err]).toEqual([2, expect.stringMatching(said)])
})
