/** `vnet nic` on the mock: what it shows and refuses. */
import { describe, expect, it } from 'vitest'
import { mockCommand } from './mock-command.js'

const { call } = mockCommand()

describe('vnet nic explain', () => {
  it('decodes a predictable name', async () => {
    expect((await call('nic explain enp1s0f0np1')).stdout.split('\n')).toEqual([
      'enp1s0f0np1: a predictable name (udev, net.ifnames), ID_NET_NAME_PATH: Ethernet, named for its place on the PCI bus',
      '  en   Ethernet',
      '  p1   PCI bus 1 (01 in lspci)',
      '  s0   PCI device 0 on that bus (00 in lspci)',
      '  f0   function 0 of the device',
      '  np1  port p1, as its driver calls it',
      '',
    ])
  })

  it('decodes suffixes, and tells as JSON', async () => {
    expect((await call('nic explain eth0.5:web')).stdout).toContain('.5    VLAN 5 on eth0')
    expect(JSON.parse((await call('nic explain em1.42 --json')).stdout)).toMatchObject({
      name: 'em1.42',
      base: 'em1',
      suffixes: [{ field: 'vlan', value: 42 }],
      meanings: [{ scheme: 'biosdevname', usually: 'physical' }],
    })
  })

  it('says of a name that follows no scheme that somebody chose it', async () => {
    expect(await call('nic explain uplink')).toMatchObject({
      status: 0,
      stdout: 'uplink: uplink follows no naming scheme that we know: somebody chose it\n',
    })
  })

  it('refuses what no link can be called', async () => {
    expect(await call('nic explain a/b')).toMatchObject({ status: 2, stdout: '' })
    expect((await call('nic explain a/b')).stderr).toContain('no white space and no slash')
    expect(await call('nic explain')).toMatchObject({ status: 2 })
  })
})

describe('vnet nic list and show', () => {
  it('lists what is there, with what lies beneath', async () => {
    await call('link add veth eth7 --mac 02:00:00:00:00:07 --peer peer')
    await call('link set eth7 --up')
    expect((await call('nic list')).stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      'INDEX  NAME  WHAT               DRIVER  DEVICE  SPEED            CARRIER  MAC                BENEATH',
      '    1  lo    virtual, loopback                                   no       00:00:00:00:00:00',
      expect.stringMatching(/^ {4}2 {2}peer {2}virtual, veth {6}veth {12}10000 Mb\/s full {2}no .* eth7$/),
      expect.stringMatching(/^ {4}3 {2}eth7 {2}virtual, veth {6}veth .* 02:00:00:00:00:07 {2}peer$/),
      '',
    ])
    expect(await call('nic list --physical')).toMatchObject({ status: 0, stdout: '' })
    expect((await call('nic list --no-physical')).stdout.split('\n')).toHaveLength(5)
    expect(JSON.parse((await call('nic list --json')).stdout)).toMatchObject([
      { name: 'lo', physical: false },
      { name: 'peer', beneath: { name: 'eth7' } },
      { name: 'eth7', driver: 'veth', speed: 10_000 },
    ])
  })

  it('shows one whole, and says who named it', async () => {
    await call('link add tap tap3')
    await call('address add 10.0.0.1/24 --on tap3')
    const { stdout } = await call('nic show tap3')
    expect(stdout).toMatch(/^what +virtual, tap: software makes links of kind tap$/m)
    expect(stdout).toMatch(/^driver +tun 1\.6$/m)
    expect(stdout).toMatch(/^named by +kernel: it is such as the kernel gives$/m)
    expect(stdout).toMatch(/^ipv4 by +static$/m)
    expect(stdout).toMatch(/^address +10\.0\.0\.1\/24 static: its life has no end/m)
    expect(stdout).toMatch(/^features +tx-scatter-gather, /m)
    expect(JSON.parse((await call('nic show tap3 --json')).stdout)).toMatchObject([{ name: 'tap3', busAddress: 'tap' }])
    expect((await call('nic explain tap3')).stdout).toContain('here: named by kernel: it is such as the kernel gives')
    const { status, stdout: nothing, stderr } = await call('nic show nope')
    expect([status, nothing]).toEqual([1, ''])
    expect(stderr).toContain('ENODEV')
  })
})
