/** Names of biosdevname(1): `em1`, `p3p1`, as Fedora 15 to RHEL 7 had them on machines of Dell. @module */
import type { NicNameMeaning, NicNamePart } from './meaning.js'

const instance = (text: string | undefined): NicNamePart[] =>
  text === undefined
    ? []
    : [
        {
          text: `_${text}`,
          field: 'virtualFunction',
          value: Number(text),
          says: `virtual function or partition ${text}`,
        },
      ]

const part = (text: string, field: string, value: string, says: string): NicNamePart => ({
  text,
  field,
  value: Number(value),
  says,
})

/** How a name reads as one of biosdevname. */
export function biosdevnameMeanings(name: string): NicNameMeaning[] {
  const common = { scheme: 'biosdevname', usually: 'physical' } as const
  const onboard = /^em([1-9][0-9]*)(?:_([0-9]+))?$/.exec(name)
  if (onboard !== null) {
    const [, port = '', virtual] = onboard
    const parts = [part(`em${port}`, 'index', port, `on-board port ${port}, as printed on the case`)]
    return [{ ...common, says: 'embedded NIC, numbered by the firmware', parts: [...parts, ...instance(virtual)] }]
  }
  const slotted = /^(p|pci)([0-9]+)([p#])([0-9]+)(?:_([0-9]+))?$/.exec(name)
  if (slotted === null) return []
  const [, letters = '', slot = '', between = '', port = '', virtual] = slotted
  if ((letters === 'p') !== (between === 'p')) return []
  const parts = [
    part(`${letters}${slot}`, 'hotplugSlot', slot, `PCI slot ${slot}`),
    part(`${between}${port}`, 'port', port, `port ${port} of the card`),
    ...instance(virtual),
  ]
  return [{ ...common, says: 'NIC in a PCI slot, numbered by the firmware', parts }]
}
