/** Names for the numbers in what a backend tells, as `ip` writes them. @module */
import type { Link, RouteProtocol, RouteTable, Scope } from '@vnet/core'
import * as databases from './iproute2.js'

/** Looks names up; a renderer gets everything it does not know from here. */
export interface Names {
  /** Name of a link; `if5` for one that is not there. */
  link(index: number): string
  /** Whether a link is administratively up; `undefined` for one that is not there. */
  linkUp(index: number): boolean | undefined
  /** Name of a group of links. */
  group(number: number): string
  /** Name of a routing table. */
  table(table: RouteTable): string
  /** Name of a maker of routes. */
  maker(protocol: RouteProtocol): string
  /** Name of a scope. */
  scope(scope: Scope): string
  /** Name of a protocol over IP. */
  ipProtocol(number: number): string
  /** Name of a user. */
  user(number: number): string
  /** Name of a group of users. */
  userGroup(number: number): string
}

/** The names of these links and those that the machine's files know. */
export function namesOf(links: readonly Pick<Link, 'index' | 'name' | 'up'>[]): Names {
  const byIndex = new Map(links.map((link) => [link.index, link]))
  return {
    link: (index) => byIndex.get(index)?.name ?? `if${index}`,
    linkUp: (index) => byIndex.get(index)?.up,
    group: (number) => databases.groups().name(number) ?? String(number),
    table: (table) => word(table, databases.tables),
    maker: (protocol) => word(protocol, databases.makersOfRoutes),
    scope: (scope) => word(scope, databases.scopes),
    ipProtocol: (number) => databases.ipProtocols().name(number) ?? `ipproto-${number}`,
    user: (number) => databases.users().name(number) ?? String(number),
    userGroup: (number) => databases.userGroups().name(number) ?? String(number),
  }
}

function word(value: string | number, database: () => databases.Database): string {
  return typeof value === 'string' ? value : (database().name(value) ?? String(value))
}
