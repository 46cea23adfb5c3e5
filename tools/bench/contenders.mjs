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

function ipContenders(limit, row, count) {
  const batch = (name, text) => {
    writeFileSync(`${cache}/${name}`, text)
    return [limit, 'time', ...ipCommand(row.name, `${cache}/${name}`)]
  }
  const plain = { id: 'ip', peer: 'ip', command: batch(`${row.name}.batch`, batchText(row.name, count) ?? '') }
  if (row.name !== 'veth-delete') return [plain]
  // What a user may work out by hand; shown, but not what the goal is about.
  return [plain, { id: 'ip-group', command: batch('group.batch', groupText(count)) }]
}

/** The contenders of a row that are here and wanted; a `peer`, or a `driver` of vnet with the form of its `input`. */
export function contendersOf(limit, row, count, commands, wanted) {
  const list = []
  for (const [name, command] of Object.entries(commands)) {
    if (!wanted(name)) continue
    const words = [row.name, String(count)]
    if (name === 'ip') list.push(...ipContenders(limit, row, count))
    else if (name !== 'napi' && name !== 'ffi') list.push({ id: name, peer: name, command: [...command, ...words] })
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
