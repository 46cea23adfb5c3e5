/** Names of NICs: decoded, made as udev makes them, and told who gave them. */
import { describe, expect, it } from 'vitest'
import {
  explainNicName,
  isArgumentError,
  type NicPlace,
  type NicPrefix,
  nameGiven,
  namesInProperties,
  nicNameProperties,
  type PciPlace,
  type PredictableNames,
  predictableNames,
} from '../src/index.js'
import { nicDevices } from './nic-devices.js'
import { nicNames } from './nic-names.js'

const devices = nicDevices.trim().split('\n').map(deviceOf)

/** A line of the table. */
function deviceOf(line: string) {
  const [prefix = '', mac = '', idPath = '', more = '', onboard = '', slot = '', path = '', own = ''] = line.split(' ')
  const extra = new Map(more.split(',').map((word) => word.split('=') as [string, string | undefined]))
  const number = (word: string) => (extra.has(word) ? Number(extra.get(word)) : undefined)
  const pci = /^pci-([0-9a-f]+):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])/.exec(idPath)
  const usb = /-usb-0:([0-9.]+):([0-9]+)\.([0-9]+)$/.exec(idPath)
  const [vendor, model, instance] = (extra.get('acpi') ?? '').split('/')
  const pciPlace: PciPlace | undefined = pci
    ? {
        domain: Number.parseInt(pci[1] ?? '', 16),
        bus: Number.parseInt(pci[2] ?? '', 16),
        device: Number.parseInt(pci[3] ?? '', 16),
        function: Number(pci[4]),
        multifunction: extra.has('multi'),
        ari: extra.has('ari'),
        ...(extra.has('slot') ? { hotplugSlot: Number(extra.get('slot')) } : {}),
      }
    : undefined
  const place: NicPlace = {
    prefix: prefix as NicPrefix,
    mac: mac === '-' ? undefined : mac,
    pci: pciPlace,
    usb: usb
      ? { ports: (usb[1] ?? '').split('.').map(Number), configuration: Number(usb[2]), interface: Number(usb[3]) }
      : undefined,
    onboardIndex: number('index'),
    alias: number('alias'),
    portName: extra.get('port'),
    devPort: number('dev'),
    core: number('core'),
    virtualFunction: number('vf'),
    representor: number('rep'),
    vioSlot: number('vio'),
    vif: number('vif'),
    channel: idPath.startsWith('ccw-') ? idPath.slice(4) : undefined,
    acpi: vendor && model && instance ? { vendor, model: Number(model), instance: Number(instance) } : undefined,
    netdevsim: number('sim'),
  } as NicPlace
  const names = Object.fromEntries(
    Object.entries({ onboard, slot, path, mac: own }).filter(([, name]) => name !== '-'),
  ) as PredictableNames
  return { line, place, names }
}

/** The parts that tell where it is, as the place has them. */
function placeInParts(policy: string, { pci, usb, ...place }: NicPlace): Record<string, unknown> {
  const wanted: Record<string, unknown> = {}
  if (policy === 'mac') return { mac: place.mac }
  if (policy === 'onboard') return place.alias === undefined ? { index: place.onboardIndex } : { alias: place.alias }
  if (place.vif !== undefined) return { vif: place.vif }
  if (place.vioSlot !== undefined) return { vioSlot: place.vioSlot }
  if (pci !== undefined) {
    if (pci.domain > 0) wanted.domain = pci.domain
    if (policy === 'slot') wanted.hotplugSlot = pci.hotplugSlot
    else Object.assign(wanted, { bus: pci.bus, slot: pci.device })
    if (pci.ari) wanted.function = pci.device * 8 + pci.function
    else if (pci.multifunction || pci.function > 0) wanted.function = pci.function
  }
  if (usb !== undefined) wanted.usbPort = usb.ports.at(-1)
  for (const field of ['virtualFunction', 'representor', 'core', 'netdevsim'] as const) {
    if (place[field] !== undefined) wanted[field] = place[field]
  }
  if (place.portName !== undefined && place.representor === undefined) wanted.portName = place.portName
  return wanted
}

describe('names by udev', () => {
  it.each(devices)('$line', ({ place, names }) => {
    expect(predictableNames(place)).toEqual(names)
    for (const [policy, name] of Object.entries(names)) {
      const meaning = explainNicName(name).meanings.find((one) => one.policy === policy)
      expect(meaning, `${policy} ${name}`).toBeDefined()
      expect(meaning?.property).toBe(nicNameProperties[policy as keyof typeof nicNameProperties])
      expect(meaning?.parts.map(({ text }) => text).join('')).toBe(name)
      const told = Object.fromEntries(meaning?.parts.map(({ field, value }) => [field, value]) ?? [])
      expect(told).toMatchObject(placeInParts(policy, place))
      const properties = Object.fromEntries(
        Object.entries(names).map(([one, text]) => [nicNameProperties[one as keyof typeof nicNameProperties], text]),
      )
      expect(nameGiven(name, namesInProperties(properties), 'udev')).toMatchObject({ policy, names, source: 'udev' })
    }
  })

  it('the tables have at least 200 names between them, each once', () => {
    const all = [...devices.flatMap(({ names }) => Object.values(names)), ...nicNames.map(([name]) => name)]
    expect(new Set(all).size).toBeGreaterThanOrEqual(200)
  })

  it('of two policies with one name, the first in the order of udev gave it', () => {
    expect(nameGiven('eth7', { slot: 'eth7', path: 'eth7' }, 'computed').policy).toBe('slot')
  })
})

describe('names by others', () => {
  it.each(nicNames)('%s', (name, scheme, usually, says, suffixes) => {
    const { base, meanings, suffixes: found } = explainNicName(name)
    const [first] = meanings
    expect(first?.scheme ?? 'none').toBe(scheme)
    expect(first?.usually ?? 'none').toBe(usually)
    expect([first?.says, ...(first?.parts.map((part) => part.says) ?? [])].join('; ')).toMatch(says)
    if (first !== undefined) expect(first.parts.map(({ text }) => text).join('')).toBe(base)
    expect(found.map(({ text }) => text).join('')).toBe(suffixes)
    expect(`${base}${suffixes}`).toBe(name)
  })

  it('who chose a name that udev would not give', () => {
    const names = { path: 'enp1s0' }
    expect(nameGiven('eth0', names, 'computed', 'kernel').policy).toBe('kernel')
    expect(nameGiven('eth0', {}, 'computed').policy).toBe('kernel')
    expect(nameGiven('eth0', names, 'udev', 'renamed').policy).toBe('chosen')
    expect(nameGiven('em1', names, 'udev').policy).toBe('biosdevname')
    expect(nameGiven('docker0', {}, 'computed', 'program').policy).toBe('program')
    expect(nameGiven('uplink', names, 'udev').because).toContain('follows no scheme')
    expect(nameGiven('enp9s0', names, 'udev').because).toContain('not for this place')
  })

  it('refuses what no link can be called', () => {
    for (const [name, message] of [
      ['', /empty/],
      ['a b', /not the name of a link/],
      ['a/b', /not the name of a link/],
      ['..', /not the name of a link/],
      ['x'.repeat(128), /128 octets/],
      [7, /the name of a link is needed/],
    ] as const) {
      try {
        explainNicName(name as string)
        expect.unreachable()
      } catch (error) {
        expect(isArgumentError(error)).toBe(true)
        expect((error as Error).message).toMatch(message)
        expect((error as { hint?: string }).hint).toBeTruthy()
      }
    }
    expect(explainNicName('x'.repeat(127)).meanings).toEqual([])
  })
})
