/** Requests about keys and peers of MACsec links (`drivers/net/macsec.c`). @module */
import type {
  CleanMacsecSaSpec,
  MacsecDevice,
  MacsecQuery,
  MacsecSaChange,
  MacsecSaKey,
  MacsecScKey,
  MacsecScSpec,
} from '@vnet/core'
import { macsec } from '../kind/macsec.js'
import {
  describeKeys,
  type MacsecKeys,
  type MacsecSaData,
  type MacsecScData,
  newAssociation,
  newChannel,
} from '../kind/macsec-keys.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import type { Device } from './device.js'
import { dropValue, withValue } from './empty.js'
import { linkOf } from './lookup.js'

/** The link with its keys and peers; `undefined` where there is no such MACsec link. */
export function getMacsec(namespace: Namespace, query: MacsecQuery): MacsecDevice | undefined {
  const device = namespace.find(query.link)
  if (device?.macsecKeys === undefined) return undefined
  const state = macsec.describe?.(device, 0).macsec ?? {}
  return describeKeys(device, state, device.macsecKeys, query.statistics === true)
}

/** A channel of a peer. */
export function addChannel(namespace: Namespace, { link, sci, active = true }: MacsecScSpec): undefined {
  const device = deviceOf(namespace, link)
  const beside = [...(device.lower?.uppers ?? [])]
  if (beside.some((other) => other.macsecKeys?.channels.has(sci)))
    refuse('EEXIST', undefined, { attribute: 'spec.sci' })
  const keys = keysOf(device)
  keys.channels = withValue(keys.channels, sci, newChannel(active))
}

/** Changes a channel. */
export function setChannel(namespace: Namespace, spec: MacsecScSpec): undefined {
  const channel = channelOf(namespace, spec)
  if (spec.active !== undefined) channel.active = spec.active
}

/** Removes a channel with its associations. */
export function deleteChannel(namespace: Namespace, key: MacsecScKey): undefined {
  channelOf(namespace, key)
  dropValue(keysOf(deviceOf(namespace, key.link)).channels, key.sci)
}

/** A key. */
export function addAssociation(namespace: Namespace, spec: CleanMacsecSaSpec): undefined {
  const device = deviceOf(namespace, spec.link)
  const keeper = keeperOf(namespace, spec)
  const { cipher = 'gcm-aes-128' } = device.macsec ?? {}
  if (spec.key.length !== (cipher.endsWith('256') ? 32 : 16)) refuse('EINVAL', undefined, { attribute: 'spec.key' })
  checkNumber(cipher, spec)
  const isExtended = cipher.includes('xpn')
  if (isExtended && spec.ssci === undefined) refuse('EINVAL', undefined, { attribute: 'spec.ssci' })
  if (keeper.associations.has(spec.association)) refuse('EBUSY', undefined, { attribute: 'spec.association' })
  const { active = false, packetNumber = 1, keyId } = spec
  if (isEncoding(device, spec) && active) keysOf(device).operational = true
  const hex = Array.from(keyId, (octet) => octet.toString(16).padStart(2, '0')).join('')
  const { key } = spec
  const [ssci, salt] = isExtended ? [spec.ssci, spec.salt ?? new Uint8Array(12)] : [undefined, undefined]
  const made = newAssociation({ active, packetNumber, keyId: hex, ssci, key, salt })
  keeper.associations = withValue(keeper.associations, spec.association, made)
}

/** Changes an association. */
export function setAssociation(namespace: Namespace, spec: MacsecSaChange): undefined {
  const found = associationOf(namespace, spec)
  checkNumber(deviceOf(namespace, spec.link).macsec?.cipher ?? '', spec)
  if (spec.packetNumber !== undefined) found.packetNumber = spec.packetNumber
  if (spec.active !== undefined) found.active = spec.active
  const device = deviceOf(namespace, spec.link)
  if (isEncoding(device, spec)) keysOf(device).operational = found.active
}

/** Removes an association that is not active. */
export function deleteAssociation(namespace: Namespace, key: MacsecSaKey): undefined {
  if (associationOf(namespace, key).active) refuse('EBUSY', undefined, { attribute: 'spec.association' })
  dropValue(keeperOf(namespace, key).associations, key.association)
}

function deviceOf(namespace: Namespace, link: string | number): Device {
  const device = linkOf(namespace, link)
  if (device.macsecKeys === undefined) refuse('ENODEV', undefined, { attribute: 'spec.link' })
  return device
}

const keysOf = (device: Device): MacsecKeys => device.macsecKeys as MacsecKeys

/** Whether an association is the one that sends. */
const isEncoding = (device: Device, { sci, association }: MacsecSaKey): boolean =>
  sci === undefined && association === device.macsec?.encodingSa

function channelOf(namespace: Namespace, { link, sci }: MacsecScKey): MacsecScData {
  return keysOf(deviceOf(namespace, link)).channels.get(sci) ?? refuse('ENODEV', undefined, { attribute: 'spec.sci' })
}

function keeperOf(namespace: Namespace, { link, sci }: MacsecSaKey): MacsecKeys | MacsecScData {
  return sci === undefined ? keysOf(deviceOf(namespace, link)) : channelOf(namespace, { link, sci })
}

function associationOf(namespace: Namespace, key: MacsecSaKey): MacsecSaData {
  const attribute = 'spec.association'
  return keeperOf(namespace, key).associations.get(key.association) ?? refuse('ENODEV', undefined, { attribute })
}

/** Packet numbers have 32 bits but with an XPN cipher. */
function checkNumber(cipher: string, { packetNumber = 1 }: MacsecSaChange): void {
  if (!cipher.includes('xpn') && packetNumber > 0xffffffff)
    refuse('EINVAL', undefined, { attribute: 'spec.packetNumber' })
}
