/** The command on the kernel, through both bindings, in namespaces of its own: the contract, and the demo. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { hasOtherUser, inSandbox, noDriver, noSandbox, vnet } from './sandbox.js'

/** What a demo prints, without what differs from run to run. */
function settled(text: string): string {
  return text.replace(/ +[\d.]+ ms/g, ' T').replace(/\b(napi|ffi)\b/g, 'DRIVER')
}

const reports: Record<string, string> = {}

describe.each(['napi', 'ffi'])('vnet --driver %s', (driver) => {
  const reason = noDriver(driver)
  const env = { VNET_DRIVER: driver }
  const test = (name: string, body: () => void) =>
    it(name, ({ skip }) => (reason === undefined ? body() : skip(reason)), 200_000)

  test('does what the contract shows', () => {
    const { status, stdout, stderr } = inSandbox(
      `set -e
vnet link add bridge br0 --stp --forward-delay 4
vnet namespace add blue
vnet link add veth v0 --peer eth0 --peer-namespace blue
vnet link set v0 --up --master br0 --mtu 1400
vnet link list --kind bridge; vnet link list --master br0
vnet address add 172.10.1.10/24 --on br0 --label br0:1
vnet link set br0 --up
vnet route add default --via 172.10.1.1
ip -d link show br0 | grep -o 'forward_delay [0-9]*\\|stp_state [0-9]'
ip addr show br0 | grep -o 'inet .*'; ip route show default; ip link show v0 | grep -o 'mtu [0-9]* .*master [a-z0-9]*'
vnet fdb list --on br0 | grep -c permanent
vnet namespace exec blue -- ip -br link | cut -d' ' -f1
vnet netns exec blue ip -o link show eth0 | grep -o 'eth0@if[0-9]*'
vnet tree | grep -c .
vnet netns del blue; vnet netns`,
      env,
    )
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toContain('forward_delay 400\nstp_state 1')
    expect(stdout).toContain('inet 172.10.1.10/24 scope global br0:1')
    expect(stdout).toContain('default via 172.10.1.1 dev br0')
    expect(stdout).toMatch(/mtu 1400 .*master br0/)
    expect(stdout).toMatch(/\nlo\neth0@if\d+\neth0@if\d+\n/)
  })

  test('doctor tells of every kind of link what the kernel says, and what to do about the rest', () => {
    const { status, stdout } = inSandbox('vnet doctor --json', env)
    expect(status).toBe(0)
    type Answer = { has: boolean; reason?: string; remedy?: string }
    const { backends } = JSON.parse(stdout) as {
      backends: { name: string; capabilities: Record<string, Answer> }[]
    }
    const answers = Object.entries(backends.find(({ name }) => name === driver)?.capabilities ?? {})
    expect(answers.length).toBeGreaterThan(30)
    for (const [capability, { has, reason, remedy }] of answers) {
      if (has) continue
      expect([capability, reason?.length ?? 0, remedy?.length ?? 0], capability).not.toContain(0)
      expect(remedy, capability).not.toBe(reason)
    }
    // Asking for a kind by name loads its module, and some make links of the machine then (docs/decisions/0006).
    if (existsSync('/proc/modules')) return
    // ip is told of a kind that is not there by this sentence, whatever else it lacks.
    const links = answers.flatMap(([name]) => (name.startsWith('link ') ? [name.slice(5)] : []))
    const asked = links.filter((kind) => kind !== 'tun' && kind !== 'tap')
    const script = asked.map((kind) => `ip link add type ${kind} 2>&1 | grep -c 'Unknown device type'`).join('\n')
    const unknown = inSandbox(script).stdout.trim().split('\n')
    const has = new Map(answers.map(([name, answer]) => [name, answer.has]))
    expect(asked.map((kind) => [kind, has.get(`link ${kind}`)])).toEqual(
      asked.map((kind, index) => [kind, unknown[index] === '0']),
    )
  })

  test('ends as the program does that it runs', () => {
    const { stdout } = inSandbox(
      `vnet netns add blue
vnet netns exec blue -- true; echo $?
vnet netns exec blue -- sh -c 'exit 7'; echo $?
vnet netns exec blue -- sh -c 'kill -KILL $$'; echo $?
vnet netns exec nosuch -- true 2>/dev/null; echo $?
vnet netns exec blue -- /no/such/program 2>/dev/null; echo $?
echo text | vnet netns exec blue -- cat`,
      env,
    )
    expect(stdout).toMatch(/^0\n7\n137\n1\n[1-9]\d*\ntext\n$/)
  })

  test('tells failures with a hint, and wrong usage', () => {
    const { stdout, stderr } = inSandbox(
      `vnet link add bridge br0; vnet link add bridge br0; echo $?
vnet --json link delete nosuch; echo $?
vnet link add other nosuchkind x; echo $?
vnet link add bridge br1 --forward-delay 99; echo $?`,
      env,
    )
    expect(stdout).toBe('1\n1\n1\n2\n')
    expect(stderr).toContain('vnet: link add br0: File exists (EEXIST)')
    expect(stderr).toContain('"code":"ENODEV","operation":"link delete","subject":"nosuch"')
    expect(stderr).toMatch(/vnet: link add x: .*\(EOPNOTSUPP\)/)
  })

  test('pings and watches', () => {
    const { stdout, stderr } = inSandbox(
      `vnet netns add blue
vnet link add veth v0 --peer eth0 --peer-namespace blue --peer-up --up
"${process.execPath}" "${vnet}" watch --json address >/tmp/watch.$$ & watcher=$!
# Not through the function: then the signal would be the shell's.
sleep 3
vnet address add 10.0.0.1/24 --on v0; vnet -n blue address add 10.0.0.2/24 --on eth0
sleep 1; kill -INT $watcher; wait $watcher; echo "watch $?"
vnet ping 10.0.0.2 -c 2 -i 0.1; echo "ping $?"
vnet --json ping 10.0.0.2 -c 1
vnet -n blue ping 192.0.2.1 -c 1; echo "ping $?"
cat /tmp/watch.$$; rm /tmp/watch.$$`,
      env,
    )
    expect(stdout).toContain('watch 0\n')
    expect(stdout).toMatch(/64 octets from 10\.0\.0\.2: sequence 2 ttl 64 time [\d.]+ ms\n2 sent, 2 received/)
    expect(stdout).toContain('ping 0\n')
    expect(stdout).toMatch(/\{"address":"10\.0\.0\.2","sent":1,"received":1,"replies":\[\{/)
    expect(stdout).toContain('no answer: sequence 1 (ENETUNREACH)\n1 sent, 0 received\nping 1\n')
    expect(stdout).toMatch(/\{"time":"[^"]*","kind":"address add","group":"address","object":\{"index":\d+,"dev":"v0"/)
    expect(stderr).toContain('(ENETUNREACH)')
  })

  test('demo: packets flow, MACs are learned, nothing is left', () => {
    const { status, stdout, stderr } = inSandbox('vnet demo; status=$?; ip -br link; ls /run/netns; exit $status', env)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toMatch(/container1 → container2 \(172\.17\.0\.3\) +[\d.]+ ms +[\d.]+ ms +[\d.]+ ms\n/)
    expect(stdout).toMatch(/container2 → gateway \(172\.17\.0\.1\) +[\d.]+ ms/)
    expect(stdout).toContain('PORT   MAC\n  veth1  02:42:ac:11:00:02\n  veth2  02:42:ac:11:00:03\n')
    expect(stdout).toContain('nothing is left\nlo ')
    expect(stdout).not.toMatch(/nothing is left\n.*(docker0|veth)/s)
    reports[driver] = settled(stdout)
  })

  test('demo --here: in this namespace, and gone again', () => {
    const { stdout, stderr, status } = inSandbox(
      `vnet demo --here --count 1 --json >/dev/null || exit 9
ip -br link | cut -d' ' -f1
ip link add veth2 type bridge; vnet demo --here; echo $?
ip -br link | cut -d' ' -f1`,
      env,
    )
    expect(status).toBe(0)
    expect(stdout).toMatch(/^lo\n.*\n?1\nlo\nveth2\n$/s)
    expect(stderr).toContain('vnet: demo veth2: File exists (EEXIST)')
  })

  test('demo: removes everything when it is interrupted, or when a step fails', () => {
    const { stdout } = inSandbox(
      `run() { "${process.execPath}" "${vnet}" demo --here --count 1000000 >/tmp/demo.$$ 2>&1 & demo=$!
for try in $(seq 200); do grep -q gateway /tmp/demo.$$ && break; grep -q '→' /tmp/demo.$$ && break; sleep 0.05; done; }
run; ip -br link | grep -c 'docker0\\|veth'; kill -INT $demo; wait $demo; echo "INT $?"; ip -br link | cut -d' ' -f1
run; kill -TERM $demo; wait $demo; echo "TERM $?"; ip -br link | cut -d' ' -f1
run; ip link del veth1; wait $demo; echo "failed $?"; ip -br link | cut -d' ' -f1
tail -n 20 /tmp/demo.$$ | grep -o 'vnet: ping.*'; rm /tmp/demo.$$`,
      env,
    )
    expect(stdout).toMatch(/^3\nINT 130\nlo\nTERM 143\nlo\nfailed 1\nlo\nvnet: ping 172\.17\.0\.3: /)
  })
})

describe('vnet demo', { timeout: 120_000 }, () => {
  it('prints the same on both bindings', ({ skip }) => {
    const reason = noDriver('napi') ?? noDriver('ffi')
    if (reason !== undefined) return skip(reason)
    expect(reports.ffi).toBe(reports.napi)
  })

  it('needs no root: it goes into user, network and mount namespaces of its own', ({ skip }) => {
    if (noSandbox !== undefined) return skip(noSandbox)
    if (process.getuid?.() === 0 && !hasOtherUser) return skip('needs another user beside root, and setpriv')
    const user = hasOtherUser ? ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] : []
    const probe = spawnSync([...user, 'unshare', '--user', '--map-root-user', '--net', '--mount', 'true'].join(' '), {
      shell: true,
    })
    if (probe.status !== 0) return skip('needs user namespaces')
    const line = [...user, process.execPath, vnet, 'demo', '--count', '1'].join(' ')
    const { status, stdout, stderr } = spawnSync(line, {
      shell: true,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toContain('without root, in user, network and mount namespaces of its own')
    expect(stdout).toMatch(/container1 → container2 \(172\.17\.0\.3\) +[\d.]+ ms/)
    expect(stdout).toContain('nothing is left')
  })

  it('names the way out where user namespaces are refused too', ({ skip }) => {
    if (noSandbox !== undefined) return skip(noSandbox)
    // Without a user id in the new user namespace none may be made inside it.
    const user = hasOtherUser ? 'setpriv --reuid 65534 --regid 65534 --clear-groups ' : ''
    const line = `${user}unshare --user ${process.execPath} ${vnet} demo`
    const { status, stderr, stdout } = spawnSync(line, { shell: true, encoding: 'utf8' })
    if (/unshare failed/.test(stderr) && !stderr.includes('vnet:')) return skip('needs user namespaces')
    expect(stdout).toBe('')
    expect(status).toBe(1)
    expect(stderr).toContain('user namespaces are refused')
    expect(stderr).toContain('vnet demo --driver mock')
  })
})
