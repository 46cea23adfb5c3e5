/** The number databases of iproute2 (`/etc/iproute2/rt_tables`, …), so that names are those that `ip` prints and reads. @module */
import { readFileSync } from 'node:fs'
import { routeProtocols } from '@vnet/core'

/** Names for numbers, and back. */
export interface Database {
  /** The name of a number. */
  name(number: number): string | undefined
  /** The number of a name. */
  number(name: string): number | undefined
  /** All names. */
  names(): readonly string[]
}

/** Reads a database: `NUMBER NAME` a line, from the places where iproute2 looks, over what it has built in. */
function database(file: string, builtIn: Readonly<Record<string, number>>): () => Database {
  let loaded: Database | undefined
  return () => {
    if (loaded === undefined) {
      const numbers = new Map(Object.entries(builtIn))
      for (const folder of ['/usr/share/iproute2', '/etc/iproute2']) {
        for (const match of contents(`${folder}/${file}`).matchAll(/^[ \t]*(0x[\da-f]+|\d+)[ \t]+([^\s#]+)/gim)) {
          numbers.set(match[2] as string, Number(match[1]))
        }
      }
      loaded = databaseOf(numbers)
    }
    return loaded
  }
}

/** A database with these names. */
export function databaseOf(numbers: ReadonlyMap<string, number>): Database {
  const byNumber = new Map([...numbers].map(([name, number]) => [number, name]))
  return {
    name: (number) => byNumber.get(number),
    number: (name) => numbers.get(name),
    names: () => [...numbers.keys()],
  }
}

/** A file of lines `NAME:x:NUMBER:…` (passwd, group): name by number. */
function accounts(file: string): () => Database {
  let loaded: Database | undefined
  return () => {
    if (loaded === undefined) {
      const rows = [...contents(file).matchAll(/^([^:#\n]+):[^:]*:(\d+)/gm)]
      // The first of several names for a number counts, as getpwuid has it.
      loaded = databaseOf(new Map(rows.reverse().map((row) => [row[1] as string, Number(row[2])])))
    }
    return loaded
  }
}

function protocols(): () => Database {
  let loaded: Database | undefined
  return () => {
    if (loaded === undefined) {
      const rows = [...contents('/etc/protocols').matchAll(/^([^#\s]+)[ \t]+(\d+)/gm)]
      loaded = databaseOf(new Map(rows.reverse().map((row) => [row[1] as string, Number(row[2])])))
    }
    return loaded
  }
}

function contents(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Routing tables. */
export const tables = database('rt_tables', { default: 253, main: 254, local: 255 })
/** Makers of routes. */
export const makersOfRoutes = database('rt_protos', routeProtocols)
/** Scopes of addresses and routes. */
export const scopes = database('rt_scopes', { global: 0, site: 200, link: 253, host: 254, nowhere: 255 })
/** Groups of links. */
export const groups = database('group', { default: 0 })
/** Users of the machine. */
export const users = accounts('/etc/passwd')
/** Groups of users of the machine. */
export const userGroups = accounts('/etc/group')
/** Protocols over IP. */
export const ipProtocols = protocols()
