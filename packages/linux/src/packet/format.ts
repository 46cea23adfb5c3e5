/** What the octets of a captured frame begin with, by the type of its link. @module */
import { type CaptureFormat, captureFormats } from '@vnet/core'
import {
  ARPHRD_ETHER,
  ARPHRD_LOOPBACK,
  ARPHRD_NONE,
  ARPHRD_PPP,
  ARPHRD_RAWIP,
  ARPHRD_SIT,
  ARPHRD_TUNNEL,
  ARPHRD_TUNNEL6,
} from './constants.js'

/** The types of links of each format; all others are cooked. As libpcap has them. */
export const formatTypes: readonly (readonly [arphrd: number, format: Exclude<CaptureFormat, 'cooked'>])[] = [
  [ARPHRD_ETHER, 'ethernet'],
  [ARPHRD_LOOPBACK, 'ethernet'],
  [ARPHRD_NONE, 'ip'],
  [ARPHRD_RAWIP, 'ip'],
  [ARPHRD_PPP, 'ip'],
  [ARPHRD_TUNNEL, 'ip'],
  [ARPHRD_TUNNEL6, 'ip'],
  [ARPHRD_SIT, 'ip'],
]

/** The format of frames of a link of a type (`ARPHRD_*`). */
export function formatOf(arphrd: number): CaptureFormat {
  return formatTypes.find(([type]) => type === arphrd)?.[1] ?? 'cooked'
}

/** Place in `captureFormats`. */
export function formatNumber(arphrd: number): number {
  return captureFormats.indexOf(formatOf(arphrd))
}
