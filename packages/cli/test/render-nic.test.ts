/** NICs as text: of a card with all that a driver can tell. */
import type { Nic } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { nicColumns, nicPairs } from '../src/render/nic.js'

const card: Nic = {
  index: 2,
  name: 'enp1s0f0np0',
  altNames: ['eno1np0'],
  type: 'ether',
  physical: true,
  because: 'device 0000:01:00.0 on bus pci',
  wireless: false,
  device: { name: '0000:01:00.0', bus: 'pci', id: '14e4:16d8' },
  driver: 'bnxt_en',
  version: '6.1.0',
  firmware: '218.0',
  busAddress: '0000:01:00.0',
  mac: '3c:ec:ef:10:20:30',
  permanentMac: '3c:ec:ef:10:20:30',
  up: true,
  carrier: true,
  speed: 25_000,
  duplex: 'full',
  autonegotiation: false,
  port: 'fibre',
  supported: ['25000baseSR/Full', 'FIBRE'],
  advertised: ['25000baseSR/Full'],
  txQueues: 74,
  rxQueues: 74,
  channels: { combined: { now: 8, most: 74 } },
  rings: { rx: { now: 511, most: 2047 }, rxBufferLength: 2048 },
  features: [
    { name: 'rx-gro', active: true, fixed: false },
    { name: 'rx-lro', active: false, fixed: true },
    { name: 'tx-checksum-ipv4', active: true, fixed: false, requested: false },
  ],
  privateFlags: { 'legacy-rx': true, 'link-down': false },
  naming: {
    policy: 'path',
    because: 'it is the name that udev recorded as ID_NET_NAME_PATH',
    names: { path: 'enp1s0f0np0', onboard: 'eno1np0' },
    source: 'udev',
  },
}
const gone: Nic = {
  altNames: [],
  physical: true,
  because: 'device 0000:02:00.0 on bus pci; its link is eth0 in namespace blue',
  wireless: true,
  device: { name: '0000:02:00.0', bus: 'pci' },
  elsewhere: { name: 'eth0', index: 3, namespace: 'blue' },
}

const row = (nic: Nic) => Object.fromEntries(nicColumns.map(({ title, text }) => [title, text(nic)]))

describe('NICs for people', () => {
  it('as rows', () => {
    expect(row(card)).toMatchObject({
      NAME: 'enp1s0f0np0 eno1np0',
      WHAT: 'physical',
      DEVICE: 'pci 0000:01:00.0',
      SPEED: '25000 Mb/s full',
      CARRIER: 'yes',
      BENEATH: '',
    })
    expect(row(gone)).toMatchObject({ INDEX: '', NAME: '-', WHAT: 'physical, wireless', ELSEWHERE: 'eth0 in blue' })
    const beneath = { index: 7, namespaceId: 3 }
    expect(row({ ...card, beneath, busAddress: 'else', device: { name: 'virtio2', bus: 'virtio' } })).toMatchObject({
      BENEATH: 'if7 in 3',
      DEVICE: 'virtio virtio2 (else)',
    })
  })

  it('whole', () => {
    const few = Object.fromEntries(nicPairs(card, false))
    expect(few).toMatchObject({
      what: 'physical: device 0000:01:00.0 on bus pci',
      driver: 'bnxt_en 6.1.0',
      channels: 'combined 8 of 74',
      rings: 'rx 511 of 2047, rxBufferLength 2048',
      features: 'rx-gro, tx-checksum-ipv4 (wanted off)',
      'private flags': 'legacy-rx on, link-down off',
      names: 'path enp1s0f0np0, onboard eno1np0',
    })
    expect(Object.fromEntries(nicPairs(card, true)).features).toBe(
      'rx-gro on, rx-lro off fixed, tx-checksum-ipv4 on (wanted off)',
    )
    expect(Object.fromEntries(nicPairs(gone, true))).toMatchObject({
      name: '',
      features: '',
      elsewhere: 'eth0 in blue',
    })
  })
})
