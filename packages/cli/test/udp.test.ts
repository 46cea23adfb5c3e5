/** `vnet udp`: against itself and other programs on the kernel, and against sockets of the mock. */
import { openHost } from '@vnet/core'
import { mockDriver } from '@vnet/mock'
import { expect, it } from 'vitest'
import { main } from '../src/main.js'
import { onBothBindings } from './capture-lab.js'
import { record, testTerminal } from './recorder.js'

onBothBindings('vnet udp', ({ test }) => {
  test('listen and send: text, octets, answers, both versions of IP, groups', ['ip'], (run) => {
    const { stdout, stderr, text } = run(`
start echo --namespace blue udp listen 5300 --echo
vnet udp send 10.0.0.2 5300 hello world --from 10.0.0.1 --from-port 5301 --count 1
printf 'one\\ntwo\\n' | vnet udp send 10.0.0.2 5300 --count 2 --hops 9
stop echo
start six --json --namespace blue udp listen 5300 -6 --count 1
vnet udp send fd00::2 5300 hi --wait 0 --hops 7
wait \${pids[six]}; echo "six $?"
start group --namespace blue udp listen 5300 --group 239.1.2.3 --on eth0 --count 1
vnet udp send 239.1.2.3 5300 all --on v0 --wait 0
wait \${pids[group]}; echo "group $?"
start all --namespace blue udp listen 5300 --count 1
vnet udp send 10.0.0.255 5300 bytes --broadcast --wait 0
wait \${pids[all]}; echo "all $?"
`)
    expect(stderr).toBe('')
    expect(stdout).toBe(
      '10.0.0.2:5300 hello world\n10.0.0.2:5300 one\n10.0.0.2:5300 two\necho 0\nsix 0\ngroup 0\nall 0\n',
    )
    expect(text('echo.err')).toBe('listening on 0.0.0.0:5300\n')
    expect(text('echo.out')).toMatch(/^10\.0\.0\.1:5301 hello world\n10\.0\.0\.1:\d+ one\n10\.0\.0\.1:\d+ two\n$/)
    expect(JSON.parse(text('six.err'))).toEqual({ kind: 'ready', address: '::', port: 5300 })
    expect(JSON.parse(text('six.out'))).toMatchObject({ from: 'fd00::1', to: 'fd00::2', hops: 7, size: 2, text: 'hi' })
    expect(text('group.out')).toMatch(/^10\.0\.0\.1:\d+ all\n$/)
    expect(text('all.out')).toMatch(/^10\.0\.0\.1:\d+ bytes\n$/)
  })

  test('what fails is told, with its status', ['ip'], (run) => {
    const { stdout, text } = run(`
start first --namespace blue udp listen 5300
vnet --namespace blue udp listen 5300 2>$DIR/taken; echo $?
vnet udp send 10.0.0.2 5999 x 2>$DIR/refused; echo $?
vnet udp send 10.0.0.255 5300 x 2>$DIR/broadcast; echo $?
vnet udp send 10.77.0.1 5300 x 2>$DIR/unreachable; echo $?
stop first
`)
    expect(stdout).toBe('1\n1\n1\n1\nfirst 0\n')
    expect(text('taken')).toMatch(/socket bind 0\.0\.0\.0:5300: Address already in use \(EADDRINUSE\)\nhint: /)
    expect(text('refused')).toMatch(/socket receive udp4: Connection refused \(ECONNREFUSED\)\nhint: nobody listens/)
    expect(text('broadcast')).toMatch(/socket connect .*\(EACCES\)\nhint: .*broadcast/)
    expect(text('unreachable')).toMatch(/socket connect .*\(ENETUNREACH\)\nhint: no route/)
  })
})

it('on the mock: an answer, octets that are no text, and nobody there', async () => {
  const call = async (words: string) => {
    const driver = mockDriver()
    const host = await openHost({ driver })
    await host.link.set('lo', { up: true })
    const server = await host.openSocket({ kind: 'udp4' })
    server.bind({ port: 5300 })
    void (async () => {
      for await (const { from, data } of server)
        if (from !== undefined) await server.send(data[0] === 120 ? Uint8Array.of(0, 255) : data, from)
    })()
    const terminal = testTerminal()
    const status = await main(words.split(' '), terminal, driver)
    await server.close()
    return { status, ...terminal.printed }
  }
  expect(await call('udp send 127.0.0.1 5300 hello --count 1')).toEqual({
    status: 0,
    out: '127.0.0.1:5300 hello\n',
    err: '',
  })
  expect((await call('udp send 127.0.0.1 5300 x --count 1')).out).toBe('127.0.0.1:5300 0x00ff\n')
  const { out } = await call('--json udp send 127.0.0.1 5300 x --count 1')
  expect(JSON.parse(out)).toMatchObject({ from: '127.0.0.1', port: 5300, size: 2, hex: '00ff', link: 1, hops: 64 })
  expect(await call('udp send 127.0.0.1 5301 x')).toMatchObject({
    status: 1,
    err: expect.stringMatching('ECONNREFUSED'),
  })
})

it.each<[words: string, said: RegExp]>([
  ['send nowhere 5300 x', /"nowhere" is no address/],
  ['send 10.0.0.2 70000 x', /a port is a number from 0 to 65535/],
  ['send 10.0.0.2', /port/],
  ['listen x', /a port is a number/],
  ['listen 5300 -4 --address fd00::2', /both versions of IP/],
  ['listen 5300 --group 239.1.2.3,ff05::1', /both versions of IP/],
  ['listen 5300 --count 0', /--count takes a number from 1/],
])('vnet udp %s: wrong usage', async (words, said) => {
  const { status, err } = await record(`udp ${words}`)
  expect([status, err]).toEqual([2, expect.stringMatching(said)])
})
