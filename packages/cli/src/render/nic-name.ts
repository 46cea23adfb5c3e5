/** A decoded name of a NIC, for people. @module */
import type { NicNameExplanation, NicNameMeaning } from '@vnet/core'
import { recordText } from './table.js'

const schemes: { readonly [S in NicNameMeaning['scheme']]: string } = {
  kernel: 'a name of the kernel',
  predictable: 'a predictable name (udev, net.ifnames)',
  biosdevname: 'a name of biosdevname',
  program: 'a name that a program gives',
}

/** A sentence for each way to read it, with its parts below; the likeliest first. */
export function nicNameText({ name, base, suffixes, meanings }: NicNameExplanation): string {
  const pairs = suffixes.map(({ text, says }) => [`  ${text}`, says] as const)
  const tail = pairs.length === 0 ? '' : recordText(pairs)
  if (meanings.length === 0) return `${name}: ${base} follows no naming scheme that we know: somebody chose it\n${tail}`
  return meanings
    .map(({ scheme, property, says, parts }, at) => {
      const from = property === undefined ? '' : `, ${property}`
      const lead = at === 0 ? `${name}: ` : 'or: '
      const told = parts.map((part) => [`  ${part.text}`, part.says] as const)
      return `${lead}${schemes[scheme]}${from}: ${says}\n${recordText([...told, ...pairs])}`
    })
    .join('')
}
