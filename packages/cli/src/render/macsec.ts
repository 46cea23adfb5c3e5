/** MACsec links with their keys and peers as `ip macsec show` writes them, as text and with `-j`. @module */
import type { MacsecDevice, MacsecSa, MacsecSc, MacsecStatistics } from '@vnet/core'
import type { JsonObject } from './ip-json/object.js'

/** What `ip -j macsec show` prints of a link. It tells `encodingSa` twice more, as `sc` and `sa`, by a slip of its own. */
export function macsecJson(device: MacsecDevice, name: string): JsonObject {
  const { link, associations, channels, statistics, offload } = device
  const slip = device.encodingSa !== 0
  return {
    ifindex: link,
    ifname: name,
    protect: device.protect,
    validate: device.validate,
    sc: slip,
    sa: slip,
    encrypt: device.encrypt,
    send_sci: device.sendSci,
    end_station: device.endStation,
    scb: device.scb,
    replay: device.replayProtect,
    ...(device.replayProtect ? { window: device.window } : {}),
    cipher_suite: device.cipher?.toUpperCase(),
    icv_length: device.icvLength,
    sci: shortHex(device.sci ?? ''),
    encoding_sa: device.encodingSa,
    ...countersJson(statistics),
    sa_list: associations.map(associationJson),
    rx_sc: channels.map((channel) => ({
      sci: shortHex(channel.sci),
      active: channel.active,
      ...countersJson(channel.statistics),
      sa_list: channel.associations.map(associationJson),
    })),
    ...(offload === undefined ? {} : { offload }),
  }
}

function associationJson({ association, packetNumber, ssci, active, keyId, statistics }: MacsecSa): JsonObject {
  return {
    an: association,
    pn: packetNumber,
    ...(ssci === undefined ? {} : { ssci: `0x${ssci.toString(16)}` }),
    active,
    key: keyId,
    ...countersJson(statistics),
  }
}

const countersJson = (counters: MacsecStatistics | undefined): JsonObject =>
  Object.fromEntries(Object.entries(counters ?? {}).map(([name, count]) => [standardName(name), count]))

/** The name as the standard has it: `InPktsOK` for `inPktsOk`. */
function standardName(name: string): string {
  const capital = name.charAt(0).toUpperCase() + name.slice(1)
  return capital.replace(/(?:Sci|Sa|Ok)$/, (end) => end.toUpperCase())
}

const shortHex = (digits: string): string => `0x${digits.replace(/^0+(?=.)/, '')}`

/** `ip macsec show`: a link, its own channel, those of its peers. Counters, when they were asked for, stand below. */
export function macsecText(device: MacsecDevice, name: string): string {
  const flag = (title: string, on: boolean | undefined) => `${title} ${on ? 'on' : 'off'}`
  const slip = device.encodingSa !== 0
  const flags = [
    flag('protect', device.protect),
    `validate ${device.validate}`,
    flag('sc', slip),
    flag('sa', slip),
    flag('encrypt', device.encrypt),
    flag('send_sci', device.sendSci),
    flag('end_station', device.endStation),
    flag('scb', device.scb),
    flag('replay', device.replayProtect),
    ...(device.replayProtect ? [`window ${device.window}`] : []),
  ]
  const lines = [
    `${device.link}: ${name}: ${flags.join(' ')} `,
    `    cipher suite: ${device.cipher?.toUpperCase()}, using ICV length ${device.icvLength}`,
    `    TXSC: ${device.sci} on SA ${device.encodingSa}`,
    ...countersText(device.statistics, '    '),
    ...device.associations.flatMap(associationLines),
    ...device.channels.flatMap(channelLines),
    ...(device.offload === undefined ? [] : [`    offload: ${device.offload} `]),
  ]
  return `${lines.join('\n')}\n`
}

function channelLines({ sci, active, associations, statistics }: MacsecSc): readonly string[] {
  const title = `    RXSC: ${sci}, state ${active ? 'on' : 'off'}`
  return [title, ...countersText(statistics, '    '), ...associations.flatMap(associationLines)]
}

function associationLines({ association, packetNumber, ssci, active, keyId, statistics }: MacsecSa): readonly string[] {
  const short = ssci === undefined ? ', ' : `,SSCI ${ssci.toString(16).padStart(8, '0')} `
  const title = `        ${association}: PN ${packetNumber}${short}state ${active ? 'on' : 'off'}, key ${keyId}`
  return [title, ...countersText(statistics, '        ')]
}

function countersText(counters: MacsecStatistics | undefined, indent: string): readonly string[] {
  if (counters === undefined) return []
  const words = Object.entries(counters).map(([name, count]) => `${standardName(name)} ${count}`)
  return [`${indent}stats: ${words.join(' ')}`]
}
