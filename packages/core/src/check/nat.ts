/** Checks of requests about address translation. @module */
import { nearest, rangeFault, typeFault } from '../argument.js'
import { formatIp, type IpFamily, type Prefix } from '../ip.js'
import { type CleanNatKey, type CleanNatSpec, type NatFilter, type NatKind, portedProtocols } from '../nat.js'
import { ipFamily } from './address.js'
import { asObject, type Checks, listOf, objectOf } from './object.js'
import { boolean, type Check, ipAddress, ipNetwork, linkName, numberRange, textOf, wholeNumber } from './scalar.js'

type Ports = readonly [number, number]
type Loose = { -readonly [K in keyof CleanNatSpec]?: CleanNatSpec[K] } & {
  address?: Uint8Array
  lastAddress?: Uint8Array
  toLocal?: boolean
  inputLink?: string
  exceptInputLink?: string
}

const port = wholeNumber(1, 65_535)
const portRange = numberRange(1, 65_535)

/** One port, or first and last. */
const ports: Check<Ports> = (value, path) => {
  if (typeof value === 'number') return [port(value, path), value]
  if (!Array.isArray(value)) throw typeFault(path, 'a port, or a list of the first and the last', value)
  return portRange(value, path)
}

/** Prefixes that are left alone; each is a comparison in the kernel's rule, which has room for so many. */
const exceptions: Check<readonly Prefix[]> = (value, path) => {
  const list = listOf(ipNetwork)(value, path)
  if (list.length > 16)
    throw rangeFault(path, `has ${list.length} prefixes`, 'at most 16: put some together, or route them')
  const all = list.findIndex(({ length }) => length === 0)
  if (all !== -1) throw rangeFault(`${path}.${all}`, 'leaves all alone', 'leave the rule out, or give a longer prefix')
  return list
}

const base: Checks = {
  kind: (value) => value,
  family: ipFamily,
  from: ipNetwork,
  to: ipNetwork,
  except: exceptions,
  ipProtocol: wholeNumber(1, 255),
  sourcePorts: ports,
  destinationPorts: ports,
  ports,
  random: boolean,
  fullyRandom: boolean,
  persistent: boolean,
  comment: textOf(127, 1),
  index: wholeNumber(0, 0xffff),
  outputLink: linkName,
  exceptOutputLink: linkName,
}
const source: Checks = base
const destination: Checks = {
  ...base,
  hook: (value, path) => {
    if (value !== 'prerouting' && value !== 'output') {
      const why = 'prerouting for what comes in, output for what is made here'
      throw typeof value === 'string'
        ? rangeFault(path, `${JSON.stringify(value)} is no hook of this kind`, why)
        : typeFault(path, 'a text', value)
    }
    return value
  },
  toLocal: boolean,
  inputLink: linkName,
  exceptInputLink: linkName,
}
const target: Checks = { address: ipAddress, lastAddress: ipAddress }

const specs: Readonly<Record<NatKind, Check<Record<string, unknown>>>> = {
  masquerade: objectOf(source),
  snat: objectOf({ ...source, ...target }, ['address']),
  dnat: objectOf({ ...destination, ...target }, ['address']),
  redirect: objectOf(destination),
}

/** `nat add`. */
export function natSpec(value: unknown): CleanNatSpec {
  const { kind } = asObject(value, 'spec')
  if (typeof kind !== 'string') throw typeFault('spec.kind', `one of ${Object.keys(specs).join(', ')}`, kind)
  if (!Object.hasOwn(specs, kind)) {
    const why = `${JSON.stringify(kind)} is none of ${Object.keys(specs).join(', ')}`
    throw rangeFault('spec.kind', why, nearest(kind, Object.keys(specs)))
  }
  const clean = specs[kind as NatKind](value, 'spec') as Loose
  clean.family = familyOf(clean)
  clean.hook ??= kind === 'dnat' || kind === 'redirect' ? 'prerouting' : 'postrouting'
  for (const name of ['from', 'to'] as const) if (clean[name]?.length === 0) delete clean[name]
  for (const name of ['random', 'fullyRandom', 'persistent', 'toLocal'] as const) if (!clean[name]) delete clean[name]
  if (clean.except?.length === 0) delete clean.except
  checkPorts(clean)
  checkLinks(clean)
  checkTarget(clean)
  return clean as CleanNatSpec
}

/** The version of IP that all prefixes and addresses have. */
function familyOf(clean: Loose): IpFamily {
  const given: [path: string, octets: Uint8Array][] = []
  const note = (path: string, octets: Uint8Array | undefined): void => {
    if (octets !== undefined) given.push([path, octets])
  }
  note('spec.from', clean.from?.octets)
  note('spec.to', clean.to?.octets)
  for (const [at, { octets }] of (clean.except ?? []).entries()) note(`spec.except.${at}`, octets)
  note('spec.address', clean.address)
  note('spec.lastAddress', clean.lastAddress)
  const [first] = given
  const family = clean.family ?? (first === undefined ? 4 : versionOf(first[1]))
  const odd = given.find(([, octets]) => versionOf(octets) !== family)
  if (odd !== undefined) {
    const told = clean.family === undefined ? (first as [string, unknown])[0] : 'spec.family'
    throw rangeFault(
      odd[0],
      `is of IPv${versionOf(odd[1])}, but ${told} of IPv${family}`,
      'a rule is for one version of IP: add two',
    )
  }
  return family
}

const versionOf = (octets: Uint8Array): IpFamily => (octets.length === 4 ? 4 : 6)

/** Only some protocols have ports. */
function checkPorts(clean: Loose): void {
  for (const name of ['sourcePorts', 'destinationPorts', 'ports'] as const) {
    if (clean[name] === undefined) continue
    const { ipProtocol } = clean
    const hint = `give ipProtocol: ${portedProtocols.join(', ')}`
    if (ipProtocol === undefined) throw rangeFault(`spec.${name}`, 'needs a protocol with ports', hint)
    if (!portedProtocols.includes(ipProtocol))
      throw rangeFault(`spec.${name}`, `protocol ${ipProtocol} has no ports`, hint)
  }
}

/** What comes in has no link to leave by yet, what is made here came in by none. */
function checkLinks(clean: Loose): void {
  const wrong =
    clean.hook === 'prerouting'
      ? (['outputLink', 'exceptOutputLink'] as const)
      : (['inputLink', 'exceptInputLink'] as const)
  for (const name of wrong) {
    if (clean[name] === undefined) continue
    const why =
      clean.hook === 'prerouting' ? 'is not known before a way was looked for' : 'is none for what is made here'
    const hint =
      clean.hook === 'prerouting' ? "use inputLink, or hook: 'output'" : "use outputLink, or hook: 'prerouting'"
    throw rangeFault(`spec.${name}`, why, hint)
  }
  for (const way of ['inputLink', 'outputLink'] as const) {
    const except = way === 'inputLink' ? 'exceptInputLink' : 'exceptOutputLink'
    if (clean[way] !== undefined && clean[except] !== undefined)
      throw rangeFault(`spec.${except}`, `stands beside ${way}`, `leave one out: ${way} excludes all others`)
  }
}

/** The new address can be that of a host only, and a range goes up; one of a single address is none. */
function checkTarget(clean: Loose): void {
  const { address, lastAddress } = clean
  if (address === undefined) return
  if (address.every((octet) => octet === 0))
    throw rangeFault('spec.address', 'is the address of nobody', 'give the address of a host')
  if (lastAddress === undefined) return
  const at = address.findIndex((octet, index) => octet !== lastAddress[index])
  if (at === -1) delete clean.lastAddress
  else if ((address[at] as number) > (lastAddress[at] as number)) {
    const why = `${formatIp(lastAddress)} comes before ${formatIp(address)}`
    throw rangeFault('spec.lastAddress', why, 'give the smaller one as address')
  }
}

const key = objectOf({ family: ipFamily, handle: wholeNumber(1, Number.MAX_SAFE_INTEGER) }, ['handle'])

/** `nat delete`. */
export function natKey(value: unknown): CleanNatKey {
  const clean = key(value, 'spec') as unknown as CleanNatKey
  return { ...clean, family: clean.family ?? 4 }
}

const filter = objectOf({ family: ipFamily })

/** `nat list` and `nat flush`. */
export function natFilter(value: unknown): NatFilter {
  return filter(value, 'spec') as NatFilter
}
