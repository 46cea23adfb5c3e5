/** Whether what a filter of `flower` is to match of a tunnel's options can be; masks that leave nothing out are left out. @module */
import { rangeFault, typeFault } from '../argument.js'
import {
  type FlowerTunnelOptions,
  flowerTunnelOptionFields,
  tunnelOptionBits,
  tunnelOptionKernels,
} from '../traffic/flower-tunnel-options.js'
import { type Checks, optionChecks } from './object.js'
import type { Check } from './scalar.js'

type Name = keyof FlowerTunnelOptions
type Clean = Record<string, unknown>

/** Octets of all options together (`IP_TUNNEL_OPTS_MAX`), and of the header of one of Geneve (`struct geneve_opt`). */
const [mostOctets, headerOctets] = [255, 4]
const names = Object.keys(tunnelOptionKernels) as Name[]
const base = optionChecks(flowerTunnelOptionFields, 'add').checks

/** The checks of these fields; digits are small letters afterwards. */
export const tunnelOptionChecks: Checks = Object.fromEntries(
  names.map((name) => {
    const refine = (option: Clean, path: string): Clean => {
      const clean = { ...option }
      for (const [field, every] of Object.entries(tunnelOptionBits[name])) refineNumber(clean, field, every, path)
      if (name === 'geneveOptions') refineDigits(clean, 'data', path)
      if (name === 'pfcpOptions') refineDigits(clean, 'seid', path)
      refuseVain(name, clean, path)
      return clean
    }
    const check: Check = (value, path) => {
      const clean = (base[name] as Check)(value, path)
      if (!Array.isArray(clean)) return refine(clean as Clean, path)
      return refuseLong(
        clean.map((option, at) => refine(option, `${path}.${at}`)),
        path,
      )
    }
    return [name, check]
  }),
)

/** Refuses options of two kinds of tunnels, of which no packet has both. */
export function checkTunnelOptions(match: FlowerTunnelOptions): void {
  const [one, other] = names.filter((name) => match[name] !== undefined)
  if (one !== undefined && other !== undefined)
    throw rangeFault(`spec.${other}`, `stands beside ${one}`, 'no packet is of both tunnels; give one of the two')
}

function refineNumber(clean: Clean, name: string, every: number, path: string): void {
  const value = clean[name] as number | undefined
  const mask = clean[`${name}Mask`] as number | undefined
  if (mask === undefined) {
    if (value !== undefined && (value & ~every) !== 0)
      throw rangeFault(`${path}.${name}`, 'has bits that no packet has', `all bits are 0x${every.toString(16)}`)
    return
  }
  if (value === undefined) throw needsValue(name, path)
  if ((value & ~mask) !== 0) throw outside(name, path)
  if (mask === every) delete clean[`${name}Mask`]
}

/** Octets in hexadecimal: whole ones of Geneve, groups of four; eight of a session of PFCP. */
function refineDigits(clean: Clean, name: 'data' | 'seid', path: string): void {
  for (const field of [name, `${name}Mask`]) {
    if (clean[field] === undefined) continue
    const text = (clean[field] as string).toLowerCase()
    if (!(name === 'data' ? /^([0-9a-f]{8})+$/ : /^[0-9a-f]{16}$/).test(text))
      throw rangeFault(
        `${path}.${field}`,
        `${JSON.stringify(clean[field])} is no such octets`,
        name === 'data' ? 'give 8, 16, 24 … 248 hexadecimal digits' : 'give 16 hexadecimal digits',
      )
    clean[field] = text
  }
  const [value, mask] = [clean[name], clean[`${name}Mask`]] as (string | undefined)[]
  if (mask === undefined) return
  if (value === undefined) throw needsValue(name, path)
  if (mask.length !== value.length)
    throw rangeFault(
      `${path}.${name}Mask`,
      `has ${mask.length} digits, ${name} ${value.length}`,
      'give as many of both',
    )
  if ((BigInt(`0x${value}`) & ~BigInt(`0x${mask}`)) !== 0n) throw outside(name, path)
  if (/^f+$/.test(mask)) delete clean[`${name}Mask`]
  if (name === 'seid' && /^0+$/.test(mask))
    throw rangeFault(`${path}.seidMask`, 'has no bits', 'leave out seid and its mask')
}

/** What says nothing, and what a header of this version has not. */
function refuseVain(name: Name, clean: Clean, path: string): void {
  if (Object.keys(clean).length === 0)
    throw rangeFault(path, 'says nothing', `give ${Object.keys(fieldsOf(name)).join(' or ')}`)
  if (name !== 'erspanOptions') return
  for (const [field, version] of [
    ['index', 1],
    ['dir', 2],
    ['hwid', 2],
  ] as const)
    if (clean[field] !== undefined && clean.version !== version)
      throw rangeFault(`${path}.${field}`, `is of version ${version}`, `give version ${version}, or leave it out`)
}

const fieldsOf = (name: Name): object => {
  const field = flowerTunnelOptionFields[name]
  return 'fields' in field ? field.fields : {}
}

function refuseLong(options: readonly Clean[], path: string): readonly Clean[] {
  if (options.length === 0) throw rangeFault(path, 'has no options', 'leave it out')
  const octets = options.reduce((sum, { data }) => sum + headerOctets + (data as string).length / 2, 0)
  if (octets > mostOctets) throw rangeFault(path, `${octets} octets, four of each its header`, `at most ${mostOctets}`)
  return options
}

const needsValue = (name: string, path: string) =>
  typeFault(`${path}.${name}`, 'a value', undefined, `${name}Mask says which of its bits count`)
const outside = (name: string, path: string) =>
  rangeFault(`${path}.${name}`, `has bits that ${name}Mask leaves out`, 'they could never match')
