/** Checks of requests about keys and peers of MACsec links. No message repeats a key. @module */
import { Fault, rangeFault, typeFault } from '../argument.js'
import type {
  CleanMacsecSaSpec,
  MacsecQuery,
  MacsecSaChange,
  MacsecSaKey,
  MacsecScKey,
  MacsecScSpec,
} from '../macsec.js'
import { objectOf } from './object.js'
import { boolean, type Check, linkRef, wholeNumber } from './scalar.js'

/** Octets by hexadecimal digits, or as they are; of one of these lengths. */
const octets =
  (what: string, lengths: readonly number[]): Check<Uint8Array> =>
  (value, path) => {
    const hint = `give ${lengths[0]}${lengths.length > 1 ? ` or ${lengths.at(-1)}` : ''} octets, two hexadecimal digits each`
    if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
      throw new Fault('VNET_TYPE', path, `${what} is needed`, hint)
    }
    if (typeof value === 'string' && !/^([\da-f]{2})*$/i.test(value)) {
      throw rangeFault(path, `the text is no row of octets in hexadecimal digits`, hint)
    }
    const found =
      typeof value === 'string' ? Uint8Array.from(value.match(/../g) ?? [], (hex) => Number(`0x${hex}`)) : value
    if (!lengths.includes(found.length)) throw rangeFault(path, `${what} does not have ${found.length} octets`, hint)
    return found
  }

const sci: Check<string> = (value, path) => {
  if (typeof value !== 'string') throw typeFault(path, 'a text', value)
  if (/^[\da-f]{16}$/i.test(value)) return value.toLowerCase()
  throw rangeFault(path, `${JSON.stringify(value)} is no identifier`, 'such as 0200000000010001: MAC and port')
}

/** The identifier of a key: zeros behind what is given, as `ip` has it. */
const keyId: Check<Uint8Array> = (value, path) => {
  const given = octets(
    'an identifier of a key',
    Array.from({ length: 16 }, (_, at) => at + 1),
  )(value, path)
  const whole = new Uint8Array(16)
  whole.set(given)
  return whole
}

const channel = { link: linkRef, sci }
const association = { ...channel, association: wholeNumber(0, 3) }
const changed = { active: boolean, packetNumber: wholeNumber(1, Number.MAX_SAFE_INTEGER) }

const scKey = objectOf(channel, ['link', 'sci'])
const scSpec = objectOf({ ...channel, active: boolean }, ['link', 'sci'])
const scChange = objectOf({ ...channel, active: boolean }, ['link', 'sci', 'active'])
const saKey = objectOf(association, ['link', 'association'])
const saChange = objectOf({ ...association, ...changed }, ['link', 'association'])
const saSpec = objectOf(
  {
    ...association,
    ...changed,
    key: octets('a key', [16, 32]),
    keyId,
    ssci: wholeNumber(0, 0xffffffff),
    salt: octets('a salt', [12]),
  },
  ['link', 'association', 'key', 'keyId'],
)
const query = objectOf({ link: linkRef, statistics: boolean }, ['link'])

/** `macsec get`. */
export const macsecQuery = (value: unknown): MacsecQuery => query(value, 'spec') as unknown as MacsecQuery
/** `macsecSc add`. */
export const macsecScSpec = (value: unknown): MacsecScSpec => scSpec(value, 'spec') as unknown as MacsecScSpec
/** `macsecSc set`. */
export const macsecScChange = (value: unknown): MacsecScSpec => scChange(value, 'spec') as unknown as MacsecScSpec
/** `macsecSc delete`. */
export const macsecScKey = (value: unknown): MacsecScKey => scKey(value, 'spec') as unknown as MacsecScKey
/** `macsecSa delete`. */
export const macsecSaKey = (value: unknown): MacsecSaKey => saKey(value, 'spec') as unknown as MacsecSaKey

/** `macsecSa set`. */
export function macsecSaChange(value: unknown): MacsecSaChange {
  const clean = saChange(value, 'spec') as unknown as MacsecSaChange
  if (clean.active === undefined && clean.packetNumber === undefined) {
    throw typeFault('spec', 'active or packetNumber', undefined)
  }
  return clean
}

/** `macsecSa add`. */
export function macsecSaSpec(value: unknown): CleanMacsecSaSpec {
  const clean = saSpec(value, 'spec') as unknown as CleanMacsecSaSpec
  if (clean.sci === undefined && clean.packetNumber === undefined) {
    const hint = 'a new key begins with 1; a number that was used before must not come again'
    throw typeFault('spec.packetNumber', 'the number of the first frame', undefined, hint)
  }
  if ((clean.ssci === undefined) !== (clean.salt === undefined)) {
    const missing = clean.ssci === undefined ? 'ssci' : 'salt'
    throw typeFault(`spec.${missing}`, 'a value', undefined, 'XPN ciphers need ssci and salt, others neither')
  }
  return clean
}
