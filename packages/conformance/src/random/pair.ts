/** Two backends in which the same programs run, one after the other. @module */
import { type Driver, type Host, openHost } from '@vnet/core'
import { sleep } from '../expectation.js'
import { sentinel } from './event-sequence.js'
import { type Ground, openGround } from './ground.js'
import { areLate, isOfTimer } from './late.js'
import { isOlderAnswer, unlike, unlikeEvents } from './older-kernel.js'
import type { Program } from './program.js'
import { runProgram, type StepOutcome, stateOf } from './run-program.js'

/** How long states may take to agree. */
export interface Patience {
  /** Compare what follows the carrier too. */
  readonly carrier: boolean
  /** The longest pause before the last look, milliseconds; the pauses double from 1. */
  readonly longest: number
}

/** By operation: how many requests succeeded and how many failed. */
export type Counts = Record<string, { ok: number; failed: number }>

type Grounds = readonly [left: Ground, right: Ground]

/** A program as it was compared. */
interface Turn {
  readonly program: Program
  readonly patience: Patience
}

/** The rows that the same namespaces have had, the last one last. */
type History = readonly (readonly Turn[])[]

/** Two backends, and the clean-up that goes on behind. */
export class Pair {
  readonly #hosts: readonly [Host, Host]
  /** Traffic control is compared too. */
  readonly #traffic: boolean
  readonly #closing = new Set<Promise<void>>()
  /** Rows that have ended, and whose namespaces are as new ones are. */
  readonly #free: Row[] = []

  private constructor(left: Host, right: Host, traffic: boolean) {
    this.#hosts = [left, right]
    this.#traffic = traffic
  }

  static async open(left: Driver, right: Driver, traffic: boolean): Promise<Pair> {
    return new Pair(await openHost({ driver: left }), await openHost({ driver: right }), traffic)
  }

  /** Begins a row, in namespaces that others may have had before and left empty. */
  async begin(): Promise<Row> {
    const before = this.#free.pop()
    return new Row(before?.grounds ?? (await this.#open()), this.#traffic, before?.history)
  }

  /** Ends a row: what it leaves is emptied for the next, unless it differs. */
  async end(row: Row): Promise<void> {
    if (row.isAlike && (await empty(row.grounds))) this.#free.push(row)
    else await this.#close(row.grounds)
  }

  /**
   * What differs when all that a row's namespaces have had is done again, in new ones: the rows before it too, for something of them may
   * have stayed.
   */
  async again({ history }: Row): Promise<string[]> {
    let grounds = await this.#open()
    try {
      for (const [i, turns] of history.entries()) {
        if (i > 0 && !(await empty(grounds))) {
          await this.#close(grounds)
          grounds = await this.#open()
        }
        const row = new Row(grounds, this.#traffic)
        for (const { program, patience } of turns) {
          const found = await row.compare(program, patience)
          if (found.length > 0) return found
          if (!row.goesOn) break
        }
      }
      return []
    } finally {
      await this.#close(grounds)
    }
  }

  /** What differs when both run the program in new namespaces. */
  async compare(program: Program, patience: Patience): Promise<string[]> {
    const grounds = await this.#open()
    try {
      return await new Row(grounds, this.#traffic).compare(program, patience)
    } finally {
      await this.#close(grounds)
    }
  }

  async #open(): Promise<Grounds> {
    const [left, right] = this.#hosts
    return Promise.all([openGround(left, left.driver), openGround(right, right.driver)])
  }

  /** The kernel takes its time to remove a namespace: nobody waits for it, unless there are very many. */
  async #close(grounds: Grounds): Promise<void> {
    for (const ground of grounds) {
      const closing = ground.close().finally(() => this.#closing.delete(closing))
      this.#closing.add(closing)
    }
    if (this.#closing.size > 64) await Promise.all(this.#closing)
  }

  /** Waits until everything is let go. */
  async settle(): Promise<void> {
    for (const { grounds } of this.#free.splice(0)) await this.#close(grounds)
    await Promise.all(this.#closing)
  }
}

async function empty(grounds: Grounds): Promise<boolean> {
  return (await Promise.all(grounds.map((ground) => ground.empty()))).every(Boolean)
}

/** Programs in the same namespaces: each but the first goes on where the one before has ended. */
export class Row {
  readonly grounds: Grounds
  readonly #traffic: boolean
  readonly #before: History
  readonly #turns: Turn[] = []
  #isAlike = true
  #isOver = false

  /** `before` are the rows that the namespaces have had. */
  constructor(grounds: Grounds, traffic: boolean, before: History = []) {
    this.grounds = grounds
    this.#traffic = traffic
    this.#before = before
  }

  /** All that was done in the row. */
  get steps(): Program {
    return this.#turns.flatMap(({ program }) => program)
  }

  /** The rows that the namespaces have had, this one last. */
  get history(): History {
    return [...this.#before, this.#turns]
  }

  /** Both sides are alike, as far as was looked. */
  get isAlike(): boolean {
    return this.#isAlike
  }

  /** Another program may go on. */
  get goesOn(): boolean {
    return this.#isAlike && !this.#isOver
  }

  /** What differs when both run the program: what is answered, all that is there afterwards, and all that the row has told. */
  async compare(program: Program, patience: Patience, counts?: Counts): Promise<string[]> {
    const isFirst = this.#turns.length === 0
    this.#turns.push({ program, patience })
    const late = isFirst ? [] : await this.#goOn()
    const found = late.length > 0 ? late : await this.#run(program, patience, counts)
    this.#isAlike = found.length === 0
    return found
  }

  async #run(program: Program, patience: Patience, counts?: Counts): Promise<string[]> {
    const [left, right] = this.grounds
    const [mine, yours] = await Promise.all([runProgram(left, program), runProgram(right, program)])
    if (counts !== undefined) count(program, mine, counts)
    // What follows the answer of an older kernel cannot be compared.
    const older = program.findIndex(({ request }, i) => isOlderAnswer(request, mine[i]?.code, yours[i]?.code))
    const answers = (older === -1 ? program : program.slice(0, older)).flatMap((step, i) =>
      unlike(told(mine[i]), told(yours[i]))
        .filter(isSure)
        .map((line) => `${i} ${step.request.operation} ${line}`),
    )
    this.#isOver = older !== -1
    if (answers.length > 0 || this.#isOver) return answers
    const states = await this.#states(patience)
    if (states.length === 0) return this.#events(patience)
    // Nothing more can be compared then, events neither.
    this.#isOver = await areLate(states, left.namespaces)
    return this.#isOver ? [] : states
  }

  /** Takes away what ended the program before; what was told until then stays. */
  async #goOn(): Promise<string[]> {
    const taken = this.grounds.flatMap(({ namespaces, events }) =>
      (['a', 'b'] as const).map(async (side) => {
        await namespaces[side].rule.delete({ priority: sentinel })
        return events[side].goOn()
      }),
    )
    return (await Promise.all(taken)).every(Boolean) ? [] : ['(the event between two programs did not come)']
  }

  /** Compares the states, for some time until they agree: the kernel does part of its work behind. */
  async #states(patience: Patience): Promise<string[]> {
    const [left, right] = this.grounds
    for (let pause = 1; ; pause *= 2) {
      const { carrier, longest } = patience
      const look = { carrier, traffic: this.#traffic }
      const [mine, yours] = await Promise.all([stateOf(left, look), stateOf(right, look)])
      const found = unlike(mine, yours)
      if (found.length === 0 || pause > longest) return found
      await sleep(pause)
    }
  }

  /** Compares what was told, for some time until it agrees where only timers of the kernel are behind. */
  async #events({ longest }: Patience): Promise<string[]> {
    for (let pause = 1; ; pause *= 2) {
      const found = await this.#told()
      if (found.length === 0 || pause > longest || !found.every(isOfTimer)) return found
      await sleep(pause)
      const late = await this.#goOn()
      if (late.length > 0) return late
    }
  }

  async #told(): Promise<string[]> {
    const [left, right] = this.grounds
    const found: string[] = []
    for (const side of ['a', 'b'] as const) {
      const told = async ({ namespaces, events }: Ground) => {
        await namespaces[side].rule.add({ priority: sentinel, table: 'main' })
        return events[side].upToSentinel()
      }
      const [mine, yours] = await Promise.all([told(left), told(right)])
      found.push(...unlikeEvents(mine, yours).map((line) => `${side} ${line}`))
    }
    return found
  }
}

/** Which link-local source a packet would have depends on how far the detection of such addresses is. */
const isSure = (line: string): boolean => !/^answer\.source: "(::1|fe80:[^"]*)" \| "(::1|fe80:[^"]*)"$/.test(line)

/** The kernel's sentence is for people: it may differ. */
function told(outcome: StepOutcome | undefined): object {
  if (outcome === undefined) return { code: 'nothing' }
  const { detail: _, ...rest } = outcome
  return rest
}

function count(program: Program, outcomes: readonly StepOutcome[], counts: Counts): void {
  for (const [i, step] of program.entries()) {
    const { operation } = step.request
    const row = counts[operation] ?? { ok: 0, failed: 0 }
    counts[operation] = row
    if (outcomes[i]?.code === 'ok') row.ok++
    else row.failed++
  }
}
