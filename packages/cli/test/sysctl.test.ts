/** `vnet sysctl` on the mock: what it takes, shows and refuses. */
import { describe, expect, it } from 'vitest'
import { mockCommand } from './mock-command.js'

const { call } = mockCommand()

const done = { status: 0, stdout: '', stderr: '' }

describe('vnet sysctl on the mock', () => {
  it('reads, sets and lists', async () => {
    expect(await call('sysctl set net.ipv4.ip_forward 1')).toEqual(done)
    expect(await call('sysctl set net/ipv4/conf/lo/rp_filter=2')).toEqual(done)
    expect((await call('sysctl get net.ipv4.conf.default.forwarding net.ipv4.conf.lo.rp_filter')).stdout).toBe('1\n2\n')
    expect((await call('sysctl list net.ipv4.route')).stdout).toBe(
      'net.ipv4.route.min_pmtu = 552\nnet.ipv4.route.mtu_expires = 600\n',
    )
    expect(JSON.parse((await call('sysctl get net.ipv4.ip_forward --json')).stdout)).toEqual([
      { name: 'net.ipv4.ip_forward', value: '1' },
    ])
  })

  it('refuses what is not there, and what is no value', async () => {
    expect(await call('sysctl get net.ipv4.nope')).toMatchObject({ status: 1, stdout: '' })
    expect((await call('sysctl set net.ipv4.nope 1')).stderr).toContain('ENOENT')
    expect((await call('sysctl set net.ipv4.ip_forward many')).stderr).toContain('EINVAL')
    expect(await call('sysctl set net.ipv4.ip_forward')).toMatchObject({ status: 2 })
    expect(await call('sysctl get kernel.hostname')).toMatchObject({ status: 2 })
  })
})
