/** Who takes part in a row, and the command that each runs. */
import { writeFileSync } from 'node:fs'
import { batchText, groupText, ipCommand } from './batch-file.mjs'
import { cache } from './programs.mjs'

/** The names of contenders in tables. */
const titles = {
  'ip-group': 'ip -batch, group by hand',
  pyroute2: 'pyroute2',
  vishvananda: 'vishvananda/netlink',
  napi: 'vnet napi',
  ffi: 'vnet ffi',
}

/** Of steps that wait, peers that do them one by one do some only: each takes as long as any other. */
const fewer = (row, count) => (row.slow ? { count: Math.round(count * row.slow) } : {})

function ipContenders(limit, row, count) {
  const batch = (name, text) => {
    writeFileSync(`${cache}/${name}`, text)
    return [limit, 'time', ...ipCommand(row.name, `${cache}/${name}`)]
  }
  const few = fewer(row, count)
  const command = batch(`${row.name}.batch`, batchText(row.name, few.count ?? count) ?? '')
  const plain = { id: 'ip', peer: 'ip', command, ...few }
  if (!row.name.endsWith('-delete')) return [plain]
  // What a user may work out by hand; shown, but not what the goal is about.
  return [plain, { id: 'ip-group', command: batch('group.batch', groupText(row.name, count)) }]
}

/**
 * The contenders of a row that are here and wanted; a `peer`, or a `driver` of vnet with the form of its `input`; with a
 * `count` where it does other than that of the row.
 */
export function contendersOf(limit, row, count, commands, wanted) {
  const list = []
  for (const [name, command] of Object.entries(commands)) {
    if (!wanted(name)) continue
    const few = name === 'napi' || name === 'ffi' ? {} : fewer(row, count)
    const words = [row.name, String(few.count ?? count)]
    if (name === 'ip') list.push(...ipContenders(limit, row, count))
    else if (name !== 'napi' && name !== 'ffi')
      list.push({ id: name, peer: name, command: [...command, ...words], ...few })
    else {
      for (const input of row.inputs ?? ['octets']) {
        const id = row.inputs ? `${name} ${input}` : name
        list.push({ id, driver: name, input: row.inputs && input, command: [...command, ...words, input, limit] })
      }
    }
  }
  return list
}

/** A contender's name for people. */
export function titleOf({ id, driver, input }, row) {
  if (id === 'ip') return row.name.endsWith('dump') ? 'ip' : row.name === 'fdb-add' ? 'bridge -batch' : 'ip -batch'
  return driver ? `${titles[driver]}${input ? `, ${input}` : ''}` : titles[id]
}
