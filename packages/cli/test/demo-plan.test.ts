/** What the demo builds: addresses from the pool, and MACs that stay the same. */
import { describe, expect, it } from 'vitest'
import { planLab } from '../src/demo/plan.js'
import { AddressPool } from '../src/demo/pool.js'

describe('address pool', () => {
  it('hands out the lowest free address, never the network, the gateway, or the broadcast', () => {
    const pool = new AddressPool('10.0.0.0/29', ['10.0.0.1', '10.0.0.3'])
    expect([pool.take(), pool.take(), pool.take(), pool.take()]).toEqual([
      '10.0.0.2',
      '10.0.0.4',
      '10.0.0.5',
      '10.0.0.6',
    ])
    expect(() => pool.take()).toThrow(expect.objectContaining({ code: 'ENOSPC', subject: '10.0.0.0/29' }))
  })

  it('has nothing to hand out of the smallest networks, and works at the end of the address space', () => {
    expect(() => new AddressPool('10.0.0.0/31', []).take()).toThrow()
    expect(() => new AddressPool('10.0.0.0/32', []).take()).toThrow()
    expect(new AddressPool('255.255.255.252/30', []).take()).toBe('255.255.255.253')
    expect(() => new AddressPool('fd00::/64', [])).toThrow(TypeError)
  })
})

describe('plan', () => {
  it('is the network that docker makes', () => {
    expect(planLab()).toEqual({
      bridge: { name: 'docker0', mac: '02:42:ac:11:00:01', address: '172.17.0.1' },
      length: 16,
      containers: [
        {
          name: 'container1',
          address: '172.17.0.2',
          mac: '02:42:ac:11:00:02',
          port: { name: 'veth1', mac: '02:43:ac:11:00:02' },
        },
        {
          name: 'container2',
          address: '172.17.0.3',
          mac: '02:42:ac:11:00:03',
          port: { name: 'veth2', mac: '02:43:ac:11:00:03' },
        },
      ],
    })
  })

  it('goes around addresses that are in use', () => {
    expect(planLab(['172.17.0.2', '10.0.0.1']).containers.map(({ address }) => address)).toEqual([
      '172.17.0.3',
      '172.17.0.4',
    ])
  })
})
