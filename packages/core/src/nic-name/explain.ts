/** Decoding the name of a NIC: suffixes off, then every scheme that it may follow. Pure. @module */
import { named, rangeFault, typeFault } from '../argument.js'
import { biosdevnameMeanings } from './biosdevname.js'
import { knownMeanings } from './known.js'
import type { NicNameExplanation, NicNamePart } from './meaning.js'
import { predictableMeanings } from './predictable.js'

/** Longest alternative name, octets (`ALTIFNAMSIZ` less its end; `linux/if.h`). */
const longest = 127

/**
 * What the name of a NIC says: who gives such names, and what each part of it means. Nothing is asked; a name tells what it
 * was made from, not what is there now. The schemes are those of systemd.net-naming-scheme(7), biosdevname(1), and the
 * kernel's and programs' own words.
 *
 * @param name A name or an alternative name, 1 to 127 octets; it may have suffixes: `eth0.5`, `eth0:1`, `eth0.5@eth0`.
 * @throws TypeError · RangeError where no link could be called so.
 *
 * @example
 * explainNicName('enp1s0f0np1').meanings[0]?.parts.map(({ says }) => says)
 * // ['Ethernet', 'PCI bus 1 (01 in lspci)', 'PCI device 0 …', 'function 0 …', 'port p1, as its driver calls it']
 */
export function explainNicName(name: string): NicNameExplanation {
  named('nic explain', name, () => checkName(name, 'name'))
  const [own, lower] = splitAt(name, name.indexOf('@'))
  const below: NicNamePart[] = lower === undefined ? [] : [lowerPart(lower)]
  // A program may have chosen a name with a point in it, which then is no VLAN: flannel.1
  const whole = meaningsOf(own)
  if (whole.length > 0) return { name, base: own, suffixes: below, meanings: whole }
  const [link, alias] = splitAt(own, own.lastIndexOf(':'))
  const label: NicNamePart[] =
    alias === undefined
      ? []
      : [
          {
            text: `:${alias}`,
            field: 'alias',
            value: alias,
            says: `alias ${alias}: a label of an IPv4 address, no link`,
          },
        ]
  const vlans: NicNamePart[] = []
  let base = link
  for (;;) {
    const found = meaningsOf(base).length > 0 ? null : /^(.+)\.([0-9]{1,4})$/.exec(base)
    if (found === null) break
    const [, rest = '', digits = ''] = found
    const value = Number(digits)
    if (value > 4094) break
    const says = value === 0 ? 'VLAN 0: frames with a priority only' : `VLAN ${value} on ${rest}`
    vlans.unshift({ text: `.${digits}`, field: 'vlan', value, says })
    base = rest
  }
  return { name, base, suffixes: [...vlans, ...label, ...below], meanings: meaningsOf(base) }
}

const meaningsOf = (name: string) => [
  ...predictableMeanings(name),
  ...biosdevnameMeanings(name),
  ...knownMeanings(name),
]

/** As `ip` prints it behind a name: the lower link or the peer, or its index in another namespace (`@if7`). */
function lowerPart(lower: string): NicNamePart {
  const index = /^if([0-9]+)$/.exec(lower)
  if (index === null) return { text: `@${lower}`, field: 'lower', value: lower, says: `on ${lower}, or its peer` }
  const value = Number(index[1])
  return {
    text: `@${lower}`,
    field: 'lowerIndex',
    value,
    says: `on, or the peer of, link ${value} of another namespace`,
  }
}

/** A text in two at a place; the sign there belongs to neither. */
const splitAt = (text: string, at: number): readonly [string, string | undefined] =>
  at <= 0 || at === text.length - 1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]

function checkName(value: unknown, path: string): void {
  if (typeof value !== 'string') throw typeFault(path, 'the name of a link', value)
  const size = new TextEncoder().encode(value).length
  if (size === 0) throw rangeFault(path, 'the name is empty', 'write a name as `ip link` shows it: enp1s0')
  if (size > longest) {
    throw rangeFault(
      path,
      `${JSON.stringify(value)} has ${size} octets, at most ${longest}`,
      'no link has a longer name',
    )
  }
  if (/[\s/\0]/.test(value) || value === '.' || value === '..') {
    const hint = 'no link can be called so: names have no white space and no slash'
    throw rangeFault(path, `${JSON.stringify(value)} is not the name of a link`, hint)
  }
}
