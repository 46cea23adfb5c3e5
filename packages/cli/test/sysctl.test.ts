/** `vnet sysctl` on the mock: what it takes, shows and refuses. */
import { describe, expect, it } from 'vitest'
import { mockCommand } from './mock-command.js'

const { call } = mockCommand()

const done = { status: 0, stdout: '', stderr: '' }

describe('vnet sysctl on the mock', () => {
  it('reads, sets and lists', () => {
    expect(call('sysctl set net.ipv4.ip_forward 1')).toEqual(done)
    expect(call('sysctl set net/ipv4/conf/lo/rp_filter=2')).toEqual(done)
    expect(call('sysctl get net.ipv4.conf.default.forwarding net.ipv4.conf.lo.rp_filter').stdout).toBe('1\n2\n')
    expect(call('sysctl list net.ipv4.route').stdout).toBe(
      'net.ipv4.route.min_pmtu = 552\nnet.ipv4.route.mtu_expires = 600\n',
    )
    expect(JSON.parse(call('sysctl get net.ipv4.ip_forward --json').stdout)).toEqual([
      { name: 'net.ipv4.ip_forward', value: '1' },
    ])
  })

  it('refuses what is not there, and what is no value', () => {
    expect(call('sysctl get net.ipv4.nope')).toMatchObject({ status: 1, stdout: '' })
    expect(call('sysctl set net.ipv4.nope 1').stderr).toContain('ENOENT')
    expect(call('sysctl set net.ipv4.ip_forward many').stderr).toContain('EINVAL')
    expect(call('sysctl set net.ipv4.ip_forward')).toMatchObject({ status: 2 })
    expect(call('sysctl get kernel.hostname')).toMatchObject({ status: 2 })
  })
})
