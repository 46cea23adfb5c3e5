/** `vnet trace` on the mock: one line for each router, and what a way that does not exist gives. */
import { describe, expect, it } from 'vitest'
import { mockCommand } from './mock-command.js'

const { call } = mockCommand()

/** Times are the machine's own. */
const untimed = (text: string) => text.replace(/\d+(\.\d+)? ms/g, 'T')

describe('vnet trace on the mock', () => {
  it('shows routers, the end, and who says that there is no way on', async () => {
    for (const line of [
      'namespace add router',
      'namespace add far',
      'link set lo --up',
      'link add veth a --up --peer b',
      'link set b --to-namespace router',
      '--namespace router link set b --up',
      '--namespace router link add veth c --up --peer d',
      '--namespace router link set d --to-namespace far',
      '--namespace far link set d --up',
      'address add 10.0.0.1/24 --on a',
      '--namespace router address add 10.0.0.2/24 --on b',
      '--namespace router address add 10.0.1.1/24 --on c',
      '--namespace far address add 10.0.1.2/24 --on d',
      '--namespace router sysctl set net.ipv4.ip_forward 1',
      'route add default --via 10.0.0.2',
      '--namespace far route add default --via 10.0.1.1',
    ]) {
      expect(await call(line), line).toMatchObject({ status: 0, stderr: '' })
    }
    expect(untimed((await call('trace 10.0.1.2')).stdout)).toBe(' 1  10.0.0.2  T  T  T\n 2  10.0.1.2  T  T  T\n')
    expect(untimed((await call('traceroute 10.9.0.1 -q 1')).stdout)).toBe(
      ' 1  10.0.0.2  T  (10.0.0.2 says: network unreachable)\n',
    )
    const [hop] = JSON.parse((await call('trace 10.0.1.2 -m 1 -q 1 --json')).stdout)
    expect(hop).toMatchObject({
      ttl: 1,
      reached: false,
      probes: [{ from: '10.0.0.2', problem: { type: 11, code: 0 } }],
    })
    expect(await call('trace 10.0.1.2 -m 0')).toMatchObject({ status: 2 })
  }, 60_000)
})
