/** Predictable names, as udev gives them (net.ifnames; systemd.net-naming-scheme(7)). @module */
import type { NicNameMeaning, NicNamePart, NicNamePolicy, NicPrefix } from './meaning.js'

/** What the first two letters say. */
export const nicPrefixes: { readonly [P in NicPrefix]: string } = {
  en: 'Ethernet',
  ib: 'InfiniBand',
  sl: 'serial line IP (SLIP)',
  wl: 'wireless LAN',
  ww: 'wireless WAN (mobile network)',
  mc: 'Management Component Transport (MCTP)',
}

/** The udev property of each policy. */
export const nicNameProperties: { readonly [P in NicNamePolicy]: string } = {
  onboard: 'ID_NET_NAME_ONBOARD',
  slot: 'ID_NET_NAME_SLOT',
  path: 'ID_NET_NAME_PATH',
  mac: 'ID_NET_NAME_MAC',
}

type Say = (value: number) => string
const hexadecimal = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

/** Letters in front of a number; what lspci prints is hexadecimal. */
const letters: { readonly [field: string]: readonly [letter: string, says: Say] } = {
  index: ['o', (n) => `on-board NIC ${n}, counted by the firmware (ACPI _DSM or SMBIOS type 41)`],
  alias: ['d', (n) => `alias ethernet${n} of the device tree`],
  domain: ['P', (n) => `PCI domain ${n} (${hexadecimal(n, 4)} in lspci)`],
  bus: ['p', (n) => `PCI bus ${n} (${hexadecimal(n, 2)} in lspci)`],
  slot: ['s', (n) => `PCI device ${n} on that bus (${hexadecimal(n, 2)} in lspci)`],
  hotplugSlot: ['s', (n) => `hot-plug slot ${n}`],
  function: ['f', (n) => `function ${n} of the device`],
  devPort: ['d', (n) => `port ${n} of the device (dev_port)`],
  core: ['b', (n) => `core ${n} on the Broadcom bus (BCMA)`],
  virtualFunction: ['v', (n) => `virtual function ${n} (SR-IOV)`],
  representor: ['r', (n) => `stands for virtual function ${n} in the switch of the NIC (representor)`],
  vioSlot: ['v', (n) => `slot ${n} of IBM PowerVM (VIO)`],
  vif: ['X', (n) => `interface ${n} of a Xen guest (VIF)`],
  netdevsim: ['i', (n) => `simulated device ${n} (netdevsim)`],
}

function numbered(field: string, text: string | undefined): NicNamePart[] {
  const known = letters[field]
  if (text === undefined || known === undefined) return []
  const value = Number(text)
  return [{ text: `${known[0]}${text}`, field, value, says: known[1](value) }]
}

function portName(text: string | undefined): NicNamePart[] {
  return text === undefined
    ? []
    : [{ text: `n${text}`, field: 'portName', value: text, says: `port ${text}, as its driver calls it` }]
}

/** The chain of hub ports of a USB device, then configuration and interface where they are not 1 and 0. */
function usbParts(chain: string | undefined): NicNamePart[] {
  if (chain === undefined) return []
  return [...chain.matchAll(/([uci])([0-9]+)/g)].map(([text, letter, number]) => {
    const value = Number(number)
    if (letter === 'u') return { text, field: 'usbPort', value, says: `port ${value} of the USB hub` }
    if (letter === 'c') return { text, field: 'usbConfiguration', value, says: `USB configuration ${value}` }
    return { text, field: 'usbInterface', value, says: `USB interface ${value}` }
  })
}

const number = '(0|[1-9][0-9]*)'
const usb = '((?:u[0-9]+)+(?:c[0-9]+)?(?:i[0-9]+)?)'
/** What follows the place of a PCI device. A name of a port may have any letters, so the shortest that fits is taken. */
const behind = `(?:f${number})?(?:n(.+?)|d${number})?(?:b${number}|${usb}|v${number}|r${number})?$`

function behindParts([fn, port, dev, core, chain, virtual, representor]: readonly (string | undefined)[]) {
  return [
    ...numbered('function', fn),
    ...portName(port),
    ...numbered('devPort', dev),
    ...numbered('core', core),
    ...usbParts(chain),
    ...numbered('virtualFunction', virtual),
    ...numbered('representor', representor),
  ]
}

type Groups = readonly (string | undefined)[]
type Form = readonly [policy: NicNamePolicy, form: RegExp, says: string, parts: (groups: Groups) => NicNamePart[]]

const one = (field: string) => (groups: Groups) => numbered(field, groups[0])

/** Each form, behind the two letters. */
const forms: readonly Form[] = [
  [
    'path',
    new RegExp(`^(?:P${number})?p${number}s${number}${behind}`),
    'named for its place on the PCI bus',
    ([domain, bus, slot, ...rest]) => [
      ...numbered('domain', domain),
      ...numbered('bus', bus),
      ...numbered('slot', slot),
      ...behindParts(rest),
    ],
  ],
  [
    'slot',
    new RegExp(`^(?:P${number})?s${number}${behind}`),
    'named for the slot that it is plugged into',
    ([domain, slot, ...rest]) => [
      ...numbered('domain', domain),
      ...numbered('hotplugSlot', slot),
      ...behindParts(rest),
    ],
  ],
  [
    'onboard',
    new RegExp(`^o${number}(?:n(.+)|d${number})?$`),
    'named for the number that the firmware gives to an on-board NIC',
    ([index, port, dev]) => [...numbered('index', index), ...portName(port), ...numbered('devPort', dev)],
  ],
  ['onboard', new RegExp(`^d${number}$`), 'named for an alias in the device tree', one('alias')],
  [
    'mac',
    /^x([0-9a-f]{12})$/,
    'named for its MAC',
    ([digits = '']) => {
      const mac = digits.match(/../g)?.join(':') ?? ''
      return [{ text: `x${digits}`, field: 'mac', value: mac, says: `MAC ${mac}` }]
    },
  ],
  ['slot', new RegExp(`^v${number}$`), 'named for its virtual slot', one('vioSlot')],
  ['slot', new RegExp(`^X${number}$`), 'named for the number of its Xen interface', one('vif')],
  ['path', new RegExp(`^${usb}$`), 'named for its place on a USB that is not on PCI', ([chain]) => usbParts(chain)],
  [
    'path',
    new RegExp(`^i${number}n(.+)$`),
    'a simulated NIC',
    ([address, port]) => [...numbered('netdevsim', address), ...portName(port)],
  ],
  [
    'path',
    /^a([a-z]{2}[a-z0-9]{2,6}?)i([0-9]+)$/,
    'named for its place in the ACPI tables',
    ([hardware = '', instance = '']) => [
      { text: `a${hardware}`, field: 'acpi', value: hardware, says: `ACPI vendor and model ${hardware}` },
      { text: `i${instance}`, field: 'instance', value: Number(instance), says: `instance ${Number(instance)}` },
    ],
  ],
  [
    'path',
    /^c([0-9a-f]+(?:\.[0-9a-f]+)*)$/,
    'named for its channel',
    ([id = '']) => [{ text: `c${id}`, field: 'channel', value: id, says: `channel ${id} of IBM Z (CCW)` }],
  ],
]

/** How a name reads as a predictable one. */
export function predictableMeanings(name: string): NicNameMeaning[] {
  const prefix = name.slice(0, 2)
  if (!Object.hasOwn(nicPrefixes, prefix)) return []
  const type = nicPrefixes[prefix as NicPrefix]
  const first: NicNamePart = { text: prefix, field: 'type', value: prefix, says: type }
  return forms.flatMap(([policy, form, says, parts]): NicNameMeaning[] => {
    const found = form.exec(name.slice(2))
    if (found === null) return []
    return [
      {
        scheme: 'predictable',
        policy,
        property: nicNameProperties[policy],
        usually: 'physical',
        says: `${type}, ${says}`,
        parts: [first, ...parts(found.slice(1))],
      },
    ]
  })
}
