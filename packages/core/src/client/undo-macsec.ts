/** What must be read before a change of the keys and peers of a MACsec link, so that it can be taken back. @module */
import type { Connection } from '../driver.js'
import type { MacsecSa, MacsecSaKey, MacsecSc, MacsecScKey } from '../macsec.js'
import { ask } from './ask.js'
import type { LooseRequest } from './loose-request.js'
import type { Preparations } from './undo.js'

/**
 * The preparations. The kernel never tells a key, so an association that was deleted cannot be made again: the request that
 * would do so lacks the key, and the transaction tells of it as not undone.
 */
export const macsecPreparations: Preparations = {
  'macsecSc add':
    async (_, { link, sci }) =>
    () => [{ operation: 'macsecSc delete', spec: { link, sci } }],
  'macsecSc set': async (connection, spec) => {
    const before = await channelOf(connection, spec)
    return () => (before === undefined ? [] : [{ operation: 'macsecSc set', spec: { ...spec, active: before.active } }])
  },
  'macsecSc delete': async (connection, spec) => {
    const before = await channelOf(connection, spec)
    if (before === undefined) return () => []
    const { link, sci } = spec
    const again = before.associations.map((one) => keyless({ link, sci, association: one.association }, one))
    return () => [{ operation: 'macsecSc add', spec: { link, sci, active: before.active } }, ...again]
  },

  'macsecSa add': async (_, spec) => () => [
    { operation: 'macsecSa set', spec: { ...keyOf(spec), active: false } },
    { operation: 'macsecSa delete', spec: keyOf(spec) },
  ],
  'macsecSa set': async (connection, spec) => {
    const before = await associationOf(connection, spec)
    if (before === undefined) return () => []
    const { active, packetNumber } = before
    const back = { active, ...(spec.packetNumber === undefined ? {} : { packetNumber }) }
    return () => [{ operation: 'macsecSa set', spec: { ...keyOf(spec), ...back } }]
  },
  'macsecSa delete': async (connection, spec) => {
    const before = await associationOf(connection, spec)
    return () => (before === undefined ? [] : [keyless(keyOf(spec), before)])
  },
}

/** The requests that give a link made again the channels that the deleted one had; its keys are lost. */
export async function macsecAgain(connection: Connection, link: number): Promise<LooseRequest[]> {
  const before = await ask(connection, 'macsec get', { link })
  if (before === undefined) return []
  const channels = [...before.channels].reverse()
  return [
    ...channels.map(({ sci, active }): LooseRequest => ({ operation: 'macsecSc add', spec: { link, sci, active } })),
    ...before.associations.map((one) => keyless({ link, association: one.association }, one)),
    ...channels.flatMap(({ sci, associations }) =>
      associations.map((one) => keyless({ link, sci, association: one.association }, one)),
    ),
  ]
}

function keyless(spec: MacsecSaKey, { active, packetNumber, keyId }: MacsecSa): LooseRequest {
  return { operation: 'macsecSa add', spec: { ...spec, active, packetNumber, keyId } } as unknown as LooseRequest
}

const keyOf = ({ link, sci, association }: MacsecSaKey): MacsecSaKey => ({
  link,
  ...(sci === undefined ? {} : { sci }),
  association,
})

async function channelOf(connection: Connection, { link, sci }: MacsecScKey): Promise<MacsecSc | undefined> {
  return (await ask(connection, 'macsec get', { link }))?.channels.find((one) => one.sci === sci)
}

async function associationOf(connection: Connection, spec: MacsecSaKey): Promise<MacsecSa | undefined> {
  const device = await ask(connection, 'macsec get', { link: spec.link })
  const { sci } = spec
  const list = sci === undefined ? device?.associations : device?.channels.find((one) => one.sci === sci)?.associations
  return list?.find((one) => one.association === spec.association)
}
