/** NICs: folders of sysfs and records of udev as they are on machines that are not here, and drivers that refuse. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Link, predictableNames } from '@vnet/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NicCarrier } from '../src/nic/carrier.js'
import { deviceOf } from '../src/nic/device.js'
import { udevProperties } from '../src/nic/naming.js'
import { placeOf } from '../src/nic/place.js'
import { carryOutNic, type NicRequest } from '../src/nic/read.js'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vnet-nic-'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** A file of sysfs; `->` makes a symbolic link. */
function files(entries: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(entries)) {
    const whole = join(root, path)
    mkdirSync(dirname(whole), { recursive: true })
    if (typeof content === 'string' && content.startsWith('->')) symlinkSync(join(root, content.slice(2)), whole)
    else writeFileSync(whole, content)
  }
}

const linkOf = (more: Partial<Link>): Link =>
  ({ index: 2, name: 'eth0', type: 'ether', mac: '3c:ec:ef:10:20:30', altNames: [], ...more }) as Link

/** The configuration space of a device, with or without the bit for several functions. */
const config = (multifunction: boolean) =>
  Uint8Array.from({ length: 64 }, (_, at) => (at === 14 && multifunction ? 0x80 : 0))

/** A device at a path, bound to a driver, with files of its link. */
function device(
  bus: string,
  path: string,
  driver: string,
  own: Readonly<Record<string, string | Uint8Array>> = {},
): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  files({
    [`bus/${bus}/devices/${name}`]: `->${path}`,
    [`${path}/driver`]: `->bus/${bus}/drivers/${driver}`,
    ...Object.fromEntries(Object.entries(own).map(([file, content]) => [`${path}/${file}`, content])),
  })
  return name
}

const netFiles = (more: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(
    Object.entries({ addr_assign_type: '0\n', dev_port: '0\n', ...more }).map(([file, text]) => [
      `net/eth0/${file}`,
      text,
    ]),
  )

/** The device and the names of a link. */
function told(more: Partial<Link>) {
  const link = linkOf(more)
  const found = deviceOf(link, true, root)
  if (found === undefined) throw new Error('there is no device')
  const place = placeOf(link, found, root)
  return { ...found.device, driver: found.driver, names: place === undefined ? undefined : predictableNames(place) }
}

describe('devices in sysfs', () => {
  it('a card with two functions in a slot, and a number of the firmware', () => {
    const name = device('pci', 'devices/pci0000:00/0000:00:01.0/0000:01:00.1', 'bnxt_en', {
      vendor: '0x14e4\n',
      device: '0x16d8\n',
      config: config(true),
      acpi_index: '2\n',
      label: 'NIC 2\n',
      ...netFiles({ phys_port_name: 'p1\n' }),
    })
    files({ 'bus/pci/slots/5/address': '0000:01:00\n', 'bus/pci/slots/6/address': '0000:02:00\n' })
    expect(told({ parentBus: 'pci', parentDevice: name })).toEqual({
      name: '0000:01:00.1',
      bus: 'pci',
      id: '14e4:16d8',
      driver: 'bnxt_en',
      names: {
        onboard: 'eno2np1',
        label: 'NIC 2',
        slot: 'ens5f1np1',
        path: 'enp1s0f1np1',
        mac: 'enx3cecef102030',
      },
    })
  })

  it('a virtual function is named for the physical one', () => {
    device('pci', 'devices/pci0000:3b/0000:3b:00.0', 'ice', { config: config(true) })
    const name = device('pci', 'devices/pci0000:3b/0000:3b:01.2', 'iavf', netFiles({ addr_assign_type: '1\n' }))
    files({
      'devices/pci0000:3b/0000:3b:01.2/physfn': '->devices/pci0000:3b/0000:3b:00.0',
      'devices/pci0000:3b/0000:3b:00.0/virtfn7': '->devices/pci0000:3b/0000:3b:01.1',
      'devices/pci0000:3b/0000:3b:00.0/virtfn10': '->devices/pci0000:3b/0000:3b:01.2',
    })
    expect(told({ parentBus: 'pci', parentDevice: name }).names).toEqual({ path: 'enp59s0f0v10' })
  })

  it('virtio below PCI, a wireless card, and one of USB', () => {
    const virtio = device('virtio', 'devices/pci0000:00/0000:00:03.0/virtio2', 'virtio_net', netFiles())
    expect(told({ parentBus: 'virtio', parentDevice: virtio }).names).toEqual({
      path: 'enp0s3',
      mac: 'enx3cecef102030',
    })
    const wlan = device(
      'pci',
      'devices/pci0000:00/0000:00:1c.1/0000:03:00.0',
      'iwlwifi',
      netFiles({ uevent: 'DEVTYPE=wlan\nINTERFACE=eth0\n' }),
    )
    expect(told({ parentBus: 'pci', parentDevice: wlan }).names).toMatchObject({ path: 'wlp3s0' })
    const path = 'devices/pci0000:00/0000:00:1d.0/usb2/2-1/2-1.4'
    const usb = device('usb', `${path}/2-1.4:1.6`, 'qmi_wwan', netFiles({ uevent: 'DEVTYPE=wwan\n' }))
    files({ [`${path}/idVendor`]: '1199\n', [`${path}/idProduct`]: '9071\n' })
    expect(told({ parentBus: 'usb', parentDevice: usb })).toMatchObject({
      id: '1199:9071',
      names: { path: 'wwp0s29u1u4i6' },
    })
  })

  it('buses without PCI', () => {
    const ccw = device('ccwgroup', 'devices/qeth/0.0.0600', 'qeth', netFiles())
    expect(told({ parentBus: 'ccwgroup', parentDevice: ccw }).names).toMatchObject({ path: 'enc600' })
    const xen = device('xen', 'devices/vif-1', 'vif', netFiles())
    expect(told({ parentBus: 'xen', parentDevice: xen }).names).toMatchObject({ slot: 'enX1' })
    const vio = device('vio', 'devices/vio/30000102', 'ibmveth', netFiles())
    expect(told({ parentBus: 'vio', parentDevice: vio }).names).toMatchObject({ slot: 'env258' })
    const acpi = device('platform', 'devices/platform/HISI00C2:00', 'hns', netFiles())
    expect(told({ parentBus: 'platform', parentDevice: acpi }).names).toMatchObject({ path: 'enahisic2i0' })
    const tree = device('platform', 'devices/platform/fd580000.ethernet', 'bcmgenet', netFiles())
    files({
      'devices/platform/fd580000.ethernet/of_node': '->firmware/devicetree/base/scb/ethernet@7d580000',
      'firmware/devicetree/base/aliases/ethernet0': '/scb/ethernet@7d580000\0',
    })
    expect(told({ parentBus: 'platform', parentDevice: tree }).names).toMatchObject({ onboard: 'end0' })
    const other = device('mdio_bus', 'devices/mdio_bus/fixed-0:00', 'b53', netFiles())
    expect(told({ parentBus: 'mdio_bus', parentDevice: other }).names).toEqual({ mac: 'enx3cecef102030' })
  })

  it('of an older kernel the folder of the link is taken, where it is of this link', () => {
    const name = device('pci', 'devices/pci0000:00/0000:00:08.0', 'e1000', netFiles())
    files({
      'class/net/eth0': '->devices/pci0000:00/0000:00:08.0/net/eth0',
      [`devices/pci0000:00/${name}/net/eth0/device`]: `->devices/pci0000:00/${name}`,
      [`devices/pci0000:00/${name}/net/eth0/ifindex`]: '2\n',
      [`devices/pci0000:00/${name}/net/eth0/address`]: '3c:ec:ef:10:20:30\n',
      [`devices/pci0000:00/${name}/subsystem`]: '->bus/pci',
    })
    expect(told({})).toMatchObject({ name: '0000:00:08.0', bus: 'pci', driver: 'e1000', names: { path: 'enp0s8' } })
    expect(deviceOf(linkOf({}), false, root)).toBeUndefined()
    expect(deviceOf(linkOf({ index: 3 }), true, root)).toBeUndefined()
    expect(deviceOf(linkOf({ mac: '3c:ec:ef:10:20:31' }), true, root)).toBeUndefined()
  })

  it('a device without a folder is told by what the kernel said', () => {
    expect(told({ parentBus: 'pci', parentDevice: '0000:09:00.0' })).toEqual({
      name: '0000:09:00.0',
      bus: 'pci',
      driver: undefined,
      names: undefined,
    })
  })
})

describe('what udev recorded', () => {
  const recorded = (text: string, more: Partial<Link> = {}) => {
    files({ n2: text })
    return udevProperties(linkOf(more), root)
  }
  it('is taken by MAC or by name', () => {
    const text = 'I:1234\nE:ID_NET_NAME_MAC=enx3cecef102030\nE:ID_NET_NAME_PATH=enp1s0\nE:ID_BUS=pci\nG:systemd\n'
    expect(recorded(text)).toMatchObject({ ID_NET_NAME_PATH: 'enp1s0', ID_BUS: 'pci' })
    expect(recorded(text, { mac: '02:00:00:00:00:01', name: 'enp1s0' })).toBeDefined()
    expect(recorded(text, { mac: '02:00:00:00:00:01', altNames: ['enp1s0'] })).toBeDefined()
  })
  it('is not taken where it is of another link', () => {
    const text = 'E:ID_NET_NAME_MAC=enx3cecef102030\nE:ID_NET_NAME_PATH=enp1s0\n'
    expect(recorded(text, { mac: '02:00:00:00:00:01' })).toBeUndefined()
    expect(udevProperties(linkOf({ index: 9 }), root)).toBeUndefined()
  })
})

describe('a driver that refuses', () => {
  /** What `link get` gives, call by call, the last for ever; every question to the driver is refused with an error number. */
  function carrier(links: readonly (Link | undefined)[], errno = 95): NicCarrier {
    let asked = 0
    const refuse = () => {
      throw Object.assign(new Error('ioctl: Operation not supported'), {
        code: 'EOPNOTSUPP',
        errno: 95,
        syscall: 'ioctl',
      })
    }
    return {
      value: async ({ operation }: { operation: string }) => {
        if (operation === 'namespace list') return []
        const next = links[Math.min(asked++, links.length - 1)]
        return operation === 'link list' ? [next] : next
      },
      generic: { question: async () => ({ errno }) },
      syscalls: { socket: () => 5, close: () => {}, ioctlPointing: refuse },
      ownFd: undefined,
      in: async () => [[]],
      namespaceFd: () => {
        throw Object.assign(new Error('not here'), { code: 'ENOENT' })
      },
    } as unknown as NicCarrier
  }
  const get: NicRequest = { operation: 'nic get', spec: { link: 'eth0' } }
  const link = linkOf({ name: 'nic-test0', index: 4242, kind: 'veth', up: true })

  it.each([95, 22, 1])('with error number %i: what it does not tell is absent', async (errno) => {
    expect(await carryOutNic(carrier([link], errno), get)).toEqual({
      index: 4242,
      name: 'nic-test0',
      altNames: [],
      kind: 'veth',
      type: 'ether',
      physical: false,
      because: 'software makes links of kind veth',
      wireless: false,
      mac: '3c:ec:ef:10:20:30',
      up: true,
      naming: {
        policy: 'chosen',
        because: 'it follows no scheme: a .link file, a rule of udev or a person chose it',
        names: {},
        source: 'computed',
      },
    })
  })

  it('a link that goes away meanwhile is ENODEV; one that was not there is undefined', async () => {
    await expect(carryOutNic(carrier([link, undefined], 19), get)).rejects.toMatchObject({
      name: 'VnetError',
      code: 'ENODEV',
      operation: 'nic get',
      subject: 'eth0',
      hint: expect.stringContaining('went away'),
    })
    expect(await carryOutNic(carrier([undefined]), get)).toBeUndefined()
  })

  it('a link that is renamed meanwhile is read again', async () => {
    const renamed = { ...link, name: 'nic-test1' }
    expect(await carryOutNic(carrier([link, renamed, renamed]), get)).toMatchObject({ name: 'nic-test1' })
  })
})
