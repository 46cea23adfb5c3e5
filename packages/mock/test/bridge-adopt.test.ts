/** A NIC that is taken into a bridge and out of it: whichever step fails, all is as it was. @module */
import type { BridgeMove, Host } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { diffStates, type FaultOperation } from '../src/index.js'
import { type Lab, mac, openLab } from './lab.js'

/** Everything that changes something on the way. */
const steps: readonly FaultOperation[] = [
  ...(['link add', 'link set', 'link delete', 'address add', 'address set', 'address delete'] as const),
  ...(['route set', 'neighbour set', 'neighbour delete', 'rule add', 'rule delete'] as const),
]

/** What a bridge finds out by itself while it is up, and keeps. */
const isOwn = /^fdb entry|^link (br0|lan) changed: ((bridge\.fdbLearned|qdisc|limits\.\w+) [^,]+(, )?)+$/

/** A host whose NIC has one of everything. */
async function furnish({ host, clock }: Lab): Promise<void> {
  const router = await host.namespace.add('router')
  await host.link.add({
    kind: 'veth',
    name: 'eth0',
    mac: mac(1),
    up: true,
    peer: { name: 'wan', mac: mac(2), up: true, namespace: router },
  })
  await host.link.add({ kind: 'bridge', name: 'lan', mac: mac(3) })
  await host.address.add({ link: 'lan', address: '2001:db8:5::1/64', noDad: true })
  await host.address.add({ link: 'eth0', address: '10.0.0.5/24' })
  await host.address.add({ link: 'eth0', address: '10.0.0.6/24', label: 'eth0:1', validLifetime: 1000 })
  await host.address.add({ link: 'eth0', address: '2001:db8::5/64' })
  await host.address.add({ link: 'eth0', address: '2001:db8:1::5/64', validLifetime: 9000, preferredLifetime: 500 })
  clock.advance(5)
  await host.route.add({ destination: 'default', via: '10.0.0.1', metric: 50 })
  await host.route.add({ destination: 'default', family: 6, via: '2001:db8::1' })
  await host.route.add({ destination: '10.8.0.0/16', link: 'eth0', scope: 'link', table: 100 })
  await host.neighbour.add({ link: 'eth0', address: '10.0.0.9', mac: mac(9) })
  await host.neighbour.add({ link: 'eth0', address: '10.0.0.10', proxy: true })
  await host.rule.add({ priority: 70, inputLink: 'eth0', table: 100 })
  await router.close()
}

/** Lets one step after another fail, until none is left; how many there are. */
async function failEach(lab: Lab, act: (host: Host) => Promise<BridgeMove>): Promise<number> {
  const { host, driver, clock } = lab
  const before = driver.save()
  for (let nth = 1; ; nth++) {
    using fault = driver.faults.fail({ operation: steps, nth, error: 'ENOMEM' })
    const outcome = await act(host).catch((error) => error)
    if (fault.hits === 0) {
      expect(outcome).toMatchObject({ link: 'eth0' })
      return nth - 1
    }
    expect(outcome).toMatchObject({ code: 'VNET_TRANSACTION', subject: 'eth0', cause: { code: 'ENOMEM' } })
    expect(outcome.notUndone).toBeUndefined()
    // Addresses that were made again look for others who have them.
    clock.advance(3)
    const found = (await diffStates(before, driver.save())).map(({ text }) => text).filter((text) => !isOwn.test(text))
    expect(found, `step ${nth}`).toEqual([])
  }
}

describe('a failure at each step', () => {
  test.each([
    ['a bridge that is made', undefined],
    ['a bridge that is there, and is down', 'lan'],
  ])('with %s leaves the NIC as it was, and so does one on the way back', async (_, bridge) => {
    const lab = await openLab()
    await furnish(lab)
    expect(
      await failEach(lab, (host) => host.bridge.adopt({ link: 'eth0', ...(bridge === undefined ? {} : { bridge }) })),
    ).toBeGreaterThan(20)
    lab.clock.advance(3)
    const deleteBridge = bridge === undefined
    expect(await failEach(lab, (host) => host.bridge.release({ link: 'eth0', deleteBridge }))).toBeGreaterThan(20)
    await lab.host.close()
  })

  test('a NIC that vanishes in the middle is told, and its bridge is taken back', async () => {
    const lab = await openLab()
    await furnish(lab)
    const { host, driver } = lab
    const gone = driver.faults.fail({ operation: 'route set', error: 'ENODEV', where: () => true })
    const error = await host.bridge.adopt({ link: 'eth0' }).catch((failure) => failure)
    expect(error).toMatchObject({ code: 'VNET_TRANSACTION', operation: 'bridge adopt', cause: { code: 'ENODEV' } })
    expect(gone.hits).toBe(1)
    expect(await host.link.get('br0')).toBeUndefined()
    await host.close()
  })
})

describe('the way to the session', () => {
  test.each(['ENETUNREACH', 'EHOSTUNREACH', 'EACCES', 'EINVAL'] as const)(
    'that is none (%s) is in no danger',
    async (error) => {
      const lab = await openLab()
      await furnish(lab)
      using _ = lab.driver.faults.fail({ operation: 'route get', error })
      expect(await lab.host.bridge.adopt({ link: 'eth0', session: '198.51.100.7' })).toMatchObject({ bridge: 'br0' })
      await lab.host.close()
    },
  )

  test.each(['ENOBUFS', 'EPERM'] as const)('that cannot be told (%s) keeps the NIC where it is', async (error) => {
    const lab = await openLab()
    await furnish(lab)
    const { host, driver } = lab
    using _ = driver.faults.fail({ operation: 'route get', error })
    await expect(host.bridge.adopt({ link: 'eth0', session: '198.51.100.7' })).rejects.toMatchObject({ code: error })
    expect(await host.link.get('br0')).toBeUndefined()
    await host.close()
  })
})

describe('wrong arguments', () => {
  test.each([
    ['no link', {}, 'spec.link'],
    ['an address that is none', { link: 'eth0', session: 'localhost' }, 'spec.session'],
    ['a link that is none', { link: 'eth0', session: 'fe80::1%a/b' }, 'spec.session'],
    ['force that is a word', { link: 'eth0', force: 'yes' }, 'spec.force'],
    ['what only the way back has', { link: 'eth0', deleteBridge: true }, 'spec.deleteBridge'],
  ])('%s', async (_, spec, attribute) => {
    const { host } = await openLab()
    await expect(host.bridge.adopt(spec as never)).rejects.toMatchObject({ operation: 'bridge adopt', attribute })
    await host.close()
  })
})
