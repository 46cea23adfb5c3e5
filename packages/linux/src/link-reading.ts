/** Reading many links: from one list where that costs less than a question for each. @module */
import type { CleanLinkSpec, Link, LinkRef, Request, Result } from '@vnet/core'
import type { Pending } from './conversation.js'
import type { Gate } from './gate.js'
import type { Octets } from './netlink/octets.js'
import { failureOf } from './outcome.js'
import type { EncodeContext, OperationCodec } from './rtnetlink/codec.js'
import { codecs } from './rtnetlink/index.js'
import { linkNameIn } from './rtnetlink/link-name.js'
import type { Window } from './window.js'

/** Who reads. */
export interface LinkReader extends EncodeContext {
  readonly window: Window
  /** Whether it goes on. */
  readonly gate: Gate
  /** The results of requests here, one a request. */
  plain(requests: readonly Request[]): Promise<Result<unknown>[]>
}

/** Fewer are asked for one by one. */
const LEAST = 32
/** How many others a list may hold for each link that is wanted: a question costs more than four links of a list. */
const OTHERS = 4

/**
 * Links by name or index, `undefined` where there is none. One list answers for many; what is not in it (asked for by an
 * alternative name, or missed because links came and went meanwhile) is asked for by itself.
 *
 * @param kind What all of them are, where that is known: the kernel lists no others then.
 */
export async function readLinks(run: LinkReader, links: readonly LinkRef[], kind?: string): Promise<Result<unknown>[]> {
  const found = isListWorth(run.window, links.length, kind) ? await listed(run, links, kind) : noLinks
  const rest = links.filter((link) => !found.has(link))
  const answers = rest.length === 0 ? [] : await run.plain(rest.map(question))
  let answered = 0
  return links.map((link) => {
    const value = found.get(link)
    return value === undefined ? (answers[answered++] as Result<unknown>) : { ok: true, value }
  })
}

/**
 * The links that a kernel made without sending them back.
 *
 * @param before The links that there were before the one whose name and index the kernel chose.
 */
export async function readMade(
  run: LinkReader,
  requests: readonly Request[],
  before: readonly Link[],
): Promise<Result<unknown>[]> {
  const results: Result<unknown>[] = []
  const kinds = new Map<string, number[]>()
  requests.forEach((request, position) => {
    if (isUnnamed(request)) return
    const { kind } = request.spec as CleanLinkSpec
    const positions = kinds.get(kind)
    if (positions === undefined) kinds.set(kind, [position])
    else positions.push(position)
  })
  await run.gate.calmly(async () => {
    for (const [kind, positions] of kinds) {
      const links = positions.map((position) => madeRef(requests[position] as Request) as LinkRef)
      const answers = await readLinks(run, links, kind)
      positions.forEach((position, i) => {
        results[position] = answers[i] as Result<unknown>
      })
    }
    for (const [position, request] of requests.entries())
      if (isUnnamed(request)) {
        const [list] = (await run.plain([listOfKind(request)])) as [Result<readonly Link[]>]
        results[position] = list.ok ? { ok: true, value: newest(list.value, before) } : list
      }
  })
  return results.map((result, i) =>
    result.ok ? result : { ok: false, error: failureOf(result.error, requests[i] as Request) },
  )
}

/** Whether a link is to be made whose name and index the kernel chooses. */
export const isUnnamed = (request: Request): boolean =>
  request.operation === 'link add' && madeRef(request) === undefined

const madeRef = ({ spec }: Request): LinkRef | undefined => {
  const { name, index } = spec as CleanLinkSpec
  return name ?? index
}

const question = (link: LinkRef): Request => ({ operation: 'link get', spec: { link } })
const noLinks: ReadonlyMap<LinkRef, Link> = new Map()

/** The list of all links of the kind that is to be made. */
export const listOfKind = ({ spec }: Request): Request => ({
  operation: 'link list',
  spec: { kind: (spec as CleanLinkSpec).kind },
})

/**
 * The link that was made, of those of its kind: one that was not there before, the second of a pair (the kernel makes the
 * peer first). An index alone would not tell: the kernel counts them up, but takes any that it is told.
 */
export function newest(links: readonly Link[], before: readonly Link[]): Link | undefined {
  const known = new Set(before.map(({ index }) => index))
  return links.findLast(({ index }) => !known.has(index))
}

/** How many others there are, the last list of the connection tells; each time that it is held too long, less is believed. */
function isListWorth(window: Window, wanted: number, kind = ''): boolean {
  if (wanted < LEAST) return false
  const others = window.others.get(kind) ?? 0
  if (others <= OTHERS * wanted) return true
  window.others.set(kind, others >> 1)
  return false
}

/** Those of the links that one list holds. What is wrong with the list is told when they are asked for by themselves. */
async function listed(run: LinkReader, links: readonly LinkRef[], kind?: string): Promise<ReadonlyMap<LinkRef, Link>> {
  const list = new WantedLinks(links)
  await run.window.dump({ operation: 'link list', spec: kind === undefined ? {} : { kind } }, linkList, run, list)
  run.window.others.set(kind ?? '', list.others)
  return list.found
}

const linkList = codecs['link list'] as OperationCodec<never>

/** Takes the wanted links out of a list; the others are not even decoded. */
class WantedLinks implements Pending {
  readonly found = new Map<LinkRef, Link>()
  others = 0
  private readonly wanted: ReadonlySet<LinkRef>

  constructor(links: readonly LinkRef[]) {
    this.wanted = new Set(links)
  }

  object(from: Octets, start: number, end: number, type: number): void {
    const name = linkNameIn(from, start, end, type)
    if (name === undefined) return
    const index = from.s32(start + 4)
    const byName = this.wanted.has(name)
    const byIndex = this.wanted.has(index)
    if (!byName && !byIndex) {
      this.others++
      return
    }
    const link = linkList.decode?.(from, start, end, type, {} as never) as Link | undefined
    if (link === undefined) return
    if (byName) this.found.set(name, link)
    if (byIndex) this.found.set(index, link)
  }

  settle(): void {
    // A list that was cut short or changed under way is right in what it tells, and the rest is asked for.
  }
}
