/** `vnet pppoe` and `vnet pppoe serve`: a session between two namespaces, and what is refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { onBothBindings } from './capture-lab.js'
import { mockCommand } from './mock-command.js'
import { record } from './recorder.js'
import { vnet } from './sandbox.js'

onBothBindings('vnet pppoe', ({ test }) => {
  test('a session carries pings until it is stopped, and a wrong password is told', ['ip', 'ping'], (run) => {
    const { stdout, stderr, text } = run(`
printf '# users\\nalice secret\\nbob hidden 10.8.0.77\\n' >$DIR/users; echo secret >$DIR/alice; echo hidden >$DIR/bob; echo wrong >$DIR/wrong
start ac --json -n blue pppoe serve --on eth0 --local 10.8.0.1 --pool 10.8.0.10-10.8.0.19 --secrets-file $DIR/users --dns 192.0.2.53
start alice --json pppoe --on v0 --user alice --password-file $DIR/alice
start bob --json pppoe connect --on v0 --user bob --password-file $DIR/bob --name dsl0 --method pap --no-ipv6
"${process.execPath}" "${vnet}" pppoe --on v0 --user alice --password-file $DIR/wrong 2>$DIR/refused; echo "refused $?"
for try in $(seq 100); do [ "$(ip -n blue -br link show type tun | grep -c UP)" = 2 ] && break; sleep 0.05; done
"${process.execPath}" "${vnet}" pppoe list | tr -s ' ' | cut -d' ' -f1-4,6
"${process.execPath}" "${vnet}" --json -n blue pppoe list | grep -o '"lower":"[^"]*"'
ip -br -4 address show dev ppp0 | tr -s ' '; ip -br address show dev dsl0 | tr -s ' '
ping -q -c 1 -W 5 -I ppp0 10.8.0.1 | grep -o '[0-9]* received'; ping -q -c 1 -W 5 -s 1464 -M do -I dsl0 10.8.0.1 | grep -o '[0-9]* received'
stop alice
for try in $(seq 100); do [ "$(ip -n blue -br link show type tun | grep -c UP)" = 1 ] && break; sleep 0.05; done
ip -n blue -br link show type tun | cut -d' ' -f1
stop ac; wait \${pids[bob]}; echo "bob $?"
ip -br link show type tun; ip -n blue -br link show type tun
`)
    expect(stderr).toBe('')
    expect(stdout).toBe(
      'refused 1\nNAME PLACE ON SESSION CONCENTRATOR\nppp0 tun v0 1 vnet\ndsl0 tun v0 2 vnet\n"lower":"eth0"\n"lower":"eth0"\nppp0 UNKNOWN 10.8.0.10 peer 10.8.0.1/32 \ndsl0 UNKNOWN 10.8.0.77 peer 10.8.0.1/32 \n1 received\n1 received\n' +
        'alice 0\nppp1\nac 0\nbob 1\n',
    )
    expect(text('refused')).toMatch(
      /^vnet: pppoe connect v0: Permission denied \(EACCES\): wrong name or password\nhint: /,
    )
    const lines = (name: string) =>
      text(name)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { kind: string })
    const ipv4 = { local: '10.8.0.10', remote: '10.8.0.1', dns: ['192.0.2.53'] }
    expect(lines('alice.out')[0]).toMatchObject({ kind: 'ready', link: 'ppp0', session: 1, concentrator: 'vnet', ipv4 })
    expect(lines('ac.out')[0]).toEqual({ kind: 'ready', link: 'eth0' })
    expect(lines('ac.out')).toContainEqual({ kind: 'authenticated', method: 'pap', user: 'bob', by: 'us', session: 2 })
    expect(JSON.parse(text('bob.err'))).toMatchObject({ code: 'ECONNRESET', operation: 'pppoe connect' })
  })
})

describe('vnet pppoe', () => {
  const mock = mockCommand()

  it('says when nobody is there', () => {
    mock.program('link add veth v0 --up --peer v1')
    mock.program('link set v1 --up')
    const { status, stderr } = mock.program('pppoe --on v0 --attempts 1')
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^vnet: pppoe connect v0: Connection timed out \(ETIMEDOUT\): no concentrator answered 1 PADI\nhint: /,
    )
  })

  it.each(['alice', 'alice secret 10.0.0', 'alice secret 10.0.0.7 more'])('a user %j is refused', async (user) => {
    const folder = mkdtempSync(join(tmpdir(), 'vnet-pppoe-'))
    try {
      const file = join(folder, 'users')
      writeFileSync(file, `# users\n${user}\n`)
      const { status, err } = await record(`pppoe serve --on br0 --local 10.0.0.1 --secrets-file ${file}`)
      expect(status).toBe(2)
      expect(err).toContain(`${file}, line 2: `)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it.each([
    ['pppoe', /--on/],
    ['pppoe --on br0 --user alice', /--password-file/],
    ['pppoe --on br0 --place nowhere', /--place/],
    ['pppoe --on br0 --place kernel --clamp', /clamp/],
    ['pppoe --on br0 --method chip', /chap/],
    ['pppoe serve --on br0 --pool 10.0.0.1', /--pool/],
    ['pppoe serve --on br0 --pool 10.0.0.1-10.0.0.9', /--local/],
    ['pppoe serve --on br0 --dns 10.0.0.1', /--local/],
    ['pppoe serve --on br0 --method pap', /--secrets-file/],
    ['pppoe --on br0 --password-file key', /--user/],
    ['pppoe server', /serve/],
  ])('%s is refused', async (line, message) => {
    const { status, err } = await record(line)
    expect(status).toBe(2)
    expect(err).toMatch(message)
  })
})
