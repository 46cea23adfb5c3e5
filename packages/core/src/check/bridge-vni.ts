/** Checks of requests about the identifiers of VXLANs. @module */
import type { BridgeVniFilter, CleanBridgeVniKey, CleanBridgeVniSpec } from '../bridge-vni.js'
import { objectOf } from './object.js'
import { boolean, type Check, ipAddress, linkRef, numberRange, wholeNumber } from './scalar.js'

const mostVni = 0xffffff
const oneVni = wholeNumber(0, mostVni)
const someVnis = numberRange(0, mostVni)
const vnis: Check<readonly [number, number]> = (value, path) => {
  if (Array.isArray(value)) return someVnis(value, path)
  const vni = oneVni(value, path)
  return [vni, vni]
}

const needed = ['link', 'vni']
const key = objectOf({ link: linkRef, vni: vnis }, needed)
const spec = objectOf({ link: linkRef, vni: vnis, remote: ipAddress }, needed)
const filter = objectOf({ link: linkRef, vni: oneVni, statistics: boolean })

/** `bridgeVni add`. */
export const bridgeVniSpec = (value: unknown): CleanBridgeVniSpec =>
  spec(value, 'spec') as unknown as CleanBridgeVniSpec

/** `bridgeVni delete`. */
export const bridgeVniKey = (value: unknown): CleanBridgeVniKey => key(value, 'spec') as unknown as CleanBridgeVniKey

/** `bridgeVni list`. */
export const bridgeVniList = (value: unknown): BridgeVniFilter => filter(value, 'spec')
