/** A random network on the mock, with each ping through it explained before it is sent. @module */
import { type Chance, chanceOf, type Program, place, type Side, sides } from '@vnet/conformance'
import { type Host, isVnetError, type Namespace, type NamespaceRef, openHost } from '@vnet/core'
import { type ManualClock, manualClock, mockDriver } from '@vnet/mock'
import { type Explanation, explainPing, type Place } from '../src/index.js'

/** A ping: who asks whom, and how. */
interface Asked {
  readonly from: Side
  readonly address: string
  readonly size?: number
  readonly ttl?: number
}

/** What was said of a ping, and what came of it. */
export interface Answer {
  readonly asked: Asked
  readonly told: Explanation
  /** `ok`, or the code of the error. */
  readonly code: string
}

/** Builds a network step by step; explains and sends each ping of the program, and then one from each namespace to each address. */
export async function answersIn(program: Program, seed: number): Promise<Answer[]> {
  const clock = manualClock(1000)
  const driver = mockDriver({ clock, seed })
  const host = await openHost({ driver })
  try {
    const lab = await open(host, program, seed)
    const answers: Answer[] = []
    for (const { in: from, request } of program) {
      if (request.operation === 'ping') {
        const { address, size, ttl } = request.spec as unknown as Asked
        answers.push(await answerTo(lab, clock, { from, address, ...some({ size, ttl }) }))
      } else await lab.namespaces.get(from)?.execute([place(request, lab.refs) as never])
    }
    for (const asked of await everyPair(lab)) answers.push(await answerTo(lab, clock, asked))
    return answers
  } finally {
    await host.close()
    await driver.close()
  }
}

interface Lab {
  readonly chance: Chance
  readonly namespaces: ReadonlyMap<Side, Namespace>
  readonly refs: Readonly<Partial<Record<Side, NamespaceRef>>>
  readonly places: readonly Place[]
}

async function open(host: Host, program: Program, seed: number): Promise<Lab> {
  const text = JSON.stringify(program)
  const namespaces = new Map<Side, Namespace>()
  for (const side of sides) if (text.includes(`"${side}"`)) namespaces.set(side, await host.namespace.add(side))
  return {
    chance: chanceOf(seed, program.length),
    namespaces,
    refs: Object.fromEntries([...namespaces.keys()].map((side) => [side, { name: side }])),
    places: [...namespaces].map(([name, namespace]) => ({ name, namespace })),
  }
}

/** Seconds in which time settles what it does: carriers, addresses, who is asked for; the longer also lets bridges forget. */
const settling = [10, 10, 400] as const

async function answerTo({ namespaces, places, chance }: Lab, clock: ManualClock, asked: Asked): Promise<Answer> {
  const { from, address, size, ttl } = asked
  await clock.pass(settling[chance(settling.length)] as number)
  const told = await explainPing({ places, from, to: address, ...some({ size, hops: ttl }) })
  const pinging = (namespaces.get(from) as Namespace).ping({ address, timeout: 1, ...some({ size, ttl }) }).then(
    () => 'ok',
    (error: unknown) => {
      if (!isVnetError(error)) throw error
      return error.code
    },
  )
  await clock.pass(2)
  return { asked, told, code: await pinging }
}

async function everyPair({ namespaces }: Lab): Promise<readonly Asked[]> {
  const lists = await Promise.all([...namespaces.values()].map((namespace) => namespace.address.list()))
  const addresses = lists.flat().flatMap(({ address, scope }) => (scope === 'global' ? [address] : []))
  return [...namespaces.keys()].flatMap((from) => addresses.map((address) => ({ from, address })))
}

/** The properties that there are. */
function some<T extends object>(properties: T): { [name in keyof T]?: NonNullable<T[name]> } {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as never
}
